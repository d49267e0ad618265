// attention: every step of one sequence looks at all steps of another, in several heads.
//
//   softmax(q · kᵀ / √dim) · v for each head, q, k and v being projections of the inputs; then a projection of all
//   heads.
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/rows.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

bool is_sequence(const Application& application, std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  if (bound.type.shape.has_batch() && bound.type.shape.axis_count() == 3) {
    return true;
  }
  application.report
      ->add(bound.span, diag::AxisCount, named_with_axes(bound), "attention", "3 axes [N, steps, features]")
      .label(application.span, "works on [N, steps, features]");
  return false;
}

bool same_steps(const Application& application) {
  const BoundInput& key = application.inputs[1];
  const BoundInput& value = application.inputs[2];
  if (key.type.shape.axes[1] == value.type.shape.axes[1]) {
    return true;
  }
  application.report
      ->add(application.span, diag::BroadcastMismatch, key.text, key.type.shape.to_text(), value.text,
            value.type.shape.to_text(), "attention")
      .label(key.span, fmt::format("{} steps", key.type.shape.axes[1].to_text()))
      .label(value.span, fmt::format("{} steps", value.type.shape.axes[1].to_text()));
  return false;
}

/// The mask's shape against the scores [N, heads, T, S], with axes of size 1 where it has none; nullopt when it fits
/// nowhere.
std::optional<Shape> mask_against_scores(const Application& application, const Shape& mask) {
  const Dim& queries = application.inputs[0].type.shape.axes[1];
  const Dim& keys = application.inputs[1].type.shape.axes[1];
  const Dim batch = Dim::batch();
  const std::int64_t heads = application.integer("heads");
  if (mask == Shape{{batch, keys}}) {
    return Shape{{batch, 1, 1, keys}};
  }
  if (mask == Shape{{batch, queries, keys}}) {
    return Shape{{batch, 1, queries, keys}};
  }
  return mask == Shape{{batch, heads, queries, keys}} ? std::optional(mask) : std::nullopt;
}

bool mask_fits(const Application& application) {
  const std::span<const BoundInput> masks = application.inputs_of("mask");
  if (masks.empty()) {
    return true;
  }
  const BoundInput& mask = masks[0];
  if (mask.type.dtype != DType::boolean) {
    application.report
        ->add(mask.span, diag::ElementType, fmt::format("`{}` ({})", mask.text, name_of(mask.type.dtype)), "attention",
              "a mask of bool, true where a step may be looked at")
        .help("compare it: `x != 0`");
    return false;
  }
  if (mask_against_scores(application, mask.type.shape)) {
    return true;
  }
  const BoundInput& key = application.inputs[1];
  application.report
      ->add(application.span, diag::BroadcastMismatch, mask.text, mask.type.shape.to_text(), key.text,
            key.type.shape.to_text(), "mask")
      .label(mask.span,
             fmt::format("expected [N, {0}], [N, {1}, {0}] or [N, {2}, {1}, {0}]", key.type.shape.axes[1].to_text(),
                         application.inputs[0].type.shape.axes[1].to_text(), application.integer("heads")))
      .label(key.span, key.type.shape.to_text());
  return false;
}

bool causal_is_compiled(const Application& application) {
  const bool is_static =
      application.inputs[0].type.shape.axes[1].is_constant() && application.inputs[1].type.shape.axes[1].is_constant();
  if (!application.boolean("causal") || is_static) {
    return true;
  }
  application.report->add(application.setting("causal").span, diag::SettingRange, "true", "causal", "attention",
                          "false where the number of steps is known only at run time; give a mask instead");
  return false;
}

bool inputs_fit(const Application& application) {
  bool fit = true;
  for (std::size_t input = 0; input < 3; ++input) {
    fit = require_floats(application, input) && fit;
    fit = is_sequence(application, input) && fit;
  }
  return fit && same_steps(application) && mask_fits(application) && causal_is_compiled(application);
}

