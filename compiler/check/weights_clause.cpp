// The `weights` line of a model.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// `missing: init`, `surplus: allow`, `style: torch`: one of the words that the setting takes.
std::optional<std::string> evaluate_word(Body& body, const syntax::Argument& argument,
                                         std::span<const std::string_view> words) {
  Expectation expectation;
  expectation.words = words;
  expectation.only_words = true;
  const Value value = evaluate(body, *argument.value, expectation);
  const auto* text = value.as<Text>();
  for (const std::string_view word : words) {
    if (text != nullptr && text->text == word) {
      return std::string(word);
    }
  }
  if (!value.is_unknown()) {
    body.elaboration.pending.add(argument.value->span, diag::SettingWord,
                                 std::string(body.elaboration.sources.text(argument.value->span)), argument.name->text,
                                 "weights", fmt::format("`{}`", fmt::join(words, "`, `")));
  }
  return std::nullopt;
}

void apply_setting(Body& body, const syntax::Argument& argument, WeightsClause& clause) {
  static constexpr std::string_view kStyles[] = {"kdl", "keras", "torch"};
  static constexpr std::string_view kMissing[] = {"init", "error"};
  static constexpr std::string_view kSurplus[] = {"allow", "error"};
  const std::string name = argument.name ? argument.name->text : "";
  if (name == "prefix") {
    const Value value = evaluate(body, *argument.value);
    if (const auto* text = value.as<Text>()) {
      clause.prefix = text->text;
    } else if (!value.is_unknown()) {
      body.elaboration.pending.add(argument.value->span, diag::SettingNeeded, describe(value), "prefix", "weights",
                                   "a text in quotes");
    }
    return;
  }
  if (name == "style") {
    clause.style = evaluate_word(body, argument, kStyles).value_or(clause.style);
  } else if (name == "missing") {
    clause.missing_init = evaluate_word(body, argument, kMissing) == "init";
  } else if (name == "surplus") {
    clause.surplus_allow = evaluate_word(body, argument, kSurplus) == "allow";
  } else {
    body.elaboration.pending
        .add(argument.name ? argument.name->span : argument.span, diag::UnknownSetting, name, "weights", "is unknown")
        .help("`weights` has `prefix`, `style`, `missing` and `surplus`");
  }
}

/// `random(seed: 1)`; true when the source is that.
bool read_random(Body& body, const syntax::Expr& source, WeightsClause& clause) {
  const auto* call = std::get_if<syntax::Call>(&source.node);
  const auto* callee = call == nullptr ? nullptr : std::get_if<syntax::NameRef>(&call->callee->node);
  if (callee == nullptr || callee->name != "random") {
    return false;
  }
  clause.random_seed = 0;
  for (const syntax::Argument& argument : call->arguments) {
    const std::optional<std::int64_t> seed = evaluate_whole(body, *argument.value, "a whole number as seed");
    if (argument.name && argument.name->text != "seed") {
      body.elaboration.pending.add(argument.name->span, diag::UnknownSetting, argument.name->text, "random",
                                   "is unknown");
    } else if (seed) {
      clause.random_seed = static_cast<std::uint64_t>(*seed);
    }
  }
  return true;
}

}  // namespace

std::optional<WeightsClause> evaluate_weights_clause(Body& body, const syntax::WeightsDecl& declaration,
                                                     const Span& span) {
  WeightsClause clause;
  clause.span = span;
  if (!read_random(body, *declaration.source, clause)) {
    const Value source = evaluate(body, *declaration.source);
    const auto* text = source.as<Text>();
    if (text == nullptr) {
      if (!source.is_unknown()) {
        body.elaboration.pending.add(declaration.source->span, diag::SettingNeeded, describe(source), "the file",
                                     "weights", "a path in quotes, or `random(seed: 1)`");
      }
      return std::nullopt;
    }
    clause.path = text->text;
    clause.span = declaration.source->span;
  }
  for (const syntax::Argument& argument : declaration.arguments) {
    apply_setting(body, argument, clause);
  }
  for (const syntax::Rename& rename : declaration.renames) {
    clause.renames.push_back({rename.from, rename.to, join(rename.from_span, rename.to_span)});
  }
  return clause;
}

}  // namespace kdlc::check
