// rnn: a simple recurrent layer. Checked, not compiled yet: it needs a loop over steps.
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

constexpr RecurrentKind kKind = {};

}  // namespace

extern const Layer layer_rnn = {
    .name = "rnn",
    .summary = "h = activation(x @ kernel + h @ recurrent_kernel + bias), step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"SimpleRNN"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
};

}  // namespace kdlc::catalogue
