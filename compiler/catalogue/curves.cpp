// Counts at many thresholds, and overlaps of classes.
#include <algorithm>

#include "catalogue/confusion.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

using graph::Builder;
using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

namespace {

/// [N, labels]: one row of all numbers of a sample, as Keras flattens them.
NodeId as_rows(Builder& builder, NodeId x) {
  Shape shape{{builder.type(x).shape.axes.front(), builder.type(x).shape.without_batch().element_count()}};
  return builder.reshape(x, shape);
}

/// The last threshold that the output exceeds, as Keras finds it: ceil(p · (count - 1)) - 1.
NodeId buckets(Builder& builder, NodeId output, const ThresholdCounts& counts) {
  return map_one(builder, output, [&](MapBuilder& map, auto p) {
    const DType dtype = map.dtype(p);
    const auto zero = map.constant(0, dtype);
    const auto one = map.constant(1, dtype);
    const auto inside = map.minimum(map.maximum(p, zero), one);
    const auto scaled = map.multiply(inside, map.constant(static_cast<double>(counts.count - 1), dtype));
    const auto bucket = map.subtract(map.apply(MapOp::ceil, scaled), one);
    return counts.all_above_first ? map.maximum(bucket, zero) : bucket;
  });
}

}  // namespace

std::vector<NodeId> count_at_thresholds(Lowering& lowering, NodeId output, const ThresholdCounts& counts) {
  Builder& builder = lowering.builder;
  const DType dtype = builder.type(output).dtype;
  const NodeId flat_output = as_rows(builder, output);
  const NodeId yes = map_one(
      builder, as_rows(builder, builder.cast(lowering.inputs[1], dtype)),
      [&](MapBuilder& map, auto t) { return map.cast(map.apply(MapOp::not_equal, t, map.constant(0, dtype)), dtype); });
  const NodeId no =
      map_one(builder, yes, [&](MapBuilder& map, auto t) { return map.subtract(map.constant(1, dtype), t); });
  Shape column = builder.type(flat_output).shape;
  column.axes.emplace_back(1);
  const NodeId bucket = builder.reshape(buckets(builder, flat_output, counts), column);
  const NodeId places = counting(builder, counts.count, dtype);
  const auto count = [&](NodeId label) {
    MapBuilder map;
    const auto is_above = map.apply(MapOp::greater_equal, map.operand(0, dtype), map.operand(1, dtype));
    const auto hit = map.select(is_above, map.operand(2, dtype), map.constant(0, dtype));
    const NodeId hits = builder.map(map.finish(hit), {bucket, places, builder.reshape(label, column)});
    return counts.for_each_label ? hits : builder.reduce(Reducer::sum, hits, {1}, true);
  };
  const auto total = [&](NodeId label) {
    return counts.for_each_label ? label : builder.reduce(Reducer::sum, label, {1}, true);
  };
  return {count(yes), count(no), total(yes), total(no)};
}

std::vector<Curve> curves_of(const ScoreState& state) {
  std::vector<Curve> curves(state[2].size());
  const std::size_t count = state[0].size() / curves.size();
  for (std::size_t label = 0; label < curves.size(); ++label) {
    for (std::size_t place = label * count; place < (label + 1) * count; ++place) {
      curves[label].true_positives.push_back(state[0][place]);
      curves[label].false_positives.push_back(state[1][place]);
      curves[label].false_negatives.push_back(state[2][label] - state[0][place]);
      curves[label].true_negatives.push_back(state[3][label] - state[1][place]);
    }
  }
  return curves;
}

std::vector<double> quotients(const std::vector<double>& above, const std::vector<double>& rest) {
  std::vector<double> result;
  for (std::size_t index = 0; index < above.size(); ++index) {
    result.push_back(quotient(above[index], above[index] + rest[index]));
  }
  return result;
}

double largest_under(const std::vector<double>& constrained, const std::vector<double>& dependent, double least) {
  double largest = 0;
  for (std::size_t index = 0; index < constrained.size(); ++index) {
    largest = constrained[index] >= least ? std::max(largest, dependent[index]) : largest;
  }
  return largest;
}

std::vector<Setting> constraint_settings(std::string_view name, std::string_view doc) {
  return {unit_setting(name, std::nullopt, doc),
          {.name = "num_thresholds",
           .kind = SettingKind::integer,
           .default_value = integer_value(200),
           .range = {.minimum = 3, .maximum = 10000},
           .doc = "how many thresholds are tried"}};
}

std::vector<NodeId> contribute_curve(Lowering& lowering) {
  return count_at_thresholds(lowering, lowering.inputs[0], {.count = lowering.application.integer("num_thresholds")});
}

NodeId confusion_matrix(Builder& builder, NodeId actual, NodeId predicted, std::int64_t classes) {
  const NodeId rows = one_hot(builder, as_rows(builder, actual), classes, DType::f32);
  const NodeId columns = one_hot(builder, as_rows(builder, predicted), classes, DType::f32);
  return builder.contraction({.left = "nmi", .right = "nmj", .output = "nij"}, rows, columns);
}

double mean_overlap(const std::vector<double>& matrix, std::size_t classes, const std::vector<std::size_t>& wanted) {
  double sum = 0;
  double count = 0;
  for (std::size_t number = 0; number < classes; ++number) {
    if (!wanted.empty() && std::ranges::find(wanted, number) == wanted.end()) {
      continue;
    }
    double all = -matrix[number * classes + number];
    for (std::size_t other = 0; other < classes; ++other) {
      all += matrix[number * classes + other] + matrix[other * classes + number];
    }
    if (all > 0) {
      sum += matrix[number * classes + number] / (all + kScoreEpsilon);
      count += 1;
    }
  }
  return sum / (count + kScoreEpsilon);
}

std::vector<NodeId> contribute_overlap(Lowering& lowering) {
  Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const NodeId predicted = place_of_largest(builder, lowering.inputs[0]);
  NodeId actual =
      has_class_numbers(application) ? class_numbers(lowering) : place_of_largest(builder, lowering.inputs[1]);
  if (application.has("ignore")) {
    const auto ignored = static_cast<double>(application.integer("ignore"));
    actual = map_one(builder, actual, [&](MapBuilder& map, auto number) {
      const auto is_ignored = map.apply(MapOp::equal, number, map.constant(ignored, DType::i32));
      return map.select(is_ignored, map.constant(-1, DType::i32), number);
    });
  }
  return {confusion_matrix(builder, actual, predicted, class_count(application))};
}

Setting ignore_setting() {
  return {.name = "ignore",
          .kind = SettingKind::integer,
          .default_value = no_value(),
          .doc = "a class number whose labels do not count"};
}

Setting classes_setting() {
  return {.name = "classes", .kind = SettingKind::list, .range = count_range(), .doc = "the class numbers that count"};
}

std::vector<std::size_t> wanted_classes(const Application& application) {
  std::vector<std::size_t> wanted;
  for (const SettingValue& item : std::get<SettingList>(application.setting("classes").value.value)) {
    wanted.push_back(static_cast<std::size_t>(std::get<double>(item.value)));
  }
  return wanted;
}

bool check_wanted_classes(const Application& application) {
  const std::int64_t classes = class_count(application);
  for (const std::size_t number : wanted_classes(application)) {
    if (static_cast<std::int64_t>(number) >= classes) {
      application.report->add(application.setting("classes").span, diag::SettingRange,
                              application.setting("classes").value.to_text(), "classes", application.text,
                              "made of numbers below " + std::to_string(classes));
      return false;
    }
  }
  return true;
}

}  // namespace kdlc::catalogue
