// gru: a layer of gated recurrent units.
//
//   z, r = σ(x × kernel + h × recurrent_kernel + bias)
//   candidate = a(x × kernel + bias + r · (h × recurrent_kernel + second bias))    with reset_after, else
//   candidate = a(x × kernel + bias + (r · h) × recurrent_kernel)
//   h = z · h + (1 - z) · candidate
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;

/// What enters the candidate from the state when the reset gate acts behind the product, and the sums of z and r.
struct RecurrentPart {
  NodeId z;
  NodeId r;
  NodeId candidate;  // none: r · h has yet to be multiplied
};

/// Columns [0, 2u) or [2u, 3u) of the recurrent kernel.
NodeId columns(Turn& turn, std::int64_t begin, std::int64_t count) {
  const Dim rows = turn.builder().type(turn.recurrent_kernel).shape.axes[0];
  return turn.builder().slice(turn.recurrent_kernel, {0, begin}, {rows, count}, {1, 1});
}

RecurrentPart multiply_state(Turn& turn, bool reset_after, std::int64_t units) {
  graph::Builder& builder = turn.builder();
  if (!reset_after) {
    const std::vector<NodeId> gates = turn.gates(turn.times(turn.state(0), columns(turn, 0, 2 * units)), 2);
    return {gates[0], gates[1], {}};
  }
  NodeId product = turn.times(turn.state(0), turn.recurrent_kernel);
  if (turn.recurrent_bias.has_value()) {
    product = builder.map2(MapOp::add, product, turn.recurrent_bias);
  }
  const std::vector<NodeId> gates = turn.gates(product, 3);
  return {gates[0], gates[1], gates[2]};
}

std::vector<NodeId> compute(Turn& turn, const Application& application) {
  graph::Builder& builder = turn.builder();
  const std::int64_t units = application.integer("units");
  const std::vector<NodeId> x = turn.gates(turn.x(), 3);
  RecurrentPart part = multiply_state(turn, application.boolean("reset_after"), units);
  const NodeId z = turn.activate("recurrent_activation", builder.map2(MapOp::add, x[0], part.z));
  const NodeId r = turn.activate("recurrent_activation", builder.map2(MapOp::add, x[1], part.r));
  const NodeId from_state = part.candidate.has_value() ? builder.map2(MapOp::multiply, r, part.candidate)
                                                       : turn.times(builder.map2(MapOp::multiply, r, turn.state(0)),
                                                                    columns(turn, 2 * units, units));
  const NodeId candidate = turn.activate("activation", builder.map2(MapOp::add, x[2], from_state));
  const NodeId rest = builder.map2(MapOp::subtract, builder.scalar(1, builder.type(z).dtype), z);
  return {turn.keep(0, builder.map2(MapOp::add, builder.map2(MapOp::multiply, z, turn.state(0)),
                                    builder.map2(MapOp::multiply, rest, candidate)))};
}

const RecurrentKind kKind = {.gate_count = 3, .has_reset_after = true, .compute = compute};

}  // namespace

extern const Layer layer_gru = {
    .name = "gru",
    .summary = "gates z, r from x and h: h = z · h + (1 - z) · candidate, step by step",
    .inputs = recurrent_inputs(),
    .settings = recurrent_settings(kKind),
    .foreign_names = recurrent_foreign_names(),
    .known_elsewhere_as = {"GRU"},
    .infer = [](const Application& application) { return infer_recurrent(application, kKind); },
    .lower = [](Lowering& lowering) { return lower_recurrent(lowering, kKind); },
};

}  // namespace kdlc::catalogue
