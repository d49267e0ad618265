// auc: the area under the curve of two rates over all thresholds.
#include <algorithm>
#include <cmath>

#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {
namespace {

using graph::NodeId;

std::vector<NodeId> contribute(Lowering& lowering) {
  const Application& application = lowering.application;
  return count_at_thresholds(lowering, probabilities(lowering),
                             {.count = application.integer("num_thresholds"),
                              .all_above_first = true,
                              .for_each_label = application.boolean("multi_label")});
}

/// Davis and Goadrich's interpolation, as Keras: precision is no straight line between two points.
double area_under_precision(const Curve& curve) {
  double area = 0;
  for (std::size_t place = 0; place + 1 < curve.true_positives.size(); ++place) {
    const double true_step = curve.true_positives[place] - curve.true_positives[place + 1];
    const double above = curve.true_positives[place] + curve.false_positives[place];
    const double below = curve.true_positives[place + 1] + curve.false_positives[place + 1];
    const double slope = quotient(true_step, std::max(above - below, 0.0));
    const double start = curve.true_positives[place + 1] - slope * below;
    const double ratio = above > 0 && below > 0 ? above / below : 1;
    const double positives = curve.true_positives[place + 1] + curve.false_negatives[place + 1];
    area += quotient(slope * (true_step + start * std::log(ratio)), std::max(positives, 0.0));
  }
  return area;
}

struct Points {
  std::vector<double> x;
  std::vector<double> y;
};

/// Recall gain and precision gain (Flach and Kull), bounded as Keras does.
Points gains(const Curve& curve) {
  Points points;
  for (std::size_t place = 0; place < curve.true_positives.size(); ++place) {
    const double right = curve.true_positives[place];
    const double scale =
        quotient(right + curve.false_negatives[place], curve.true_negatives[place] + curve.false_positives[place]);
    const double recall = right == 0 ? 0 : 1 - scale * quotient(curve.false_negatives[place], right);
    points.x.push_back(std::max(recall, 0.0));
    points.y.push_back(right == 0 ? 1 : 1 - scale * quotient(curve.false_positives[place], right));
  }
  return points;
}

double area_of(const Curve& curve, const std::string& kind, const std::string& summation) {
  if (kind == "pr" && summation == "interpolation") {
    return area_under_precision(curve);
  }
  const std::vector<double> recall = quotients(curve.true_positives, curve.false_negatives);
  const Points points = kind == "roc"  ? Points{quotients(curve.false_positives, curve.true_negatives), recall}
                        : kind == "pr" ? Points{recall, quotients(curve.true_positives, curve.false_positives)}
                                       : gains(curve);
  double area = 0;
  for (std::size_t place = 0; place + 1 < points.x.size(); ++place) {
    const double first = points.y[place];
    const double second = points.y[place + 1];
    const double height = summation == "interpolation" ? (first + second) / 2
                          : summation == "minoring"    ? std::min(first, second)
                                                       : std::max(first, second);
    area += (points.x[place] - points.x[place + 1]) * height;
  }
  return area;
}

std::vector<double> finish_area(const Application& application, const ScoreState& state) {
  double sum = 0;
  const std::vector<Curve> curves = curves_of(state);
  for (const Curve& curve : curves) {
    sum += area_of(curve, application.word("curve"), application.word("summation"));
  }
  return {sum / static_cast<double>(curves.size())};
}

}  // namespace

extern const Metric metric_auc = {
    .score = {.name = "auc",
              .summary = "the area under true over false positives (`roc`) or precision over recall (`pr`), from "
                         "evenly spaced thresholds",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {{.name = "num_thresholds",
                            .kind = SettingKind::integer,
                            .default_value = integer_value(200),
                            .range = {.minimum = 3, .maximum = 10000},
                            .doc = "how many thresholds are tried"},
                           {.name = "curve",
                            .kind = SettingKind::word,
                            .default_value = word_value("roc"),
                            .words = {"roc", "pr", "pr_gain"},
                            .doc = "the rates whose curve it is"},
                           {.name = "summation",
                            .kind = SettingKind::word,
                            .default_value = word_value("interpolation"),
                            .words = {"interpolation", "minoring", "majoring"},
                            .doc = "how the area between two thresholds is found"},
                           {.name = "multi_label",
                            .kind = SettingKind::boolean,
                            .default_value = boolean_value(false),
                            .doc = "the mean of the areas of every label instead of one area of all"},
                           from_logits_setting()},
              .foreign_names = {{"summation_method", "summation"}},
              .known_elsewhere_as = {"AUC", "AUROC"}},
    .contribute = contribute,
    .finish = finish_area,
};

}  // namespace kdlc::catalogue
