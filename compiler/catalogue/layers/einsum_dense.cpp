// einsum_dense: a product with a learned tensor, whose axes a pattern of words names; then a bias and an activation.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/axis_pattern.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using WordSizes = std::map<std::string, Dim, std::less<>>;

/// False after reporting K351: one tensor and the kernel, whose axes are single words.
bool is_product(const Application& application, const AxisPattern& pattern) {
  if (pattern.operands.size() != 2) {
    report_malformed_pattern(application, pattern.operands.front().place, "the tensor and the kernel are not named")
        .help("write both before `->`: \"n t d, d h -> n t h\"");
    return false;
  }
  for (const PatternSide* side : {&pattern.operands[0], &pattern.operands[1], &pattern.result}) {
    const auto group = std::ranges::find_if(side->axes, &PatternAxis::is_group);
    if (group != side->axes.end()) {
      report_malformed_pattern(application, group->place, "each axis is one word");
      return false;
    }
  }
  return true;
}

/// The sizes that are given by name; nullopt after reporting K352.
std::optional<WordSizes> given_sizes(const Application& application, const AxisPattern& pattern) {
  WordSizes sizes;
  for (const NamedSetting& named : application.named) {
    const auto* number = std::get_if<std::int64_t>(&named.bound.value.value);
    const bool is_new_word =
        pattern.operands[1].find(named.name) != nullptr && pattern.operands[0].find(named.name) == nullptr;
    if (number == nullptr || !is_new_word) {
      application.report
          ->add(named.name_span, diag::PatternMismatch, std::string(application.layer->name),
                fmt::format("`{}` is given, but is {}", named.name,
                            is_new_word ? "known only at run time" : "no word of the kernel alone"))
          .label(application.setting("pattern").span, "the pattern");
      return std::nullopt;
    }
    sizes.emplace(named.name, Dim(*number));
  }
  return sizes;
}

/// The sizes of all words; nullopt after reporting K351 or K352.
std::optional<WordSizes> word_sizes(const Application& application, const AxisPattern& pattern) {
  std::optional<WordSizes> sizes = given_sizes(application, pattern);
  const BoundInput& x = application.inputs[0];
  if (!sizes || !names_every_axis(application, pattern.operands[0], x)) {
    return std::nullopt;
  }
  const std::vector<PatternWord> words = pattern.operands[0].words();
  for (std::size_t axis = 0; axis < words.size(); ++axis) {
    sizes->emplace(words[axis].name, x.type.shape.axes[axis]);
  }
  for (const PatternWord& word : pattern.operands[1].words()) {
    if (!sizes->contains(word.name)) {
      report_pattern_mismatch(application, word.place, fmt::format("the size of `{}` is not known", word.name))
          .help(fmt::format("give it behind the pattern: `{}: …`", word.name));
      return std::nullopt;
    }
    if (!sizes->at(word.name).is_constant()) {
      application.report->add(span_in_pattern(application, word.place), diag::DynamicWeight, "kernel", application.text)
          .label(x.span, fmt::format("`{}` is `{}`", word.name, sizes->at(word.name).to_text()));
      return std::nullopt;
    }
  }
  return sizes;
}

/// The kernel's axes of the bias: from the first word that it names to the end of the result, those that it does not
/// name being 1. nullopt after reporting K351.
std::optional<Shape> bias_shape(const Application& application, const AxisPattern& pattern, const WordSizes& sizes) {
  const auto* words = std::get_if<std::string>(&application.setting("bias").value.value);
  if (words == nullptr) {
    return Shape{};
  }
  const auto parsed = parse_axis_pattern(fmt::format("{0} -> {0}", *words));
  const auto* named = std::get_if<AxisPattern>(&parsed);
  Shape shape;
  std::size_t found = 0;
  const std::vector<PatternWord> result = pattern.result.words();
  for (std::size_t axis = 0; named != nullptr && axis < result.size(); ++axis) {
    const bool has_word = named->result.find(result[axis].name) != nullptr;
    found += has_word ? 1 : 0;
    if (has_word || !shape.axes.empty()) {
      shape.axes.push_back(has_word ? sizes.at(result[axis].name) : Dim(1));
    }
  }
  const bool is_static = std::ranges::all_of(shape.axes, [](const Dim& size) { return size.is_constant(); });
  if (named != nullptr && found == named->result.words().size() && found > 0 && is_static) {
    return shape;
  }
  application.report->add(application.setting("bias").span, diag::SettingRange, fmt::format("\"{}\"", *words), "bias",
                          application.text, "words of the pattern's result whose sizes are known, such as \"h\"");
  return std::nullopt;
}

