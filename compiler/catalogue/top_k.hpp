// What the two top-k accuracies share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// `k`: how many of the largest outputs may be right.
Setting k_setting();
/// False after K341: with so many every sample counts as right.
bool check_k(const Application& application);
/// 1 where fewer than k outputs are larger than that of the class, else 0; `classes` are class numbers.
graph::NodeId is_in_top_k(Lowering& lowering, graph::NodeId classes);

}  // namespace kdlc::catalogue
