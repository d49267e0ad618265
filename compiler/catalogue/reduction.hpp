// Reductions over whole axes: sum, mean, max and their like.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The type after the axes of the `axis` setting are reduced; without them all but N. Reports K310 and K334.
std::optional<Inferred> infer_reduction(const Application& application);
std::vector<graph::NodeId> lower_reduction(Lowering& lowering, graph::Reducer reducer);
/// `axis` and `keep`.
std::vector<Setting> reduction_settings();
std::vector<ForeignName> reduction_foreign_names();

/// `max(x, axis:)` reduces, `max(a, b, …)` takes the larger number of each place, with NumPy's broadcasting.
std::optional<Inferred> infer_extreme(const Application& application);
std::vector<graph::NodeId> lower_extreme(Lowering& lowering, graph::Reducer reducer, graph::MapOp op);

}  // namespace kdlc::catalogue
