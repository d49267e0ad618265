// What f1_score and fbeta_score share.
#include "catalogue/f_score.hpp"

#include <numeric>

namespace kdlc::catalogue {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

namespace {

double sum_of(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

/// Without a threshold the largest output is the yes, unless it is 0.
NodeId decide_largest(Lowering& lowering) {
  const auto last = static_cast<std::uint32_t>(lowering.application.type().shape.axis_count() - 1);
  const NodeId largest = lowering.builder.reduce(graph::Reducer::maximum, lowering.inputs[0], {last}, true);
  return map_two(lowering.builder, lowering.inputs[0], largest, [](MapBuilder& map, auto p, auto top) {
    constexpr double kZero = 1e-9;
    const DType dtype = map.dtype(p);
    const auto is_some = map.apply(MapOp::greater, map.apply(MapOp::absolute, p), map.constant(kZero, dtype));
    return map.cast(map.apply(MapOp::logical_and, map.apply(MapOp::greater_equal, p, top), is_some), dtype);
  });
}

}  // namespace

std::vector<Setting> with_f_score_settings(std::vector<Setting> settings) {
  settings.push_back({.name = "average",
                      .kind = SettingKind::word,
                      .default_value = word_value("classes"),
                      .words = {"classes", "micro", "macro", "weighted"},
                      .doc = "how classes are averaged; `classes`: a score for each"});
  settings.push_back({.name = "threshold",
                      .kind = SettingKind::number,
                      .default_value = no_value(),
                      .range = {.minimum = 0, .maximum = 1, .minimum_excluded = true},
                      .doc = "what an output must exceed to be a yes; without it the largest one is"});
  return settings;
}

std::vector<NodeId> contribute_f_score(Lowering& lowering) {
  const DType dtype = lowering.application.type().dtype;
  NodeId decided;
  if (lowering.application.has("threshold")) {
    decided = map_one(lowering.builder, lowering.inputs[0], [&](MapBuilder& map, auto p) {
      const auto threshold = map.constant(lowering.application.number("threshold"), dtype);
      return map.cast(map.apply(MapOp::greater, p, threshold), dtype);
    });
  } else {
    decided = decide_largest(lowering);
  }
  const NodeId target = lowering.builder.cast(lowering.inputs[1], dtype);
  const NodeId both =
      map_two(lowering.builder, decided, target, [](MapBuilder& map, auto p, auto t) { return map.multiply(p, t); });
  return {both, decided, target};
}

std::vector<double> finish_f_score(const Application& application, const ScoreState& state, double beta) {
  const std::string& average = application.word("average");
  ScoreState sums = state;
  if (average == "micro") {
    sums = {{sum_of(state[0])}, {sum_of(state[1])}, {sum_of(state[2])}};
  }
  std::vector<double> scores;
  for (std::size_t number = 0; number < sums[0].size(); ++number) {
    const double precision = sums[0][number] / (sums[1][number] + kScoreEpsilon);
    const double recall = sums[0][number] / (sums[2][number] + kScoreEpsilon);
    const double mean = precision * recall / (beta * beta * precision + recall + kScoreEpsilon);
    scores.push_back(mean * (1 + beta * beta));
  }
  if (average == "weighted") {
    double weighted = 0;
    for (std::size_t number = 0; number < scores.size(); ++number) {
      weighted += scores[number] * state[2][number] / (sum_of(state[2]) + kScoreEpsilon);
    }
    return {weighted};
  }
  return average == "classes" ? scores : std::vector{sum_of(scores) / static_cast<double>(scores.size())};
}

}  // namespace kdlc::catalogue
