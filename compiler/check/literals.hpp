// Private to check/: numbers and lists that stand for tensors.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "check/elaboration.hpp"

namespace kdlc::check {

/// Nested lists of numbers as a constant of `dtype` (without it whole numbers become i32, flags bool, others f32), for
/// `owner`, which is what meets them; Unknown after K312 or K320.
Value literal_tensor(Body& body, const Operand& list, std::optional<DType> dtype, std::string_view owner);

/// Makes tensors of the numbers and lists among the inputs of a layer: they take the element type of the tensors beside
/// them. False after K305, K312 or K320.
bool convert_literals(Body& body, const catalogue::Layer& layer, const ApplicationSite& site,
                      std::vector<std::vector<Operand>>& inputs);

/// Whether an element of `dtype` can hold the number; whole or not is another question.
bool is_in_range(DType dtype, double number);
/// K320: a number that `dtype` cannot hold.
void report_out_of_range(Body& body, const Span& span, DType dtype, double number, std::string_view owner);

}  // namespace kdlc::check
