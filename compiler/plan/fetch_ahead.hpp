// What steps ask the second cache for before it is due.
#pragma once

#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Weights that do not stay in the second cache come from memory in every call: contractions ask for them in time.
void fetch_weights_ahead(std::vector<Step>& steps);

/// So do maps that outgrow it: a contraction over rows in bands asks for the rows of the next band.
void fetch_rows_ahead(std::vector<Step>& steps, const Machine& machine);

}  // namespace kdlc::plan
