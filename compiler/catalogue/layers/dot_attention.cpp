// dot_attention: every step of one sequence looks at all steps of another, without projections: Keras' Attention.
#include <fmt/format.h>

#include "catalogue/attention_parts.hpp"
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;

bool adds(const Application& application) {
  return application.word("score") == "concat";
}

std::optional<Inferred> infer(const Application& application) {
  if (!sequences_fit(application) || !mask_fits(application, 1)) {
    return std::nullopt;
  }
  const Shape& q = application.type(0).shape;
  const Shape& k = application.type(1).shape;
  if (q.axes.back() != k.axes.back()) {
    application.report
        ->add(application.span, diag::BroadcastMismatch, application.inputs[0].text, q.to_text(),
              application.inputs[1].text, k.to_text(), "dot_attention")
        .note("queries and keys have the same features");
    return std::nullopt;
  }
  const DType dtype = application.type().dtype;
  Inferred inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
  inferred.results[0].shape.axes.back() = application.type(2).shape.axes.back();
  const auto add_number = [&](std::string_view name) {
    inferred.weights.push_back({.name = name,
                                .type = {.dtype = dtype, .shape = {}},
                                .initializer = {"ones", 1},
                                .trainable = application.boolean("trainable")});
  };
  if (application.boolean("scale")) {
    add_number("scale");
  }
  if (adds(application)) {
    add_number("concat_score_weight");
  }
  if (application.boolean("scores")) {
    Shape scores = q;
    scores.axes.back() = k.axes[k.axis_count() - 2];
    inferred.results.push_back({.dtype = dtype, .shape = scores});
  }
  return inferred;
}

/// q [N, …, T, d] and k [N, …, S, d] as [N, …, T, S, d], added; then w · Σ tanh(scale · …).
NodeId added_scores(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const DType dtype = lowering.application.type().dtype;
  Shape q = builder.type(lowering.inputs[0]).shape;
  Shape k = builder.type(lowering.inputs[1]).shape;
  q.axes.insert(q.axes.end() - 1, Dim(1));
  k.axes.insert(k.axes.end() - 2, Dim(1));
  graph::MapBuilder map;
  auto sum = map.apply(MapOp::add, map.operand(0, dtype), map.operand(1, dtype));
  std::vector<NodeId> operands = {builder.reshape(lowering.inputs[0], q), builder.reshape(lowering.inputs[1], k)};
  if (lowering.application.boolean("scale")) {
    sum = map.multiply(sum, map.operand(2, dtype));
    operands.push_back(lowering.weights[0]);
  }
  const NodeId terms = builder.map(map.finish(map.apply(MapOp::tanh, sum)), operands);
  const auto last = static_cast<std::uint32_t>(builder.type(terms).shape.axis_count() - 1);
  return builder.map2(MapOp::multiply, builder.reduce(graph::Reducer::sum, terms, {last}, false),
                      lowering.weights.back());
}

NodeId multiplied_scores(Lowering& lowering, const std::string& n) {
  graph::Builder& builder = lowering.builder;
  const NodeId scores = builder.contraction({.left = n + "td", .right = n + "sd", .output = n + "ts"},
                                            lowering.inputs[0], lowering.inputs[1]);
  return lowering.weights.empty() ? scores : builder.map2(MapOp::multiply, scores, lowering.weights[0]);
}

std::vector<NodeId> lower(Lowering& lowering) {
  const Application& application = lowering.application;
  const std::string n = sample_labels(application);
  const NodeId scores = adds(application) ? added_scores(lowering) : multiplied_scores(lowering, n);
  const NodeId parts = attend(lowering, scores, {.scale = 1, .head_axes = {}, .causal = application.boolean("causal")});
  const NodeId result = lowering.builder.contraction({.left = n + "ts", .right = n + "sv", .output = n + "tv"}, parts,
                                                     lowering.inputs[2]);
  return application.boolean("scores") ? std::vector{result, parts} : std::vector{result};
}

Setting flag(std::string_view name, bool value, std::string_view doc) {
  return {.name = name, .kind = SettingKind::boolean, .default_value = boolean_value(value), .doc = doc};
}

}  // namespace

extern const Layer layer_dot_attention = {
    .name = "dot_attention",
    .summary = "softmax(q · kᵀ) · v without projections and without dividing by √features; `attention` has both",
    .inputs = {{.name = "q", .doc = "[N, steps, features]: who looks"},
               {.name = "k", .doc = "[N, other steps, features]: what is compared"},
               {.name = "v", .doc = "[N, other steps, features]: what is seen"},
               mask_input()},
    .settings = {flag("scale", false, "whether a learned number multiplies the scores"),
                 {.name = "score",
                  .kind = SettingKind::word,
                  .default_value = word_value("dot"),
                  .words = {"dot", "concat"},
                  .doc = "q · kᵀ, or Σ tanh(q + k) times a learned number"},
                 flag("causal", false, "whether a step looks at itself and earlier steps only"),
                 flag("scores", false, "whether the parts of attention follow as a second result"),
                 flag("trainable", true, "whether training changes its weights")},
    .foreign_names = {{"use_scale", "scale"},
                      {"score_mode", "score"},
                      {"use_causal_mask", "causal"},
                      {"return_attention_scores", "scores"}},
    .known_elsewhere_as = {"Attention"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
