// lstm: a layer with long short-term memory. Checked, not compiled yet: it needs a loop over steps.
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

constexpr RecurrentKind kKind = {.gate_count = 4, .state_count = 2};

}  // namespace

extern const Layer layer_lstm = {
    .name = "lstm",
    .summary = "gates i, f, g, o from x and h: c = f · c + i · g, h = o · activation(c), step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"LSTM"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
};

}  // namespace kdlc::catalogue
