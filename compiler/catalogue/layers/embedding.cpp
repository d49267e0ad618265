// embedding: a row of a table for each number.
#include <fmt/format.h>

#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const BoundInput& ids = application.inputs[0];
  if (!require_whole_numbers(application, 0, "looks up rows by number")) {
    return std::nullopt;
  }
  const std::int64_t vocabulary = application.integer("vocabulary");
  const std::int64_t size = application.integer("size");
  const DType dtype = application.has("dtype") ? dtype_from_name(application.word("dtype")).value() : DType::f32;
  TensorType type{.dtype = dtype, .shape = ids.type.shape};
  type.shape.axes.emplace_back(size);
  return Inferred{.results = {type},
                  .weights = {{.name = "embeddings",
                               .type = {.dtype = dtype, .shape = {{vocabulary, size}}},
                               .initializer = initializer_of(application, "init", "uniform"),
                               .trainable = application.boolean("trainable")}},
                  .details = fmt::format("{} × {}", vocabulary, size)};
}

std::vector<Setting> settings() {
  std::vector<Setting> all = {
      {.name = "vocabulary", .range = size_range(), .doc = "the number of rows: ids run from 0 to one less"},
      {.name = "size", .range = size_range(), .doc = "the length of a row"},
      {.name = "init",
       .kind = SettingKind::initializer,
       .default_value = word_value("uniform"),
       .doc = "how a fresh table is filled"}};
  return with_weight_settings(std::move(all), WeightSettings::normalisation);
}

}  // namespace

extern const Layer layer_embedding = {
    .name = "embedding",
    .summary = "row ids[…] of a table of `vocabulary` rows",
    .inputs = {{.name = "ids", .doc = "whole numbers of any shape"}},
    .settings = settings(),
    .foreign_names = {{"input_dim", "vocabulary"},
                      {"output_dim", "size"},
                      {"num_embeddings", "vocabulary"},
                      {"embedding_dim", "size"},
                      {"embeddings_initializer", "init"}},
    .known_elsewhere_as = {"Embedding"},
    .infer = infer,
    .lower =
        [](Lowering& lowering) {
          return std::vector{lowering.builder.gather(lowering.weights[0], lowering.inputs[0], 0)};
        },
};

}  // namespace kdlc::catalogue
