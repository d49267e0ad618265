// Rules about two operands that operators and layers share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// True when both hold one element type; else reports K321.
bool same_element_type(std::string_view verb, const BoundInput& left, const BoundInput& right, const Span& span,
                       Report& report);
/// The broadcast of both when N stays the first axis and meets nothing but N or 1; never reports.
std::optional<Shape> broadcast_samples(const Shape& left, const Shape& right);

}  // namespace kdlc::catalogue
