// dropout: drops numbers by chance in training; the identity in the forward pass.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  if (!require_floats(application)) {
    return std::nullopt;
  }
  return Inferred{
      .results = {application.type()}, .weights = {}, .details = application.setting("rate").value.to_text()};
}

}  // namespace

extern const Layer layer_dropout = {
    .name = "dropout",
    .summary = "drops numbers by chance in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "rate",
                  .kind = SettingKind::number,
                  .range = rate_range(),
                  .doc = "the part of the numbers that training drops"}},
    .foreign_names = {{"p", "rate"}},
    .known_elsewhere_as = {"Dropout"},
    .infer = infer,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
