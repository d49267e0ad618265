// einsum: products of tensors, summed over the axes that the result does not name.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/axis_pattern.hpp"
#include "catalogue/joining.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// The size of a word, and the input that said so.
struct WordSize {
  Dim size;
  const BoundInput* input = nullptr;
};
using WordSizes = std::map<std::string, WordSize, std::less<>>;

/// False after reporting K351: parentheses or `1`, which name no axis of a sum.
bool has_plain_words(const Application& application, const AxisPattern& pattern) {
  std::vector<const PatternSide*> sides = {&pattern.result};
  for (const PatternSide& operand : pattern.operands) {
    sides.push_back(&operand);
  }
  for (const PatternSide* side : sides) {
    const auto group = std::ranges::find_if(side->axes, &PatternAxis::is_group);
    if (group != side->axes.end()) {
      report_malformed_pattern(application, group->place, "each axis is one word")
          .help("split or merge axes with `rearrange`");
      return false;
    }
  }
  return true;
}

/// False after reporting K352.
bool has_an_operand_for_each_tensor(const Application& application, const AxisPattern& pattern) {
  const std::size_t named = pattern.operands.size();
  const std::size_t given = application.inputs.size();
  if (named == given) {
    return true;
  }
  const PatternPlace all{pattern.operands.front().place.begin, pattern.operands.back().place.end};
  report_pattern_mismatch(
      application, all,
      fmt::format("it names {} tensor{}, {} {} given", named, named == 1 ? "" : "s", given, given == 1 ? "is" : "are"))
      .help("commas separate the tensors");
  return false;
}

/// The sizes of all words; nullopt after reporting every axis that differs (K352).
std::optional<WordSizes> find_sizes(const Application& application, const AxisPattern& pattern) {
  WordSizes sizes;
  bool fits = true;
  for (std::size_t index = 0; index < pattern.operands.size(); ++index) {
    const PatternSide& side = pattern.operands[index];
    const BoundInput& input = application.inputs[index];
    if (!names_every_axis(application, side, input)) {
      fits = false;
      continue;
    }
    for (std::size_t axis = 0; axis < side.axes.size(); ++axis) {
      const PatternWord& word = side.axes[axis].words.front();
      const Dim& size = input.type.shape.axes[axis];
      const auto [known, is_new] = sizes.try_emplace(word.name, WordSize{size, &input});
      if (!is_new && known->second.size != size) {
        report_pattern_mismatch(
            application, word.place,
            fmt::format("`{}` is {} in `{}` but {} in `{}`", word.name, known->second.size.to_text(),
                        known->second.input->text, size.to_text(), input.text))
            .label(known->second.input->span, known->second.input->type.shape.to_text())
            .label(input.span, input.type.shape.to_text());
        fits = false;
      }
    }
  }
  if (sizes.size() > kLargestPatternAxisCount) {
    report_malformed_pattern(application, pattern.operands.back().place,
                             fmt::format("there are more than {} words", kLargestPatternAxisCount));
    fits = false;
  }
  return fits ? std::optional(std::move(sizes)) : std::nullopt;
}

/// False after reporting K334: samples stay apart when their axis has one word and is the first of the result.
bool keeps_samples_apart(const Application& application, const AxisPattern& pattern) {
  const std::string first = pattern.result.axes.empty() ? "" : pattern.result.axes.front().words.front().name;
  for (std::size_t index = 0; index < pattern.operands.size(); ++index) {
    const BoundInput& input = application.inputs[index];
    if (!carries_samples(application, input)) {
      continue;
    }
    const PatternWord& samples = pattern.operands[index].axes.front().words.front();
    if (samples.name == first) {
      continue;
    }
    const PatternWord* kept = pattern.result.find(samples.name);
    application.report
        ->add(span_in_pattern(application, kept != nullptr ? kept->place : samples.place), diag::MixesSamples, "einsum",
              fmt::format("`{}`", samples.name))
        .label(input.span, fmt::format("{}: axis 0 is the batch", input.type.shape.to_text()))
        .help("give the batch one word in all tensors, and put it first behind `->`");
    return false;
  }
  return true;
}

