// rescaling: every number times a factor, plus an offset.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  if (!require_floats(application)) {
    return std::nullopt;
  }
  return Inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::MapBuilder map;
  const DType dtype = lowering.application.type().dtype;
  const auto scaled = map.multiply(map.operand(0, dtype), map.constant(lowering.application.number("scale"), dtype));
  const auto result = map.add(scaled, map.constant(lowering.application.number("offset"), dtype));
  return {lowering.builder.map(map.finish(result), lowering.inputs)};
}

}  // namespace

extern const Layer layer_rescaling = {
    .name = "rescaling",
    .summary = "x · scale + offset",
    .inputs = {{.name = "x", .doc = "floats of any shape; `cast(f32)` makes them of bytes"}},
    .settings = {{.name = "scale", .kind = SettingKind::number, .doc = "the factor: `1 / 255` for bytes"},
                 {.name = "offset",
                  .kind = SettingKind::number,
                  .default_value = number_value(0),
                  .doc = "added behind the factor"}},
    .known_elsewhere_as = {"Rescaling"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
