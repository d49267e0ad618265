// group_query_attention: attention in which several heads of queries share one head of keys and values.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "catalogue/attention_parts.hpp"
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::NodeId;

bool heads_fit(const Application& application) {
  if (application.integer("heads") % application.integer("kv_heads") == 0) {
    return true;
  }
  const BoundSetting& bound = application.setting("kv_heads");
  application.report
      ->add(bound.span, diag::SettingRange, bound.value.to_text(), "kv_heads", "group_query_attention",
            fmt::format("a divisor of the {} heads of the query", application.integer("heads")))
      .label(application.setting("heads").span, "the heads of the query");
  return false;
}

std::optional<Inferred> infer(const Application& application) {
  const std::int64_t heads = application.integer("heads");
  const bool has_heads = heads_fit(application);
  if (!sequences_fit(application) || !mask_fits(application, heads) || !has_heads) {
    return std::nullopt;
  }
  const std::int64_t shared = application.integer("kv_heads");
  const std::int64_t dim = application.integer("dim");
  const DType dtype = application.type().dtype;
  Inferred inferred{.results = {application.type()},
                    .weights = {},
                    .details = fmt::format("{} heads on {} × {}", heads, shared, dim)};
  const auto add = [&](std::string_view name, Shape shape, std::string_view initializer, std::string_view otherwise) {
    inferred.weights.push_back({.name = name,
                                .type = {.dtype = dtype, .shape = std::move(shape)},
                                .initializer = initializer_of(application, initializer, otherwise),
                                .trainable = application.boolean("trainable")});
  };
  static constexpr std::array<std::array<std::string_view, 2>, 3> kNames = {
      {{"query.kernel", "query.bias"}, {"key.kernel", "key.bias"}, {"value.kernel", "value.bias"}}};
  for (std::size_t input = 0; input < kNames.size(); ++input) {
    const auto features =
        static_size(application, application.type(input).shape.axis_count() - 1, kNames[input][0], input);
    if (!features) {
      return std::nullopt;
    }
    const std::int64_t own = input == 0 ? heads : shared;
    add(kNames[input][0], {{*features, own, dim}}, "init", "glorot_uniform");
    if (application.boolean("bias")) {
      add(kNames[input][1], {{own, dim}}, "bias_init", "zeros");
    }
  }
  const Dim features = application.type().shape.axes.back();
  add("attention_output.kernel", {{heads, dim, features}}, "init", "glorot_uniform");
  if (application.boolean("bias")) {
    add("attention_output.bias", {{features}}, "bias_init", "zeros");
  }
  return inferred;
}

/// Query head g · r + j looks by key head g: queries are [N, …, T, g, r, dim], scores [N, …, g, r, T, S].
std::vector<NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const std::int64_t heads = application.integer("heads");
  const std::int64_t shared = application.integer("kv_heads");
  const std::string n = sample_labels(application);
  Projections projections(lowering);
  NodeId query = projections.apply(lowering.inputs[0], n + "tk", "khd", n + "thd");
  const NodeId key = projections.apply(lowering.inputs[1], n + "sk", "kgd", n + "sgd");
  const NodeId value = projections.apply(lowering.inputs[2], n + "sk", "kgd", n + "sgd");
  const Shape joined = builder.type(query).shape;
  Shape grouped = joined;
  grouped.axes[joined.axis_count() - 2] = shared;
  grouped.axes.insert(grouped.axes.end() - 1, Dim(heads / shared));
  query = builder.reshape(query, grouped);
  const NodeId scores = builder.contraction({.left = n + "tgrd", .right = n + "sgd", .output = n + "grts"}, query, key);
  const NodeId parts = attend(lowering, scores,
                              {.scale = 1 / std::sqrt(static_cast<double>(application.integer("dim"))),
                               .head_axes = {shared, heads / shared},
                               .causal = application.boolean("causal")});
  const NodeId looked =
      builder.contraction({.left = n + "grts", .right = n + "sgd", .output = n + "tgrd"}, parts, value);
  return {projections.apply(builder.reshape(looked, joined), n + "thd", "hdf", n + "tf")};
}

}  // namespace

extern const Layer layer_group_query_attention = {
    .name = "group_query_attention",
    .summary = "attention in which `heads / kv_heads` heads of queries share one head of keys and values",
    .inputs = {{.name = "q", .doc = "[N, steps, features]: who looks"},
               {.name = "k", .doc = "[N, other steps, features]: what is compared"},
               {.name = "v", .doc = "[N, other steps, features]: what is seen"},
               mask_input()},
    .settings = with_weight_settings(
        {{.name = "heads", .range = size_range(), .doc = "the number of heads of the query"},
         {.name = "kv_heads", .range = size_range(), .doc = "the number of heads of keys and values"},
         {.name = "dim", .range = size_range(), .doc = "the size of a head"},
         bias_setting(),
         {.name = "causal",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(false),
          .doc = "whether a step looks at itself and earlier steps only"}},
        WeightSettings::kernel_and_bias),
    .foreign_names = with_weight_foreign_names({{"num_query_heads", "heads"},
                                                {"num_key_value_heads", "kv_heads"},
                                                {"head_dim", "dim"},
                                                {"attention_mask", "mask"},
                                                {"use_causal_mask", "causal"}}),
    .known_elsewhere_as = {"GroupQueryAttention", "GroupedQueryAttention"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