std::optional<Inferred> infer(const Application& application) {
  const std::optional<AxisPattern> pattern = read_pattern(application);
  bool fits = one_element_type(application);
  for (std::size_t input = 0; input < application.inputs.size(); ++input) {
    fits = require_numbers(application, input) && fits;
  }
  if (!pattern || !has_plain_words(application, *pattern) || !has_an_operand_for_each_tensor(application, *pattern)) {
    return std::nullopt;
  }
  const std::optional<WordSizes> sizes = find_sizes(application, *pattern);
  if (!sizes) {
    return std::nullopt;
  }
  TensorType type{.dtype = application.type().dtype};
  for (const PatternWord& word : pattern->result.words()) {
    const auto known = sizes->find(word.name);
    if (known == sizes->end()) {
      report_malformed_pattern(application, word.place, fmt::format("`{}` stands only behind `->`", word.name))
          .help("the result's words come from the tensors");
      return std::nullopt;
    }
    type.shape.axes.push_back(known->second.size);
  }
  if (!keeps_samples_apart(application, *pattern) || !fits) {
    return std::nullopt;
  }
  return Inferred{.results = {type}, .weights = {}, .details = application.text_of("pattern")};
}

// ---- lowering ----------------------------------------------------------------------------------------------------

/// A tensor with a letter for each axis.
struct Term {
  graph::NodeId node;
  std::string labels;
};

bool has(const std::string& labels, graph::AxisLabel label) {
  return labels.find(label) != std::string::npos;
}

/// What of the two must be left for later: the labels of `needed`, those of the first in front.
std::string labels_left(const Term& left, const Term& right, const std::string& needed) {
  std::string kept;
  for (const graph::AxisLabel label : left.labels + right.labels) {
    if (has(needed, label) && !has(kept, label)) {
      kept += label;
    }
  }
  return kept;
}

/// The side with the samples, if only one has them, stands first, so that its first axis is that of the product.
void put_samples_first(const graph::Builder& builder, Term& left, Term& right) {
  if (!builder.type(left.node).shape.has_batch() && builder.type(right.node).shape.has_batch()) {
    std::swap(left, right);
  }
}

graph::NodeId contract(graph::Builder& builder, const Term& left, const Term& right, std::string output) {
  graph::ContractionAttributes attributes;
  attributes.left = left.labels;
  attributes.right = right.labels;
  attributes.output = std::move(output);
  return builder.contraction(std::move(attributes), left.node, right.node);
}

/// From left to right: an axis is summed as soon as neither a later term nor the result names it.
graph::NodeId multiply(graph::Builder& builder, const std::vector<Term>& terms, const std::string& result) {
  Term product = terms.front();
  for (std::size_t index = 1; index < terms.size(); ++index) {
    Term next = terms[index];
    put_samples_first(builder, product, next);
    if (index + 1 == terms.size()) {
      return contract(builder, product, next, result);
    }
    std::string needed = result;
    for (std::size_t later = index + 1; later < terms.size(); ++later) {
      needed += terms[later].labels;
    }
    std::string output = labels_left(product, next, needed);
    product = {contract(builder, product, next, output), output};
  }
  return product.node;
}

/// One term: the axes that the result does not name are summed, the others brought into its order.
graph::NodeId sum_and_order(graph::Builder& builder, Term term, const std::string& result) {
  std::vector<std::uint32_t> summed;
  std::string kept;
  for (std::uint32_t axis = 0; axis < term.labels.size(); ++axis) {
    if (has(result, term.labels[axis])) {
      kept += term.labels[axis];
    } else {
      summed.push_back(axis);
    }
  }
  if (!summed.empty()) {
    term.node = builder.reduce(graph::Reducer::sum, term.node, std::move(summed), false);
  }
  if (kept == result) {
    return term.node;
  }
  std::vector<std::uint32_t> permutation;
  for (const graph::AxisLabel label : result) {
    permutation.push_back(static_cast<std::uint32_t>(kept.find(label)));
  }
  return builder.transpose(term.node, std::move(permutation));
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const AxisPattern pattern = *read_pattern(lowering.application);
  PatternLetters letters;
  std::vector<Term> terms;
  for (std::size_t index = 0; index < pattern.operands.size(); ++index) {
    terms.push_back({lowering.inputs[index], letters.of(pattern.operands[index])});
  }
  const std::string result = letters.of(pattern.result);
  return {terms.size() == 1 ? sum_and_order(lowering.builder, terms.front(), result)
                            : multiply(lowering.builder, terms, result)};
}

}  // namespace

extern const Layer layer_einsum = {
    .name = "einsum",
    .summary = "the product of tensors, summed over every axis that the result does not name; axes are words",
    .inputs = {{.name = "tensors", .arity = Arity::variadic, .doc = "as many as the pattern names"}},
    .settings = {pattern_setting("the axes of each tensor and of the result: \"n i k, k j -> n i j\"; N stays first")},
    .foreign_names = {{"equation", "pattern"}, {"subscripts", "pattern"}},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
