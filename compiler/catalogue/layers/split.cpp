// split: a tensor cut along an axis, into equal parts or at positions, one result each.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

// More results than names can be given to are a slip.
constexpr std::size_t kMostParts = 4096;

/// The positions at which the second part and those behind it begin; none for equal parts.
std::vector<std::int64_t> positions_of(const Application& application) {
  std::vector<std::int64_t> positions;
  if (const auto* list = std::get_if<SettingList>(&application.setting("parts").value.value)) {
    for (const SettingValue& item : *list) {
      positions.push_back(std::get<std::int64_t>(item.value));
    }
  }
  return positions;
}

/// The sizes of the parts of an axis; nullopt when it does not fall into them.
std::optional<std::vector<Dim>> part_sizes(const Application& application, const Dim& size) {
  if (const auto* count = std::get_if<std::int64_t>(&application.setting("parts").value.value)) {
    if (*count > static_cast<std::int64_t>(kMostParts) || remainder(size, *count) != Dim(0)) {
      return std::nullopt;
    }
    return std::vector<Dim>(static_cast<std::size_t>(*count), floor_divide(size, *count));
  }
  std::vector<Dim> sizes;
  std::int64_t begin = 0;
  for (const std::int64_t position : positions_of(application)) {
    if (position <= begin) {
      return std::nullopt;
    }
    sizes.emplace_back(position - begin);
    begin = position;
  }
  if (sizes.size() >= kMostParts || (size.is_constant() && size.constant() <= begin)) {
    return std::nullopt;
  }
  sizes.push_back(size - Dim(begin));
  return sizes;
}

std::optional<Inferred> infer(const Application& application) {
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis) {
    return std::nullopt;
  }
  TensorType type = application.type();
  const Dim size = type.shape.axes[*axis];
  const std::optional<std::vector<Dim>> sizes = part_sizes(application, size);
  if (!sizes) {
    const BoundSetting& bound = application.setting("parts");
    const bool is_list = std::holds_alternative<SettingList>(bound.value.value);
    application.report
        ->add(bound.span, diag::SettingRange, bound.value.to_text(), "parts", "split",
              is_list
                  ? fmt::format("positions that rise, from 1 to below the size of axis {}, {}", *axis, size.to_text())
                  : fmt::format("a divisor of axis {}, {}", *axis, size.to_text()))
        .label(application.inputs[0].span, type.shape.to_text());
    return std::nullopt;
  }
  Inferred inferred{.results = {}, .weights = {}, .details = given_settings_text(application)};
  for (const Dim& part : *sizes) {
    type.shape.axes[*axis] = part;
    inferred.results.push_back(type);
  }
  return inferred;
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const auto axis =
      resolve_axis(lowering.application, lowering.application.integer("axis"), lowering.application.inputs[0]);
  const std::size_t axis_count = lowering.application.type().shape.axis_count();
  std::vector<Dim> begin(axis_count, Dim(0));
  const std::vector<std::int64_t> step(axis_count, 1);
  std::vector<graph::NodeId> nodes;
  for (const TensorType& part : lowering.inferred.results) {
    nodes.push_back(lowering.builder.slice(lowering.inputs[0], begin, part.shape.axes, step));
    begin[*axis] = begin[*axis] + part.shape.axes[*axis];
  }
  return nodes;
}

}  // namespace

extern const Layer layer_split = {
    .name = "split",
    .summary = "parts along an axis, one result each: equal ones, or cut at positions",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "parts",
                  .kind = SettingKind::sizes,
                  .range = size_range(),
                  .doc = "the number of equal parts, or the positions at which the second part and those behind it "
                         "begin: [2, 5] gives x[:2], x[2:5] and x[5:]"},
                 axis_setting(-1)},
    .foreign_names = {{"num_or_size_splits", "parts"}, {"indices_or_sections", "parts"}, {"dim", "axis"}},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
