// rnn: a simple recurrent layer, h = activation(x × kernel + h × recurrent_kernel + bias).
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

const RecurrentKind kKind = {.compute = [](Turn& turn, const Application& /*application*/) {
  const graph::NodeId product = turn.times(turn.state(0), turn.recurrent_kernel);
  const graph::NodeId sum = turn.builder().map2(graph::MapOp::add, product, turn.x());
  return std::vector{turn.keep(0, turn.activate("activation", sum))};
}};

}  // namespace

extern const Layer layer_rnn = {
    .name = "rnn",
    .summary = "h = activation(x @ kernel + h @ recurrent_kernel + bias), step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"SimpleRNN"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
    .lower = [](Lowering& lowering) { return lower_recurrent(lowering, kKind); },
};

}  // namespace kdlc::catalogue
