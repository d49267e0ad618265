// attention: every step of one sequence looks at all steps of another, in several heads.
//
//   softmax(q · kᵀ / √dim) · v for each head, q, k and v being projections of the inputs; then a projection of all
//   heads.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "catalogue/attention_parts.hpp"
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::NodeId;

std::optional<Inferred> infer(const Application& application) {
  const std::int64_t heads = application.integer("heads");
  if (!sequences_fit(application) || !mask_fits(application, heads)) {
    return std::nullopt;
  }
  const std::int64_t dim = application.integer("dim");
  const std::int64_t value_dim = application.has("value_dim") ? application.integer("value_dim") : dim;
  std::array<std::int64_t, 3> features{};
  for (std::size_t input = 0; input < 3; ++input) {
    const auto size = static_size(application, application.type(input).shape.axis_count() - 1,
                                  input == 0   ? "query.kernel"
                                  : input == 1 ? "key.kernel"
                                               : "value.kernel",
                                  input);
    if (!size) {
      return std::nullopt;
    }
    features[input] = *size;
  }
  const DType dtype = application.type().dtype;
  Inferred inferred;
  const auto add = [&](std::string_view kernel, Shape kernel_shape, std::string_view bias, Shape bias_shape) {
    const bool trainable = application.boolean("trainable");
    inferred.weights.push_back({.name = kernel,
                                .type = {.dtype = dtype, .shape = std::move(kernel_shape)},
                                .initializer = initializer_of(application, "init", "glorot_uniform"),
                                .trainable = trainable});
    if (application.boolean("bias")) {
      inferred.weights.push_back({.name = bias,
                                  .type = {.dtype = dtype, .shape = std::move(bias_shape)},
                                  .initializer = initializer_of(application, "bias_init", "zeros"),
                                  .trainable = trainable});
    }
  };
  add("query.kernel", {{features[0], heads, dim}}, "query.bias", {{heads, dim}});
  add("key.kernel", {{features[1], heads, dim}}, "key.bias", {{heads, dim}});
  add("value.kernel", {{features[2], heads, value_dim}}, "value.bias", {{heads, value_dim}});
  add("attention_output.kernel", {{heads, value_dim, features[0]}}, "attention_output.bias", {{features[0]}});
  inferred.results.push_back(application.type());
  if (application.boolean("scores")) {
    Shape scores = sample_axes(application);
    const std::size_t steps_axis = scores.axis_count();
    for (const Dim& axis :
         {Dim(heads), application.type(0).shape.axes[steps_axis], application.type(1).shape.axes[steps_axis]}) {
      scores.axes.push_back(axis);
    }
    inferred.results.push_back({.dtype = dtype, .shape = scores});
  }
  inferred.details = fmt::format("{} heads × {}{}", heads, dim, application.boolean("causal") ? ", causal" : "");
  return inferred;
}

std::vector<NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const std::string n = sample_labels(application);
  Projections projections(lowering);
  const NodeId query = projections.apply(lowering.inputs[0], n + "tk", "khd", n + "thd");
  const NodeId key = projections.apply(lowering.inputs[1], n + "sk", "khd", n + "shd");
  const NodeId value = projections.apply(lowering.inputs[2], n + "sk", "khd", n + "shd");
  const NodeId scores = builder.contraction({.left = n + "thd", .right = n + "shd", .output = n + "hts"}, query, key);
  const NodeId parts = attend(lowering, scores,
                              {.scale = 1 / std::sqrt(static_cast<double>(application.integer("dim"))),
                               .head_axes = {application.integer("heads")},
                               .causal = application.boolean("causal")});
  const NodeId looked = builder.contraction({.left = n + "hts", .right = n + "shd", .output = n + "thd"}, parts, value);
  const NodeId result = projections.apply(looked, n + "thd", "hdf", n + "tf");
  return application.boolean("scores") ? std::vector{result, parts} : std::vector{result};
}

std::vector<Setting> settings() {
  const auto flag = [](std::string_view name, bool value, std::string_view doc) {
    return Setting{.name = name, .kind = SettingKind::boolean, .default_value = boolean_value(value), .doc = doc};
  };
  std::vector<Setting> all = {{.name = "heads", .range = size_range(), .doc = "the number of heads"},
                              {.name = "dim", .range = size_range(), .doc = "the size of a head's queries and keys"},
                              {.name = "value_dim",
                               .default_value = no_value(),
                               .range = size_range(),
                               .doc = "the size of a head's values; `dim` when not given"},
                              bias_setting(),
                              flag("causal", false, "whether a step looks at itself and earlier steps only"),
                              flag("scores", false, "whether the parts of attention follow as a second result")};
  return with_weight_settings(std::move(all), WeightSettings::kernel_and_bias);
}

}  // namespace

extern const Layer layer_attention = {
    .name = "attention",
    .summary = "softmax(q · kᵀ / √dim) · v in several heads, with projections before and behind",
    .inputs = {{.name = "q", .doc = "[N, steps, features]: who looks"},
               {.name = "k", .doc = "[N, other steps, features]: what is compared"},
               {.name = "v", .doc = "[N, other steps, features]: what is seen"},
               mask_input()},
    .settings = settings(),
    .foreign_names = with_weight_foreign_names({{"num_heads", "heads"},
                                                {"key_dim", "dim"},
                                                {"attention_mask", "mask"},
                                                {"use_causal_mask", "causal"},
                                                {"return_attention_scores", "scores"}}),
    .known_elsewhere_as = {"MultiHeadAttention", "MultiheadAttention"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
