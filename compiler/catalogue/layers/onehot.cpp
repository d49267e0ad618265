// onehot: each whole number as a row of zeros with a one in its place.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"

namespace kdlc::catalogue {
namespace {

DType result_dtype(const Application& application) {
  return dtype_from_name(application.word("dtype")).value();
}

std::optional<Inferred> infer(const Application& application) {
  if (!require_whole_numbers(application, 0, "gives each number a place of its own")) {
    return std::nullopt;
  }
  TensorType type{.dtype = result_dtype(application), .shape = application.type().shape};
  type.shape.axes.emplace_back(application.integer("classes"));
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

/// y[…, k] = 1 where ids[…] = k, else 0: a row of zeros for a number that is no class.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const TensorType ids = builder.type(lowering.inputs[0]);
  // Wide enough for every id and every class.
  const DType wide = ids.dtype == DType::i64 ? DType::i64 : DType::i32;
  Shape column = ids.shape;
  column.axes.emplace_back(1);
  const graph::NodeId classes = counting_numbers(builder, lowering.application.integer("classes"), wide);
  graph::MapBuilder map;
  const DType dtype = result_dtype(lowering.application);
  const auto is_class = map.apply(graph::MapOp::equal, map.cast(map.operand(0, ids.dtype), wide), map.operand(1, wide));
  return {builder.map(map.finish(map.cast(is_class, dtype)), {builder.reshape(lowering.inputs[0], column), classes})};
}

}  // namespace

extern const Layer layer_onehot = {
    .name = "onehot",
    .summary = "1 in the place that the number names, 0 elsewhere: a new last axis of `classes` places",
    .inputs = {{.name = "ids", .doc = "whole numbers of any shape; one that is no class gives zeros"}},
    .settings = {{.name = "classes", .range = size_range(), .doc = "the number of places"},
                 {.name = "dtype",
                  .kind = SettingKind::word,
                  .default_value = word_value("f32"),
                  .words = {"f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "bool"},
                  .doc = "the element type of the result"}},
    .foreign_names = {{"num_classes", "classes"}, {"depth", "classes"}},
    .known_elsewhere_as = {"one_hot"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
