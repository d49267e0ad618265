// Whole numbers that name places of a tensor.
#include "catalogue/lookup.hpp"

#include <map>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

std::int64_t largest_size(const graph::Graph& graph, const Dim& size) {
  std::map<std::string, std::int64_t> bounds;
  for (const graph::DimInfo& dim : graph.dims) {
    if (dim.bound) {
      bounds[dim.name] = *dim.bound;
    }
  }
  const std::optional<std::int64_t> bound = size.upper_bound(bounds);
  KDLC_ASSERT(bound.has_value(), "a size of run time has a bound");
  return *bound;
}

bool require_whole_numbers(const Application& application, std::size_t input, std::string_view purpose) {
  const BoundInput& bound = application.inputs[input];
  if (is_integer(bound.type.dtype)) {
    return true;
  }
  const Span end{.source = bound.span.source, .begin = bound.span.end, .end = bound.span.end};
  application.report
      ->add(bound.span, diag::ElementType, fmt::format("`{}` ({})", bound.text, name_of(bound.type.dtype)),
            std::string(application.layer->name), "whole numbers")
      .label(application.span, std::string(purpose))
      .help("convert it with `cast(i32)`, which cuts towards zero", {.span = end, .replacement = " -> cast(i32)"});
  return false;
}

std::vector<double> numbers_of(const Application& application, std::string_view setting) {
  std::vector<double> numbers;
  for (const SettingValue& item : std::get<SettingList>(application.setting(setting).value.value)) {
    if (const auto* whole = std::get_if<std::int64_t>(&item.value)) {
      numbers.push_back(static_cast<double>(*whole));
    } else if (const auto* number = std::get_if<double>(&item.value)) {
      numbers.push_back(*number);
    } else {
      return {};
    }
  }
  return numbers;
}

graph::NodeId counting_numbers(graph::Builder& builder, const Dim& size, DType dtype) {
  const std::int64_t count = largest_size(builder.graph(), size);
  TensorData numbers = TensorData::zeros(dtype, {count});
  for (std::int64_t number = 0; number < count; ++number) {
    numbers.set(number, static_cast<double>(number));
  }
  const graph::NodeId all = builder.constant("", std::move(numbers));
  return size.is_constant() ? all : builder.slice(all, {Dim(0)}, {size}, {1});
}

graph::NodeId counting_along(graph::Builder& builder, const Dim& size, std::size_t behind, DType dtype) {
  Shape shape{{size}};
  shape.axes.insert(shape.axes.end(), behind, Dim(1));
  return builder.reshape(counting_numbers(builder, size, dtype), shape);
}

}  // namespace kdlc::catalogue
