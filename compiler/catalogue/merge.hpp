// Layers that join several tensors number by number: add, multiply, maximum and their like.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// Keras' rule: a tensor with fewer axes gets axes of size 1 after N; otherwise the shapes are equal. Reports K314 and
/// K321.
std::optional<Inferred> infer_merge(const Application& application);

using Join = graph::MapBuilder::Value (*)(graph::MapBuilder& map, graph::MapBuilder::Value left,
                                          graph::MapBuilder::Value right);
/// All operands joined from left to right in one map, then `finish` (which may be nullptr) with their count.
using Finish = graph::MapBuilder::Value (*)(graph::MapBuilder& map, graph::MapBuilder::Value value, std::size_t count);
std::vector<graph::NodeId> lower_merge(Lowering& lowering, Join join, Finish finish = nullptr);

/// The inputs of a layer that joins any number of tensors.
std::vector<InputSpec> merge_inputs();

}  // namespace kdlc::catalogue
