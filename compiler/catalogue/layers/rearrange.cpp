// rearrange: axes split, put in another order and merged, as a pattern of words says.
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

/// False after reporting K351: one tensor, and the same words on both sides.
bool is_rearrangement(const Application& application, const AxisPattern& pattern) {
  if (pattern.operands.size() != 1) {
    report_malformed_pattern(application, pattern.operands[1].place, "a second tensor is named")
        .help("`rearrange` takes one tensor");
    return false;
  }
  const auto has_stranger = [&](const PatternSide& side, const PatternSide& other, std::string_view where) {
    for (const PatternWord& word : side.words()) {
      if (other.find(word.name) == nullptr) {
        report_malformed_pattern(application, word.place, fmt::format("`{}` stands only {} `->`", word.name, where))
            .help("both sides have the same words; `1` is an axis of one element");
        return true;
      }
    }
    return false;
  };
  const bool left = has_stranger(pattern.operands[0], pattern.result, "before");
  const bool right = has_stranger(pattern.result, pattern.operands[0], "behind");
  return !left && !right;
}

Dim size_from(const SettingValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value.value);
  return number != nullptr ? Dim(*number) : std::get<Dim>(value.value);
}

/// The sizes given by name; nullopt after reporting K352 for names that are no words of the pattern.
std::optional<WordSizes> given_sizes(const Application& application, const PatternSide& side) {
  WordSizes sizes;
  for (const NamedSetting& named : application.named) {
    if (side.find(named.name) == nullptr) {
      application.report
          ->add(named.name_span, diag::PatternMismatch, "rearrange",
                fmt::format("`{}` is given, but is no word of it", named.name))
          .label(application.setting("pattern").span, "the pattern");
      return std::nullopt;
    }
    if (size_from(named.bound.value).mentions_batch()) {
      application.report->add(named.bound.span, diag::MixesSamples, "rearrange", fmt::format("`{}`", named.name))
          .help("sizes are those of a sample");
      return std::nullopt;
    }
    sizes.emplace(named.name, size_from(named.bound.value));
  }
  return sizes;
}

/// False after reporting K334: the batch is a word of its own and stays first.
bool keeps_samples_apart(const Application& application, const AxisPattern& pattern) {
  const BoundInput& x = application.inputs[0];
  if (!carries_samples(application, x)) {
    return true;
  }
  const PatternAxis& samples = pattern.operands[0].axes.front();
  PatternPlace wrong = samples.place;
  if (samples.words.size() == 1) {
    const std::string& name = samples.words.front().name;
    const PatternAxis* first = pattern.result.axes.empty() ? nullptr : &pattern.result.axes.front();
    if (first != nullptr && first->words.size() == 1 && first->words.front().name == name) {
      return true;
    }
    const PatternWord* moved = pattern.result.find(name);
    wrong = moved != nullptr ? moved->place : wrong;
  }
  application.report
      ->add(span_in_pattern(application, wrong), diag::MixesSamples, "rearrange",
            samples.words.size() == 1 ? fmt::format("`{}`", samples.words.front().name)
                                      : std::string("the first axis of the pattern"))
      .label(x.span, fmt::format("{}: axis 0 is the batch", x.type.shape.to_text()))
      .help("the batch is a word of its own, first on both sides");
  return false;
}

