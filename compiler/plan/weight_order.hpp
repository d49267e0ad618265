// In which order, and how many panels at once, the steps of a body take packed weights: by where these lie.
#pragma once

#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// For weights that outgrow the second cache by little: every other pass over them goes backwards, so that it begins
/// with what the last one left in the cache; in one direction, the oldest bytes, which are those needed next, would be
/// driven out by each new one.
void turn_around(Body& body, std::int64_t direction_offset);

/// Weights of a loop's contractions of one row that outgrow half of the first cache: every other turn takes panels and
/// depth from the last to the first, so that it begins with what the turn before left there. The order of sums differs
/// from turn to turn, so not under strict arithmetic.
void alternate(std::vector<Step>& steps, const Machine& machine);
/// The same for what each thread does.
void alternate(std::vector<Region>& regions, const Machine& machine);

/// Contractions of one row take as many neighbouring panels together as the model says: panels are as wide as many rows
/// need them, which is narrow for one. Panels of one column, whose sums run along depth, are all taken together: the
/// totals are one vector. Only where the weights of all these steps, or of a loop's, stay in the second cache: what
/// comes from further away comes best as one stream.
void take_panels_together(std::vector<Step>& steps, const Machine& machine);
/// The same for what each thread does.
void take_panels_together(std::vector<Region>& regions, const Machine& machine);

}  // namespace kdlc::plan
