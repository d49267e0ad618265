// gru: a layer of gated recurrent units. Checked, not compiled yet: it needs a loop over steps.
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

constexpr RecurrentKind kKind = {.gate_count = 3, .has_reset_after = true};

}  // namespace

extern const Layer layer_gru = {
    .name = "gru",
    .summary = "gates z, r from x and h: h = z · h + (1 - z) · candidate, step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"GRU"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
};

}  // namespace kdlc::catalogue
