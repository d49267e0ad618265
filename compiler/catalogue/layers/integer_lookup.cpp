// integer_lookup: whole numbers of a vocabulary as their places in it.
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;

/// Whole numbers, each once; empty otherwise.
std::vector<double> vocabulary_of(const Application& application) {
  const std::vector<double> words = numbers_of(application, "vocabulary");
  std::set<double> known;
  for (const double word : words) {
    if (word != std::floor(word) || !known.insert(word).second) {
      return {};
    }
  }
  return words;
}

std::optional<Inferred> infer(const Application& application) {
  const std::vector<double> words = vocabulary_of(application);
  const bool is_whole = require_whole_numbers(application, 0, "looks up numbers in a vocabulary");
  if (words.empty()) {
    const BoundSetting& bound = application.setting("vocabulary");
    application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), "vocabulary", "integer_lookup",
                            "whole numbers, each once, at least one");
    return std::nullopt;
  }
  if (!is_whole) {
    return std::nullopt;
  }
  return Inferred{.results = {{.dtype = DType::i32, .shape = application.type().shape}},
                  .weights = {},
                  .details = fmt::format("{} numbers", words.size())};
}

/// The place counted from 1 in a list that begins with the mask token, if there is one, then one place for unknown
/// numbers, less what stands before it; an id equals one entry at most, so a sum picks its place.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const TensorType x = application.type();
  std::vector<double> words = vocabulary_of(application);
  const bool has_mask = application.has("mask");
  const std::int64_t unknown = has_mask ? 1 : 0;
  std::vector<std::int64_t> places;
  for (std::size_t index = 0; index < words.size(); ++index) {
    places.push_back(static_cast<std::int64_t>(index) + 1);  // above the place of unknown numbers
  }
  if (has_mask) {
    words.push_back(static_cast<double>(application.integer("mask")));
    places.push_back(-1);
  }
  const auto count = static_cast<std::int64_t>(words.size());
  TensorData numbers = TensorData::zeros(DType::i64, {count});
  TensorData steps = TensorData::zeros(DType::i32, {count});
  for (std::int64_t index = 0; index < count; ++index) {
    numbers.set(index, words[static_cast<std::size_t>(index)]);
    steps.set(index, static_cast<double>(places[static_cast<std::size_t>(index)]));
  }
  Shape column = x.shape;
  column.axes.emplace_back(1);
  graph::MapBuilder map;
  const auto is_word =
      map.apply(MapOp::equal, map.cast(map.operand(0, x.dtype), DType::i64), map.operand(1, DType::i64));
  const auto place = map.select(is_word, map.operand(2, DType::i32), map.constant(0, DType::i32));
  const graph::NodeId hits = builder.map(
      map.finish(place), {builder.reshape(lowering.inputs[0], column), builder.constant("", std::move(numbers)),
                          builder.constant("", std::move(steps))});
  const graph::NodeId sum =
      builder.reduce(graph::Reducer::sum, hits, {static_cast<std::uint32_t>(x.shape.axis_count())}, false);
  return {builder.map2(MapOp::add, sum, builder.scalar(static_cast<double>(unknown), DType::i32))};
}

}  // namespace

extern const Layer layer_integer_lookup = {
    .name = "integer_lookup",
    .summary =
        "the place of a whole number in a vocabulary, as i32: 0 for unknown ones, then 1, 2, …; with `mask` one more",
    .inputs = {{.name = "x", .doc = "whole numbers of any shape"}},
    .settings =
        {{.name = "vocabulary", .kind = SettingKind::list, .doc = "the numbers that are known, in order"},
         {.name = "mask",
          .default_value = no_value(),
          .doc = "a number that stands for nothing and becomes 0; unknown ones are 1 then, and places begin at 2"}},
    .foreign_names = {{"mask_token", "mask"}},
    .known_elsewhere_as = {"IntegerLookup"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
