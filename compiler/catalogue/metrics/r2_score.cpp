// r2_score: how much of the variation of the target is explained.
#include <cmath>

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

/// Per column: Σ t, Σ t², Σ (t - p)², and the count.
std::vector<NodeId> contribute(Lowering& lowering) {
  const NodeId target = lowering.builder.cast(lowering.inputs[1], lowering.application.type().dtype);
  const NodeId squares = map_one(lowering.builder, target, [](MapBuilder& map, auto t) { return map.multiply(t, t); });
  const NodeId errors = score_map(lowering, [](MapBuilder& map, auto p, auto t) {
    const auto difference = map.subtract(t, p);
    return map.multiply(difference, difference);
  });
  const NodeId ones = map_one(lowering.builder, target, [](MapBuilder& map, auto t) {
    return map.select(map.apply(MapOp::equal, t, t), map.constant(1, map.dtype(t)), map.constant(1, map.dtype(t)));
  });
  return {target, squares, errors, ones};
}

std::vector<double> finish_score(const Application& application, const ScoreState& state) {
  const std::size_t columns = state[0].size();
  std::vector<double> totals;
  std::vector<double> scores;
  for (std::size_t column = 0; column < columns; ++column) {
    const double mean = state[0][column] / state[3][column];
    totals.push_back(state[1][column] - state[0][column] * mean);
    const double score = 1 - state[2][column] / totals.back();
    scores.push_back(std::isinf(score) ? 0 : score);
  }
  const std::string& average = application.word("average");
  if (average != "columns") {
    double sum = 0;
    double weights = 0;
    for (std::size_t column = 0; column < columns; ++column) {
      const double weight = average == "uniform" ? 1 : totals[column];
      sum += weight * scores[column];
      weights += weight;
    }
    scores = {sum / weights};
  }
  // The adjusted score, where there are samples enough.
  const auto regressors = static_cast<double>(application.integer("num_regressors"));
  double samples = 0;
  for (const double count : state[3]) {
    samples += count;
  }
  if (regressors > 0 && regressors < samples - 1) {
    for (double& score : scores) {
      score = 1 - (1 - score) * (samples - 1) / (samples - regressors - 1);
    }
  }
  return scores;
}

}  // namespace

extern const Metric metric_r2_score = {
    .score = {.name = "r2_score",
              .also = {"r2"},
              .summary = "1 - Σ (t - p)² / Σ (t - mean t)², averaged over the columns",
              .rules = {.least_axes = 1, .most_axes = 1},
              .settings = {{.name = "average",
                            .kind = SettingKind::word,
                            .default_value = word_value("uniform"),
                            .words = {"uniform", "variance", "columns"},
                            .doc = "how columns are averaged; `columns`: a score for each"},
                           {.name = "num_regressors",
                            .kind = SettingKind::integer,
                            .default_value = integer_value(0),
                            .range = count_range(),
                            .doc = "how many inputs the adjusted score takes into account"}},
              .foreign_names = {{"class_aggregation", "average"}},
              .known_elsewhere_as = {"R2Score"}},
    .contribute = contribute,
    .finish = finish_score,
};

}  // namespace kdlc::catalogue