/// False after reporting K334.
bool keeps_samples(const Application& application, const AxisPattern& pattern) {
  const BoundInput& x = application.inputs[0];
  if (!carries_samples(application, x)) {
    return true;
  }
  const PatternWord& samples = pattern.operands[0].axes.front().words.front();
  if (!pattern.result.axes.empty() && pattern.result.axes.front().words.front().name == samples.name &&
      pattern.operands[1].find(samples.name) == nullptr) {
    return true;
  }
  application.report
      ->add(span_in_pattern(application, samples.place), diag::MixesSamples, application.text,
            fmt::format("`{}`", samples.name))
      .label(x.span, fmt::format("{}: axis 0 is the batch", x.type.shape.to_text()))
      .help("the batch is the first word of the tensor and of the result, and no word of the kernel");
  return false;
}

std::optional<Inferred> infer(const Application& application) {
  const std::optional<AxisPattern> pattern = read_pattern(application);
  if (!pattern || !require_floats(application) || !is_product(application, *pattern)) {
    return std::nullopt;
  }
  const std::optional<WordSizes> sizes = word_sizes(application, *pattern);
  if (!sizes || !keeps_samples(application, *pattern)) {
    return std::nullopt;
  }
  TensorType type{.dtype = application.type().dtype};
  for (const PatternWord& word : pattern->result.words()) {
    const auto known = sizes->find(word.name);
    if (known == sizes->end()) {
      report_malformed_pattern(application, word.place, fmt::format("`{}` stands only behind `->`", word.name));
      return std::nullopt;
    }
    type.shape.axes.push_back(known->second);
  }
  const std::optional<Shape> bias = bias_shape(application, *pattern, *sizes);
  const std::optional<TensorType> result = bias ? with_activation(application, type) : std::nullopt;
  if (!result) {
    return std::nullopt;
  }
  Shape kernel;
  for (const PatternWord& word : pattern->operands[1].words()) {
    kernel.axes.push_back(sizes->at(word.name));
  }
  Inferred inferred{.results = {*result}, .weights = {}, .details = application.text_of("pattern")};
  const bool trainable = application.boolean("trainable");
  inferred.weights.push_back({.name = "kernel",
                              .type = {.dtype = type.dtype, .shape = kernel},
                              .initializer = initializer_of(application, "init", "glorot_uniform"),
                              .trainable = trainable});
  if (!bias->axes.empty()) {
    inferred.weights.push_back({.name = "bias",
                                .type = {.dtype = type.dtype, .shape = *bias},
                                .initializer = initializer_of(application, "bias_init", "zeros"),
                                .trainable = trainable});
  }
  return inferred;
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const AxisPattern pattern = *read_pattern(lowering.application);
  PatternLetters letters;
  graph::ContractionAttributes attributes;
  attributes.left = letters.of(pattern.operands[0]);
  attributes.right = letters.of(pattern.operands[1]);
  attributes.output = letters.of(pattern.result);
  graph::NodeId node = lowering.builder.contraction(std::move(attributes), lowering.inputs[0], lowering.weights[0]);
  if (lowering.weights.size() > 1) {
    node = lowering.builder.map2(graph::MapOp::add, node, lowering.weights[1]);
  }
  return {apply_activation(lowering, node)};
}

}  // namespace

extern const Layer layer_einsum_dense = {
    .name = "einsum_dense",
    .summary =
        "x times a learned tensor, summed over every axis that the result does not name, plus a bias; axes are "
        "words",
    .inputs = {{.name = "x", .doc = "as the pattern names it"}},
    .settings = with_weight_settings(
        {pattern_setting("the axes of x, of the kernel and of the result: \"n t d, d h -> n t h\"; N stays first"),
         activation_setting(),
         {.name = "bias",
          .kind = SettingKind::text,
          .default_value = no_value(),
          .doc = "the words of the result that the bias has, \"h\"; none: no bias"}},
        WeightSettings::kernel_and_bias),
    .any_name = Setting{.name = "size of a word",
                        .kind = SettingKind::size,
                        .default_value = no_value(),
                        .range = size_range(),
                        .words = {},
                        .doc = "by the word: `h: 8`, for each word that the kernel alone has"},
    .foreign_names = with_weight_foreign_names({{"equation", "pattern"}, {"bias_axes", "bias"}}),
    .known_elsewhere_as = {"EinsumDense"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
