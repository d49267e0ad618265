// category_encoding: which classes stand among some whole numbers, or how often.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"

namespace kdlc::catalogue {
namespace {

constexpr DType kResult = DType::f32;

/// The ids of a sample are one axis, the last.
std::optional<Inferred> infer(const Application& application) {
  constexpr std::string_view kOwnAxes[] = {"ids"};
  const bool is_whole = require_whole_numbers(application, 0, "counts classes by number");
  if (!require_axes(application, kOwnAxes) || !is_whole) {
    return std::nullopt;
  }
  TensorType type{.dtype = kResult, .shape = application.type().shape};
  type.shape.axes.back() = application.integer("classes");
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

/// y[…, k] = over the ids of a sample: the maximum, or the sum, of (id = k).
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const TensorType ids = builder.type(lowering.inputs[0]);
  const DType wide = ids.dtype == DType::i64 ? DType::i64 : DType::i32;
  Shape column = ids.shape;
  column.axes.emplace_back(1);
  graph::MapBuilder map;
  const auto is_class = map.apply(graph::MapOp::equal, map.cast(map.operand(0, ids.dtype), wide), map.operand(1, wide));
  const graph::NodeId hits = builder.map(map.finish(map.cast(is_class, kResult)),
                                         {builder.reshape(lowering.inputs[0], column),
                                          counting_numbers(builder, lowering.application.integer("classes"), wide)});
  const auto ids_axis = static_cast<std::uint32_t>(ids.shape.axis_count() - 1);
  const bool counts = lowering.application.word("mode") == "count";
  return {builder.reduce(counts ? graph::Reducer::sum : graph::Reducer::maximum, hits, {ids_axis}, false)};
}

}  // namespace

extern const Layer layer_category_encoding = {
    .name = "category_encoding",
    .summary = "for each class 1 when it stands among a sample's ids, or how often; `onehot` gives each id a row",
    .inputs = {{.name = "ids", .doc = "[N, …, ids]: whole numbers; those that are no class count nowhere"}},
    .settings = {{.name = "classes", .range = size_range(), .doc = "the number of classes"},
                 {.name = "mode",
                  .kind = SettingKind::word,
                  .default_value = word_value("multi_hot"),
                  .words = {"multi_hot", "count"},
                  .doc = "whether a class stands there, or how often"}},
    .foreign_names = {{"num_tokens", "classes"}, {"output_mode", "mode"}},
    .known_elsewhere_as = {"CategoryEncoding"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
