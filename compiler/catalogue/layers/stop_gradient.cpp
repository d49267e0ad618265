// stop_gradient: the identity, through which training sends nothing back.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

/// A node of its own, so that what stands before it is told from what reads it.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::MapBuilder map;
  const auto x = map.operand(0, lowering.application.type().dtype);
  return {lowering.builder.map(map.finish(x), {lowering.inputs[0]})};
}

}  // namespace

extern const Layer layer_stop_gradient = {
    .name = "stop_gradient",
    .summary = "the identity; training changes nothing that stands before it on this path",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .known_elsewhere_as = {"detach", "StopGradient"},
    .infer = [](const Application& application) -> std::optional<Inferred> {
      return Inferred{.results = {application.type()}, .weights = {}, .details = ""};
    },
    .lower = lower,
};

}  // namespace kdlc::catalogue
