// Arguments, stages and `as` of the tree, from ANTLR's contexts.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "syntax/build_tree.hpp"

namespace kdlc::syntax {

std::vector<Argument> TreeBuilder::arguments(Grammar::ArgsContext* context) {
  std::vector<Argument> result;
  std::vector<Span> equals;
  for (Grammar::ArgContext* argument : context->arg()) {
    if (argument->namedArg() != nullptr) {
      result.push_back(named_argument(argument->namedArg()));
      if (result.back().used_equals) {
        equals.push_back(span_of(argument->namedArg()->ASSIGN()));
      }
    } else {
      result.push_back({.name = std::nullopt, .value = expression(argument->expr()), .span = span_of(argument)});
    }
  }
  report_equals(result, equals);
  return result;
}

Argument TreeBuilder::named_argument(Grammar::NamedArgContext* context) {
  Argument result;
  result.name = name(context->name());
  result.used_equals = context->ASSIGN() != nullptr;
  result.value = expression(context->expr());
  result.span = span_of(context);
  return result;
}

void TreeBuilder::report_equals(const std::vector<Argument>& arguments, const std::vector<Span>& signs) {
  if (signs.empty()) {
    return;
  }
  // One message a call: who writes `=` writes it for every setting.
  const auto first = std::find_if(arguments.begin(), arguments.end(), [](const Argument& a) { return a.used_equals; });
  Message& message = report_.add(signs.front(), diag::EqualsInSettings, first->name->text);
  Help help{.text = signs.size() == 1 ? "write `:`" : "write `:` in each of these settings", .edits = {}};
  for (const Span& sign : signs) {
    Span place = sign;
    while (place.begin > 0 && lexemes_.text[place.begin - 1] == ' ') {
      --place.begin;
    }
    const bool space_follows = place.end < lexemes_.text.size() && lexemes_.text[place.end] == ' ';
    help.edits.push_back({place, space_follows ? ":" : ": "});
  }
  message.helps.push_back(std::move(help));
}

std::vector<Stage> TreeBuilder::stages(Grammar::StagesContext* context, bool& is_whole) {
  std::vector<Stage> result;
  if (context == nullptr) {
    is_whole = false;
    return result;
  }
  is_whole = is_whole && context->exception == nullptr;
  Span arrow;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (antlr4::Token* token = as_token(child); token != nullptr) {
      arrow = span_of(token);
    } else if (std::optional<Stage> built = stage(dynamic_cast<Grammar::StageContext*>(child), arrow)) {
      result.push_back(std::move(*built));
    } else {
      is_whole = false;
    }
  }
  return result;
}

std::optional<Stage> TreeBuilder::stage(Grammar::StageContext* context, const Span& arrow) {
  if (context == nullptr || context->exception != nullptr) {
    return std::nullopt;
  }
  Stage result{.span = span_of(context), .arrow_span = arrow, .node = ApplyStage{}};
  if (Grammar::RepeatStageContext* repeat = context->repeatStage(); repeat != nullptr) {
    bool is_whole = repeat->exception == nullptr;
    RepeatStage node;
    if (repeat->name() != nullptr) {
      node.variable = name(repeat->name());
    }
    node.range = range(repeat->span());
    node.body = stages(repeat->stages(), is_whole);
    result.node = std::move(node);
    return is_whole ? std::optional<Stage>(std::move(result)) : std::nullopt;
  }
  if (context->path() == nullptr || context->path()->exception != nullptr) {
    return std::nullopt;
  }
  ApplyStage node;
  for (Grammar::NameContext* part : context->path()->name()) {
    node.path.push_back(name(part));
  }
  if (context->args() != nullptr) {
    node.arguments = arguments(context->args());
    node.arguments_span = span_of(context->args());
    if (context->args()->exception != nullptr) {
      return std::nullopt;
    }
  }
  if (context->name() != nullptr) {
    node.as = name(context->name());
  }
  result.node = std::move(node);
  return result;
}

// `dense(x, 16) as h`: the call becomes the stage that was meant.
ExprPtr TreeBuilder::stray_as(ExprPtr value, Grammar::StrayAsContext* context) {
  const Span place = span_of(context);
  Message& message = report_.add(place, diag::StrayAs);
  auto* call = std::get_if<Call>(&value->node);
  const NameRef* callee = call == nullptr ? nullptr : std::get_if<NameRef>(&call->callee->node);
  if (callee == nullptr || call->arguments.empty() || call->arguments[0].name || context->exception != nullptr) {
    message.help("`as` names the weights of a layer, which stands after `->`");
    return value;
  }
  const Span whole = value->span;
  const Span first = call->arguments[0].span;
  const auto text_of = [this](std::uint32_t begin, std::uint32_t end) {
    return std::string(lexemes_.text.substr(begin, end - begin));
  };
  std::string rest;
  if (call->arguments.size() > 1) {
    rest = "(" + text_of(call->arguments[1].span.begin, call->arguments_span.end);
  }
  message.help("write it as a stage", Edit{whole, text_of(first.begin, first.end) + " -> " + callee->name + rest});
  Chain chain;
  ApplyStage node;
  node.path.push_back({callee->name, call->callee->span});
  node.arguments_span = call->arguments_span;
  node.as = name(context->name());
  chain.head = std::move(call->arguments[0].value);
  if (call->arguments.size() > 1) {
    node.arguments.emplace();
    std::move(call->arguments.begin() + 1, call->arguments.end(), std::back_inserter(*node.arguments));
  }
  chain.stages.push_back({.span = join(whole, place), .arrow_span = {}, .node = std::move(node)});
  return make(join(whole, place), std::move(chain));
}

}  // namespace kdlc::syntax