/// Works out the words of one axis of the input; false after reporting K352.
bool find_sizes(const Application& application, const PatternAxis& axis, const Dim& size, WordSizes& sizes) {
  const BoundInput& x = application.inputs[0];
  Dim known = 1;
  const PatternWord* unknown = nullptr;
  for (const PatternWord& word : axis.words) {
    const auto place = sizes.find(word.name);
    if (place != sizes.end()) {
      known = known * place->second;
    } else if (unknown != nullptr) {
      report_pattern_mismatch(application, axis.place,
                              fmt::format("the sizes of `{}` and `{}` are both unknown", unknown->name, word.name))
          .label(x.span, x.type.shape.to_text())
          .help(fmt::format("give one of them behind the tensor: `{}: …`", unknown->name));
      return false;
    } else {
      unknown = &word;
    }
  }
  // A size that no number divides away: `known` is 0 only when it was given so, which the range refuses.
  const Dim quotient = known == size ? Dim(1) : unknown != nullptr ? floor_divide(size, known) : Dim(0);
  if (quotient * known == size) {
    if (unknown != nullptr) {
      sizes.emplace(unknown->name, quotient);
    }
    return true;
  }
  const std::string rule = unknown != nullptr   ? fmt::format("cannot be divided by {}", known.to_text())
                           : axis.words.empty() ? std::string("is not 1")
                                                : fmt::format("is not {}", known.to_text());
  Message& message = report_pattern_mismatch(
      application, axis.place, fmt::format("this axis of `{}` has {}, which {}", x.text, size.to_text(), rule));
  message.label(x.span, x.type.shape.to_text());
  for (const NamedSetting& named : application.named) {
    if (std::ranges::find(axis.words, named.name, &PatternWord::name) != axis.words.end()) {
      message.label(named.bound.span, fmt::format("`{}` is {}", named.name, named.bound.value.to_text()));
    }
  }
  return false;
}

/// The three moves: to one axis for each word, into the result's order, to the result's axes.
struct Moves {
  Shape split;
  std::vector<std::uint32_t> permutation;
  Shape result;
};

/// nullopt after reporting.
std::optional<Moves> find_moves(const Application& application) {
  const std::optional<AxisPattern> pattern = read_pattern(application);
  if (!pattern || !is_rearrangement(application, *pattern)) {
    return std::nullopt;
  }
  const BoundInput& x = application.inputs[0];
  const PatternSide& side = pattern->operands[0];
  std::optional<WordSizes> sizes = given_sizes(application, side);
  if (!sizes || !names_every_axis(application, side, x) || !keeps_samples_apart(application, *pattern)) {
    return std::nullopt;
  }
  bool fits = true;
  for (std::size_t axis = 0; axis < side.axes.size(); ++axis) {
    fits = find_sizes(application, side.axes[axis], x.type.shape.axes[axis], *sizes) && fits;
  }
  if (!fits) {
    return std::nullopt;
  }
  Moves moves;
  const std::vector<PatternWord> words = side.words();
  for (const PatternWord& word : words) {
    moves.split.axes.push_back(sizes->at(word.name));
  }
  for (const PatternAxis& axis : pattern->result.axes) {
    Dim size = 1;
    for (const PatternWord& word : axis.words) {
      size = size * sizes->at(word.name);
      const auto place = std::ranges::find(words, word.name, &PatternWord::name);
      moves.permutation.push_back(static_cast<std::uint32_t>(place - words.begin()));
    }
    moves.result.axes.push_back(size);
  }
  return moves;
}

std::optional<Inferred> infer(const Application& application) {
  const std::optional<Moves> moves = find_moves(application);
  if (!moves) {
    return std::nullopt;
  }
  return Inferred{.results = {{.dtype = application.type().dtype, .shape = moves->result}},
                  .weights = {},
                  .details = application.text_of("pattern")};
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const Moves moves = *find_moves(lowering.application);
  graph::NodeId node = lowering.builder.reshape(lowering.inputs[0], moves.split);
  if (!std::ranges::is_sorted(moves.permutation)) {
    node = lowering.builder.transpose(node, moves.permutation);
  }
  return {lowering.builder.reshape(node, moves.result)};
}

}  // namespace

extern const Layer layer_rearrange = {
    .name = "rearrange",
    .summary = "axes split, put in another order and merged: \"n (h w) c -> n h w c\"; axes are words",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {pattern_setting("the axes before and after, merged ones in parentheses; N stays first")},
    .any_name = Setting{.name = "size of a word",
                        .kind = SettingKind::size,
                        .default_value = no_value(),
                        .range = size_range(),
                        .words = {},
                        .doc = "by the word: `h: 8`; one word of each pair of parentheses may be left out"},
    .foreign_names = {{"dims", "pattern"}},
    .known_elsewhere_as = {},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
