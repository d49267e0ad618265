// activation: a function given as a setting, applied to the input.
#include "catalogue/axes.hpp"
#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const auto type = with_activation(application, application.type());
  if (!type) {
    return std::nullopt;
  }
  return Inferred{.results = {*type}, .weights = {}, .details = application.function("activation")->name};
}

}  // namespace

extern const Layer layer_activation = {
    .name = "activation",
    .summary = "f(x), f being a setting: for blocks that take their activation as one",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "activation", .kind = SettingKind::function, .doc = "an activation, or a `fn`"}},
    .foreign_names = {{"function", "activation"}},
    .known_elsewhere_as = {"Activation"},
    .infer = infer,
    .lower = [](Lowering& lowering) { return std::vector{apply_activation(lowering, lowering.inputs[0])}; },
};

}  // namespace kdlc::catalogue
