// take: places of a tensor along one axis, chosen by whole numbers.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"

namespace kdlc::catalogue {
namespace {

/// Without `axis` the first axis of a sample, or of a table without N.
std::optional<std::uint32_t> looked_up_axis(const Application& application) {
  const BoundInput& table = application.inputs[0];
  const std::int64_t first = table.type.shape.has_batch() && !application.whole_batch ? 1 : 0;
  return resolve_axis(application, application.has("axis") ? application.integer("axis") : first, table);
}

/// NumPy's where the whole batch is one tensor; else samples stay apart.
Shape result_shape(const Application& application, std::uint32_t axis) {
  const Shape& table = application.type(0).shape;
  const Shape& ids = application.type(1).shape;
  if (!application.whole_batch) {
    return graph::gathered_shape(table, ids, axis);
  }
  Shape shape = table;
  shape.axes.insert(shape.axes.erase(shape.axes.begin() + axis), ids.axes.begin(), ids.axes.end());
  return shape;
}

std::optional<Inferred> infer(const Application& application) {
  const bool has_ids = require_whole_numbers(application, 1, "looks up places by number");
  const auto axis = looked_up_axis(application);
  if (!axis || !has_ids) {
    return std::nullopt;
  }
  const TensorType& table = application.type(0);
  return Inferred{.results = {{.dtype = table.dtype, .shape = result_shape(application, *axis)}},
                  .weights = {},
                  .details = given_settings_text(application)};
}

}  // namespace

extern const Layer layer_take = {
    .name = "take",
    .summary = "table[…, ids, …]: for each id the place of that number along an axis of the table",
    .inputs = {{.name = "table", .doc = "any type and shape"},
               {.name = "ids",
                .doc = "whole numbers of any shape, from 0 to one less than the axis is long",
                .names_places = true}},
    .settings = {{.name = "axis",
                  .kind = SettingKind::integer,
                  .default_value = no_value(),
                  .doc = "the axis of the table to look up along, N being axis 0; the first of its own by default"}},
    .foreign_names = {{"dim", "axis"}, {"indices", "ids"}, {"index", "ids"}},
    .known_elsewhere_as = {"gather", "index_select"},
    .infer = infer,
    .lower =
        [](Lowering& lowering) {
          const auto axis = looked_up_axis(lowering.application);
          return std::vector{lowering.builder.gather(lowering.inputs[0], lowering.inputs[1], *axis)};
        },
};

}  // namespace kdlc::catalogue
