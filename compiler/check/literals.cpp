// Numbers and lists that stand for tensors: `max(x, 0)`, `x * [1, 10]`, `take(x, [3, 0])`.
#include "check/literals.hpp"

#include <fmt/format.h>

#include "check/constants.hpp"
#include "check/loose_values.hpp"
#include "check/whole_numbers.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// The layer that is given literals.
struct LiteralSite {
  Body& body;
  const catalogue::Layer& layer;
  const ApplicationSite& site;
};

/// The first tensor among the inputs, one that holds no flags if there is one.
const Tensor* find_tensor(const std::vector<std::vector<Operand>>& inputs) {
  const Tensor* tensor = nullptr;
  for (const auto& operands : inputs) {
    for (const Operand& operand : operands) {
      tensor = tensor == nullptr || (operand.value.is_tensor() && tensor->type.dtype == DType::boolean)
                   ? operand.value.as<Tensor>()
                   : tensor;
    }
  }
  return tensor;
}

/// A number among the inputs takes the element type of the tensors beside it.
bool convert_number(const LiteralSite& site, Operand& operand, const catalogue::InputSpec& input,
                    const Tensor* tensor) {
  if (tensor == nullptr) {
    report_tensor_needed(site.body, site.site, operand, {site.layer.name, input.name});
    return false;
  }
  const DType dtype = tensor->type.dtype == DType::boolean ? DType::f32 : tensor->type.dtype;
  if (is_integer(dtype) && operand.value.as<std::int64_t>() == nullptr) {
    site.body.elaboration.pending.add(operand.span, diag::ElementType, describe(operand.value),
                                      std::string(site.layer.name),
                                      fmt::format("{}, the element type beside it", name_of(dtype)));
    return false;
  }
  operand.value = {Tensor{site.body.elaboration.builder->scalar(*as_number(operand.value), dtype), {dtype, {}}}};
  return true;
}

/// So does a list, but for one of flags, and one that names places.
bool convert_list(const LiteralSite& site, Operand& operand, const catalogue::InputSpec& input, const Tensor* tensor) {
  if (tensor == nullptr && site.body.elaboration.test == nullptr) {
    report_tensor_needed(site.body, site.site, operand, {site.layer.name, input.name});
    return false;
  }
  const std::optional<NumberTable> table = number_table(operand.value);
  std::optional<DType> dtype;
  if (input.names_places) {
    dtype = DType::i32;
  } else if (tensor != nullptr && tensor->type.dtype != DType::boolean && !(table && table->is_flags)) {
    dtype = tensor->type.dtype;
  }
  operand.value = literal_tensor(site.body, operand, dtype, site.layer.name);
  return operand.value.is_tensor();
}

}  // namespace

bool is_in_range(DType dtype, double number) {
  return !is_integer(dtype) ||
         (number >= static_cast<double>(least_of(dtype)) && number <= static_cast<double>(largest_of(dtype)));
}

void report_out_of_range(Body& body, const Span& span, DType dtype, double number, std::string_view owner) {
  body.elaboration.pending.add(
      span, diag::ElementType, fmt::format("the number {}", number), std::string(owner),
      fmt::format("{} numbers, from {} to {}", name_of(dtype), static_cast<double>(least_of(dtype)),
                  static_cast<double>(largest_of(dtype))));
}

Value literal_tensor(Body& body, const Operand& list, std::optional<DType> dtype, std::string_view owner) {
  const std::optional<NumberTable> table = number_table(list.value);
  if (!table || table->numbers.empty()) {
    body.elaboration.pending.add(list.span, diag::ConstantShape,
                                 "no table of numbers: its lists differ in length or hold something else", "a tensor");
    return {Unknown{}};
  }
  const DType own = table->is_flags ? DType::boolean : table->is_whole ? DType::i32 : DType::f32;
  const DType chosen = dtype.value_or(own);
  const bool fits = chosen == DType::boolean ? table->is_flags : is_float(chosen) || table->is_whole;
  if (!fits) {
    body.elaboration.pending.add(list.span, diag::ElementType, fmt::format("a list of {} numbers", name_of(own)),
                                 std::string(owner), fmt::format("{} numbers", name_of(chosen)));
    return {Unknown{}};
  }
  TensorData data = TensorData::zeros(chosen, table->shape);
  TensorType type{chosen, {}};
  for (const std::int64_t size : table->shape) {
    type.shape.axes.emplace_back(size);
  }
  for (std::size_t index = 0; index < table->numbers.size(); ++index) {
    if (!is_in_range(chosen, table->numbers[index])) {
      report_out_of_range(body, list.span, chosen, table->numbers[index], owner);
      return {Unknown{}};
    }
    data.set(static_cast<std::int64_t>(index), table->numbers[index]);
  }
  return {Tensor{body.elaboration.builder->constant("", std::move(data)), type}};
}

bool convert_literals(Body& body, const catalogue::Layer& layer, const ApplicationSite& site,
                      std::vector<std::vector<Operand>>& inputs) {
  const LiteralSite literals{body, layer, site};
  const Tensor* tensor = find_tensor(inputs);
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const catalogue::InputSpec& spec = layer.inputs[input];
    for (Operand& operand : inputs[input]) {
      const bool is_list = operand.value.as<List>() != nullptr;
      if (!operand.value.is_tensor() && !(is_list ? convert_list(literals, operand, spec, tensor)
                                                  : convert_number(literals, operand, spec, tensor))) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace kdlc::check
