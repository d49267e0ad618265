// hinge: a margin of 1 between two classes, -1 and 1.
#include "catalogue/hinge.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;

NodeId margins(Lowering& lowering, bool from_binary) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    return hinge_margin(map, p, t, {.from_binary = from_binary, .square = false});
  });
}

std::vector<NodeId> contribute(Lowering& lowering) {
  return hinge_sums(lowering, margins(lowering, false), margins(lowering, true));
}

}  // namespace

extern const Loss loss_hinge = {
    .score = {.name = "hinge",
              .summary = "mean max(1 - t·p, 0), for labels -1 and 1, or 0 and 1",
              .rules = {.output = OutputKind::score, .label_range = {.minimum = -1, .maximum = 1}},
              .known_elsewhere_as = {"Hinge", "HingeEmbeddingLoss"}},
    .contribute = contribute,
    .combine = combine_hinge,
};

}  // namespace kdlc::catalogue
