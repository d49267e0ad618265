// Tensors joined along an axis: what concat and stack share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The inputs as nodes that all carry N when one of them does: those without it are repeated for each sample.
std::vector<graph::NodeId> with_samples(Lowering& lowering);
/// The shape of an input as if it carried N, when `has_batch`.
Shape shape_with_samples(const Shape& shape, bool has_batch);
/// True when one of the inputs carries N.
bool any_has_batch(const Application& application);
/// True when all inputs hold one element type; reports K321.
bool one_element_type(const Application& application);

}  // namespace kdlc::catalogue
