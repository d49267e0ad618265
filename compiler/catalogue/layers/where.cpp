// where: a choice between two tensors at each place.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/operators.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const BoundInput& mask = application.inputs[0];
  const bool is_mask = mask.type.dtype == DType::boolean;
  if (!is_mask) {
    application.report
        ->add(mask.span, diag::ElementType, fmt::format("`{}` ({})", mask.text, name_of(mask.type.dtype)), "where",
              "bool")
        .help("compare it: `x != 0`");
  }
  const auto chosen =
      infer_broadcast("where", application.inputs[1], application.inputs[2], application.span, *application.report);
  if (!chosen || !is_mask) {
    return std::nullopt;
  }
  const auto shape = broadcast_samples(mask.type.shape, chosen->shape);
  if (!shape) {
    application.report
        ->add(application.span, diag::BroadcastMismatch, mask.text, mask.type.shape.to_text(),
              application.inputs[1].text, chosen->shape.to_text(), "where")
        .label(mask.span, mask.type.shape.to_text())
        .label(application.inputs[1].span, chosen->shape.to_text());
    return std::nullopt;
  }
  return Inferred{.results = {{.dtype = chosen->dtype, .shape = *shape}}, .weights = {}, .details = ""};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::MapBuilder map;
  const DType dtype = lowering.inferred.results[0].dtype;
  const auto choice = map.select(map.operand(0, DType::boolean), map.operand(1, dtype), map.operand(2, dtype));
  return {lowering.builder.map(map.finish(choice), lowering.inputs)};
}

}  // namespace

extern const Layer layer_where = {
    .name = "where",
    .summary = "a where the mask is true, else b, with broadcasting",
    .inputs = {{.name = "mask", .doc = "bool"},
               {.name = "a", .doc = "taken where the mask is true"},
               {.name = "b", .doc = "taken elsewhere"}},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