std::optional<Inferred> infer(const Application& application) {
  if (!inputs_fit(application)) {
    return std::nullopt;
  }
  const std::int64_t heads = application.integer("heads");
  const std::int64_t dim = application.integer("dim");
  const std::int64_t value_dim = application.has("value_dim") ? application.integer("value_dim") : dim;
  std::array<std::int64_t, 3> features{};
  for (std::size_t input = 0; input < 3; ++input) {
    const auto size = static_size(application, 2,
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
    inferred.results.push_back(
        {.dtype = dtype,
         .shape = {{Dim::batch(), heads, application.type(0).shape.axes[1], application.type(1).shape.axes[1]}}});
  }
  inferred.details = fmt::format("{} heads × {}{}", heads, dim, application.boolean("causal") ? ", causal" : "");
  return inferred;
}

/// The weights in order, taken one kernel (and bias) after the other.
class Projections {
public:
  explicit Projections(Lowering& lowering) : lowering_(lowering) {}
  /// x contracted with the next kernel, plus its bias.
  NodeId apply(NodeId x, std::string left, std::string right, std::string output) {
    graph::ContractionAttributes attributes{
        .left = std::move(left), .right = std::move(right), .output = std::move(output), .windows = {}, .epilogue = {}};
    NodeId node = lowering_.builder.contraction(std::move(attributes), x, lowering_.weights[next_++]);
    if (lowering_.application.boolean("bias")) {
      node = lowering_.builder.map2(MapOp::add, node, lowering_.weights[next_++]);
    }
    return node;
  }

private:
  Lowering& lowering_;
  std::size_t next_ = 0;
};

/// Where a query may look at a key: all keys up to its own place, counted from the start.
TensorData causal_mask(std::int64_t queries, std::int64_t keys) {
  TensorData mask = TensorData::zeros(DType::boolean, {queries, keys});
  for (std::int64_t query = 0; query < queries; ++query) {
    for (std::int64_t key = 0; key <= query && key < keys; ++key) {
      mask.set(query * keys + key, 1);
    }
  }
  return mask;
}

/// Scores / √dim, and the lowest number where the mask is false: a row with nothing to look at becomes the average.
NodeId masked_scores(Lowering& lowering, NodeId scores) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const DType dtype = application.type().dtype;
  MapBuilder map;
  const double scale = 1 / std::sqrt(static_cast<double>(application.integer("dim")));
  auto value = map.multiply(map.operand(0, dtype), map.constant(scale, dtype));
  // The lowest finite number of f16, which every float type has.
  const auto lowest = map.constant(dtype == DType::f16 ? -65504 : -1e30, dtype);
  std::vector<NodeId> operands = {scores};
  const auto mask_with = [&](NodeId mask) {
    value = map.select(map.operand(static_cast<std::uint32_t>(operands.size()), DType::boolean), value, lowest);
    operands.push_back(mask);
  };
  const std::span<const BoundInput> masks = application.inputs_of("mask");
  if (!masks.empty()) {
    mask_with(builder.reshape(lowering.inputs[3], *mask_against_scores(application, masks[0].type.shape)));
  }
  if (application.boolean("causal")) {
    mask_with(builder.constant(
        "", causal_mask(application.type(0).shape.axes[1].constant(), application.type(1).shape.axes[1].constant())));
  }
  return builder.map(map.finish(value), operands);
}

NodeId softmax_of_rows(graph::Builder& builder, NodeId scores) {
  return bind_activation(*find_activation("softmax"), {-1}).apply(builder, scores);
}

std::vector<NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  Projections projections(lowering);
  const NodeId query = projections.apply(lowering.inputs[0], "ntk", "khd", "nthd");
  const NodeId key = projections.apply(lowering.inputs[1], "nsk", "khd", "nshd");
  const NodeId value = projections.apply(lowering.inputs[2], "nsk", "khd", "nshd");
  const NodeId scores = builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts"}, query, key);
  const NodeId parts = softmax_of_rows(builder, masked_scores(lowering, scores));
  const NodeId looked = builder.contraction({.left = "nhts", .right = "nshd", .output = "nthd"}, parts, value);
  const NodeId result = projections.apply(looked, "nthd", "hdf", "ntf");
  return lowering.application.boolean("scores") ? std::vector{result, parts} : std::vector{result};
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
               {.name = "mask",
                .arity = Arity::optional,
                .doc = "bool, true where a step may be looked at: [N, S], [N, T, S] or [N, heads, T, S]"}},
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
