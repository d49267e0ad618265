// Whether the right class is among the k largest outputs.
#include "catalogue/top_k.hpp"

#include <fmt/format.h>

#include "catalogue/scores.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

Setting k_setting() {
  return {.name = "k",
          .kind = SettingKind::integer,
          .default_value = integer_value(5),
          .range = size_range(),
          .doc = "how many of the largest outputs may be right"};
}

bool check_k(const Application& application) {
  const std::int64_t k = application.integer("k");
  const std::int64_t classes = class_count(application);
  if (k < classes) {
    return true;
  }
  Message& message = application.report->add(application.setting("k").span, diag::SettingRange, std::to_string(k), "k",
                                             application.text, fmt::format("below {}, the number of classes", classes));
  if (!application.setting("k").given) {
    message.note(fmt::format("{} is its default", k));
  }
  message.help("with as many as there are classes every sample is right; 1 is `accuracy`");
  return false;
}

graph::NodeId is_in_top_k(Lowering& lowering, graph::NodeId classes) {
  graph::Builder& builder = lowering.builder;
  const DType dtype = lowering.application.type().dtype;
  const auto last = static_cast<std::uint32_t>(lowering.application.type().shape.axis_count() - 1);
  const NodeId label = one_hot(builder, classes, class_count(lowering.application), dtype);
  const NodeId own_terms = map_two(builder, label, lowering.inputs[0], [](MapBuilder& map, auto t, auto p) {
    return map.select(map.apply(MapOp::equal, t, map.constant(0, map.dtype(p))), map.constant(0, map.dtype(p)), p);
  });
  const NodeId own = builder.reduce(Reducer::sum, own_terms, {last}, true);
  const NodeId larger = map_two(builder, lowering.inputs[0], own, [&](MapBuilder& map, auto p, auto right) {
    return map.cast(map.apply(MapOp::greater, p, right), dtype);
  });
  const auto k = static_cast<double>(lowering.application.integer("k"));
  return map_one(builder, builder.reduce(Reducer::sum, larger, {last}, false), [&](MapBuilder& map, auto count) {
    return map.cast(map.apply(MapOp::less, count, map.constant(k, dtype)), dtype);
  });
}

}  // namespace kdlc::catalogue
