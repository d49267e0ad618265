// clip: numbers kept between two bounds.
#include <cmath>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

bool bounds_are_sound(const Application& application) {
  const auto refuse = [&](std::string_view setting, std::string rule) {
    const BoundSetting& bound = application.setting(setting);
    application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), std::string(setting), "clip", rule);
    return false;
  };
  for (const std::string_view setting : {"low", "high"}) {
    const double bound = application.number(setting);
    if (!is_float(application.type().dtype) && bound != std::floor(bound)) {
      return refuse(setting, fmt::format("a whole number where the input is {}", name_of(application.type().dtype)));
    }
  }
  return application.number("low") <= application.number("high") ||
         refuse("high", fmt::format("at least `low`, {}", application.setting("low").value.to_text()));
}

std::optional<Inferred> infer(const Application& application) {
  if (!require_numbers(application) || !bounds_are_sound(application)) {
    return std::nullopt;
  }
  return Inferred{.results = {application.type()},
                  .weights = {},
                  .details = fmt::format("{} to {}", application.setting("low").value.to_text(),
                                         application.setting("high").value.to_text())};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::MapBuilder map;
  const DType dtype = lowering.application.type().dtype;
  const auto low = map.constant(lowering.application.number("low"), dtype);
  const auto high = map.constant(lowering.application.number("high"), dtype);
  const auto clipped = map.minimum(map.maximum(map.operand(0, dtype), low), high);
  return {lowering.builder.map(map.finish(clipped), lowering.inputs)};
}

}  // namespace

extern const Layer layer_clip = {
    .name = "clip",
    .summary = "min(max(x, low), high)",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "low", .kind = SettingKind::number, .doc = "the smallest result"},
                 {.name = "high", .kind = SettingKind::number, .doc = "the largest result"}},
    .foreign_names = {{"x_min", "low"}, {"x_max", "high"}, {"min", "low"}, {"max", "high"}},
    .known_elsewhere_as = {"clamp"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
