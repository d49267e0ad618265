// transpose: axes in another order.
#include <algorithm>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// The permutation: as given, with N in front where it was left out; without `axes` all but N turned round.
std::optional<std::vector<std::uint32_t>> permutation_of(const Application& application) {
  const Shape& shape = application.type().shape;
  const auto count = static_cast<std::uint32_t>(shape.axis_count());
  const bool keeps_first = shape.has_batch() && !application.whole_batch;
  std::vector<std::uint32_t> identity;
  for (std::uint32_t axis = 0; axis < count; ++axis) {
    identity.push_back(axis);
  }
  const BoundSetting& bound = application.setting("axes");
  const auto* list = std::get_if<SettingList>(&bound.value.value);
  if (list == nullptr) {
    std::reverse(identity.begin() + (keeps_first && !identity.empty() ? 1 : 0), identity.end());
    return identity;
  }
  if (list->size() == 1 && std::holds_alternative<SettingList>((*list)[0].value)) {
    list = &std::get<SettingList>((*list)[0].value);
  }
  std::vector<std::uint32_t> permutation;
  for (const SettingValue& item : *list) {
    const auto* axis = std::get_if<std::int64_t>(&item.value);
    const std::int64_t from_front = axis == nullptr ? -1 : (*axis < 0 ? *axis + count : *axis);
    permutation.push_back(from_front < 0 || from_front >= count ? count : static_cast<std::uint32_t>(from_front));
  }
  if (keeps_first && permutation.size() + 1 == count) {
    permutation.insert(permutation.begin(), 0);
  }
  std::vector<std::uint32_t> sorted = permutation;
  std::ranges::sort(sorted);
  if (sorted != identity) {
    application.report
        ->add(bound.span, diag::SettingRange, bound.value.to_text(), "axes", "transpose",
              "every axis once, N being axis 0")
        .label(application.inputs[0].span, shape.to_text());
    return std::nullopt;
  }
  if (keeps_first && permutation[0] != 0) {
    application.report->add(bound.span, diag::MixesSamples, "transpose", "the new order")
        .label(application.inputs[0].span, shape.to_text())
        .help("keep axis 0 in front");
    return std::nullopt;
  }
  return permutation;
}

std::optional<Inferred> infer(const Application& application) {
  const auto permutation = permutation_of(application);
  if (!permutation) {
    return std::nullopt;
  }
  TensorType type = application.type();
  for (std::size_t axis = 0; axis < permutation->size(); ++axis) {
    type.shape.axes[axis] = application.type().shape.axes[(*permutation)[axis]];
  }
  return Inferred{
      .results = {type},
      .weights = {},
      .details = application.setting("axes").value.is_none() ? "" : application.setting("axes").value.to_text()};
}

}  // namespace

extern const Layer layer_transpose = {
    .name = "transpose",
    .summary = "axes in another order: result axis k is input axis axes[k]; N stays in front",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "axes",
                  .kind = SettingKind::axes,
                  .default_value = no_value(),
                  .doc = "the new order, with N (axis 0) or without; turned round when not given",
                  .collects = true}},
    .foreign_names = {{"dims", "axes"}, {"perm", "axes"}},
    .known_elsewhere_as = {"Permute", "permute"},
    .infer = infer,
    .lower =
        [](Lowering& lowering) {
          return std::vector{lowering.builder.transpose(lowering.inputs[0], *permutation_of(lowering.application))};
        },
};

}  // namespace kdlc::catalogue
