// lstm: a layer with long short-term memory.
//
//   i, f, g, o = x × kernel + h × recurrent_kernel + bias
//   c = σ(f) · c + σ(i) · a(g),  h = σ(o) · a(c)
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;

std::vector<NodeId> compute(Turn& turn, const Application& /*application*/) {
  graph::Builder& builder = turn.builder();
  const NodeId sum = builder.map2(MapOp::add, turn.times(turn.state(0), turn.recurrent_kernel), turn.x());
  const std::vector<NodeId> gates = turn.gates(sum, 4);
  const NodeId input = turn.activate("recurrent_activation", gates[0]);
  const NodeId forget = turn.activate("recurrent_activation", gates[1]);
  const NodeId candidate = turn.activate("activation", gates[2]);
  const NodeId output = turn.activate("recurrent_activation", gates[3]);
  const NodeId c = turn.keep(1, builder.map2(MapOp::add, builder.map2(MapOp::multiply, forget, turn.state(1)),
                                             builder.map2(MapOp::multiply, input, candidate)));
  const NodeId h = turn.keep(0, builder.map2(MapOp::multiply, output, turn.activate("activation", c)));
  return {h, c};
}

const RecurrentKind kKind = {.gate_count = 4, .states = {"h", "c"}, .compute = compute};

}  // namespace

extern const Layer layer_lstm = {
    .name = "lstm",
    .summary = "gates i, f, g, o from x and h: c = f · c + i · g, h = o · activation(c), step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"LSTM"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
    .lower = [](Lowering& lowering) { return lower_recurrent(lowering, kKind); },
};

}  // namespace kdlc::catalogue
