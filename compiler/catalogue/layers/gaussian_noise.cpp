// gaussian_noise: adds noise in training; the identity in the forward pass.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  if (!require_floats(application)) {
    return std::nullopt;
  }
  return Inferred{
      .results = {application.type()}, .weights = {}, .details = application.setting("stddev").value.to_text()};
}

}  // namespace

extern const Layer layer_gaussian_noise = {
    .name = "gaussian_noise",
    .summary = "adds noise in training; the identity in the forward pass",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings =
        {{.name = "stddev", .kind = SettingKind::number, .range = not_negative(), .doc = "the deviation of the noise"}},
    .known_elsewhere_as = {"GaussianNoise"},
    .infer = infer,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
