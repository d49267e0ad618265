// tap: lets a value be read by its label; the identity.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  return Inferred{.results = {application.type()}, .weights = {}, .details = application.word("label")};
}

}  // namespace

extern const Layer layer_tap = {
    .name = "tap",
    .summary = "lets a value be read by its label; the identity",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "label", .kind = SettingKind::text, .doc = "the name under which the value can be read"}},
    .known_elsewhere_as = {},
    .infer = infer,
    .lower = [](Lowering& lowering) { return lowering.inputs; },
};

}  // namespace kdlc::catalogue
