// Where the largest or smallest number along an axis stands: what argmax and argmin share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

std::vector<Setting> extreme_place_settings();
std::vector<ForeignName> extreme_place_foreign_names();
std::optional<Inferred> infer_extreme_place(const Application& application);
/// The first place of the maximum or minimum; the first NaN where there is one, as NumPy.
std::vector<graph::NodeId> lower_extreme_place(Lowering& lowering, graph::Reducer reducer);

}  // namespace kdlc::catalogue
