// Decisions of yes and no beside what is true.
#include "catalogue/confusion.hpp"

#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

using graph::Builder;
using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

namespace {

/// 1 where fewer than k numbers of the row stand before it: larger ones, and equal ones further left.
NodeId is_among_largest(Builder& builder, NodeId x, std::int64_t k) {
  const Shape shape = builder.type(x).shape;
  const std::int64_t count = shape.axes.back().constant();
  Shape column = shape;
  column.axes.emplace_back(1);
  Shape row = shape;
  row.axes.insert(row.axes.end() - 1, Dim(1));
  const NodeId places = counting(builder, count, DType::i32);
  const NodeId place_column = builder.reshape(places, Shape{{count, 1}});
  const DType dtype = builder.type(x).dtype;
  MapBuilder map;
  const auto own = map.operand(0, dtype);
  const auto other = map.operand(1, dtype);
  const auto is_left = map.apply(MapOp::less, map.operand(3, DType::i32), map.operand(2, DType::i32));
  const auto is_before = map.apply(MapOp::logical_or, map.apply(MapOp::greater, other, own),
                                   map.apply(MapOp::logical_and, map.apply(MapOp::equal, other, own), is_left));
  const NodeId before = builder.map(map.finish(map.cast(is_before, dtype)),
                                    {builder.reshape(x, column), builder.reshape(x, row), place_column, places});
  const NodeId rank = builder.reduce(Reducer::sum, before, {static_cast<std::uint32_t>(shape.axis_count())}, false);
  return map_one(builder, rank, [&](MapBuilder& rank_map, auto value) {
    return rank_map.apply(MapOp::less, value, rank_map.constant(static_cast<double>(k), dtype));
  });
}

NodeId take_class(Lowering& lowering, NodeId x) {
  const Shape shape = lowering.builder.type(x).shape;
  std::vector<Dim> begin(shape.axis_count(), Dim(0));
  begin.back() = lowering.application.integer("class_id");
  std::vector<Dim> count = shape.axes;
  count.back() = 1;
  return lowering.builder.slice(x, begin, count, std::vector<std::int64_t>(shape.axis_count(), 1));
}

}  // namespace

Decisions decide(Lowering& lowering) {
  Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const DType dtype = application.type().dtype;
  NodeId output = lowering.inputs[0];
  NodeId target = builder.cast(lowering.inputs[1], dtype);
  std::optional<NodeId> kept;
  if (application.has("k")) {
    kept = is_among_largest(builder, output, application.integer("k"));
  }
  if (application.has("class_id")) {
    output = take_class(lowering, output);
    target = take_class(lowering, target);
    kept = kept ? std::optional(take_class(lowering, *kept)) : std::nullopt;
  }
  const bool has_threshold = application.has("threshold");
  const double threshold = has_threshold ? application.number("threshold") : 0.5;
  NodeId decided = map_one(builder, output, [&](MapBuilder& map, auto p) {
    return map.apply(MapOp::greater, p, map.constant(threshold, dtype));
  });
  if (kept) {
    decided = has_threshold ? builder.map2(MapOp::logical_and, decided, *kept) : *kept;
  }
  const NodeId actual = map_one(builder, target, [&](MapBuilder& map, auto t) {
    return map.cast(map.apply(MapOp::not_equal, t, map.constant(0, dtype)), dtype);
  });
  return {builder.cast(decided, dtype), actual};
}

std::vector<Setting> decision_settings() {
  return {{.name = "threshold",
           .kind = SettingKind::number,
           .default_value = no_value(),
           .range = {.minimum = 0, .maximum = 1},
           .doc = "what an output must exceed to be a yes; 0.5 unless `k` is given"},
          {.name = "k",
           .kind = SettingKind::integer,
           .default_value = no_value(),
           .range = size_range(),
           .doc = "only the k largest outputs of a sample can be a yes"},
          {.name = "class_id",
           .kind = SettingKind::integer,
           .default_value = no_value(),
           .range = count_range(),
           .doc = "only this class counts"}};
}

std::vector<ForeignName> decision_foreign_names() {
  return {{"thresholds", "threshold"}, {"top_k", "k"}};
}

bool check_decision(const Application& application) {
  const Shape own = application.type().shape.without_batch();
  const Dim classes = own.axes.empty() ? Dim(1) : own.axes.back();
  bool fits = true;
  for (const std::string_view name : {"k", "class_id"}) {
    if (!application.has(name) || !classes.is_constant()) {
      continue;
    }
    const std::int64_t largest = name == "k" ? classes.constant() : classes.constant() - 1;
    if (own.axes.empty() || application.integer(name) > largest) {
      application.report
          ->add(application.setting(name).span, diag::SettingRange, application.setting(name).value.to_text(),
                std::string(name), application.text,
                own.axes.empty() ? std::string("left out where the output has one number")
                                 : "at most " + std::to_string(largest))
          .label(application.inputs[0].span, application.type().to_text());
      fits = false;
    }
  }
  return fits;
}

NodeId count_where(Lowering& lowering, const Decisions& decisions, const ScoreFormula& formula) {
  return sum_sample(lowering.builder, map_two(lowering.builder, decisions.predicted, decisions.actual, formula));
}

NodeId count_both(Lowering& lowering, const Decisions& decisions) {
  return count_where(lowering, decisions,
                     [](MapBuilder& map, auto predicted, auto actual) { return map.multiply(predicted, actual); });
}

}  // namespace kdlc::catalogue
