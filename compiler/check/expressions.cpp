// Evaluates expressions: literals, names, lists, choices, and what applies or combines them.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/formals.hpp"
#include "diagnostics/kinds.hpp"
#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

constexpr int kDeepest = 1500;  // levels: far more than a person writes, less than half of what `on_deep_stack` holds
constexpr std::size_t kLongestText = 32;

constexpr std::array<std::string_view, 7> kNumberFunctions = {"abs", "ceil", "floor", "max", "min", "round", "shape"};

bool has_word(const Expectation& expectation, std::string_view word) {
  return std::find(expectation.words.begin(), expectation.words.end(), word) != expectation.words.end();
}

/// A constant of the file that is not evaluated yet: it stands below, or is the one at hand.
void report_below(Body& body, const std::string& name, const Span& span) {
  const auto below = body.elaboration.constants_below.find(name);
  if (below != body.elaboration.constants_below.end()) {
    body.elaboration.pending.add(span, diag::UnknownName, name)
        .label(below->second, fmt::format("`{}` is defined here, not above its use", name))
        .help("constants of a file are evaluated from the first to the last");
  }
}

/// A word that another setting takes: resolve_names, which knows no settings, let it pass as an argument.
void report_stray_word(Body& body, const std::string& name, const Span& span) {
  const std::span<const std::string_view> words = all_option_words();
  const std::deque<Message>& reported = body.elaboration.report.messages();
  const bool is_known =
      std::any_of(reported.begin(), reported.end(), [&](const Message& message) { return message.span == span; });
  if (!is_known && std::find(words.begin(), words.end(), name) != words.end()) {
    body.elaboration.pending.add(span, diag::UnknownName, name)
        .help(fmt::format("`{}` is a word of other settings; no value has this name", name));
  }
}

Value evaluate_name(Body& body, const std::string& name, const Span& span, const Expectation& expectation) {
  // Option words come first in the setting that takes them; a value of that name is still reachable elsewhere.
  if (has_word(expectation, name)) {
    return {Text{name, true}};
  }
  if (const Value* value = find_name(*body.scope, name)) {
    return materialise(body, *value);
  }
  if (expectation.initializer && is_initializer_name(name)) {
    return make_initializer(body, name, nullptr);
  }
  if (std::optional<Value> prelude = find_prelude(name)) {
    return *prelude;
  }
  if (expectation.schedule && catalogue::find_schedule(name) != nullptr) {
    return make_schedule(body, name, span, span, nullptr);
  }
  if (expectation.only_words) {
    return {Text{name, true}};
  }
  report_below(body, name, span);
  report_stray_word(body, name, span);
  return {Unknown{}};  // all others have been reported by resolve_names
}

Value evaluate_member(Body& body, const syntax::Member& member) {
  const Value object = evaluate(body, *member.object);
  if (const auto* module_value = object.as<Module>()) {
    const auto found = module_value->scope->names.find(member.member.text);
    if (found != module_value->scope->names.end()) {
      return materialise(body, found->second.value);
    }
    return {Unknown{}};  // resolve_names has reported it
  }
  if (!object.is_unknown()) {
    body.elaboration.pending
        .add(member.member.span, diag::NotCompileTime, describe(object), "an imported file before the `.`")
        .help("`.` takes a name out of an imported file: `blocks.conv_bn`");
  }
  return {Unknown{}};
}

Value evaluate_list(Body& body, const std::vector<syntax::ExprPtr>& items) {
  List list;
  for (const syntax::ExprPtr& item : items) {
    list.items.push_back(evaluate(body, *item));
    if (list.items.back().is_unknown()) {
      return {Unknown{}};
    }
  }
  return {std::move(list)};
}

Value evaluate_tuple(Body& body, const syntax::TupleExpr& tuple, const Expectation& expectation) {
  if (tuple.is_parenthesis) {
    return evaluate(body, *tuple.items.front(), expectation);
  }
  Tuple values;
  for (const syntax::ExprPtr& item : tuple.items) {
    values.items.push_back(evaluate(body, *item));
  }
  return {std::move(values)};
}

Value evaluate_if(Body& body, const syntax::If& choice, const Expectation& expectation) {
  const Operand condition = evaluate_operand(body, *choice.condition);
  if (const bool* chosen = condition.value.as<bool>()) {
    return evaluate(body, *chosen ? *choice.then_value : *choice.else_value, expectation);
  }
  if (condition.value.is_tensor()) {
    body.elaboration.pending.add(condition.span, diag::IfOnTensor, condition.text)
        .at_caret("known only at run time")
        .help("to choose for each element, write `where(condition, a, b)`");
  } else if (!condition.value.is_unknown()) {
    body.elaboration.pending
        .add(condition.span, diag::NotCompileTime, describe(condition.value), "a condition (true or false)")
        .help("compare it: `if n == 0 { … } else { … }`");
  }
  return {Unknown{}};
}

/// `a + b + c + …` leans to the left as deep as it is long, so its spine is walked with a loop.
Value evaluate_binary(Body& body, const syntax::Expr& expression) {
  std::vector<const syntax::Expr*> spine;
  const syntax::Expr* innermost = &expression;
  while (const auto* binary = std::get_if<syntax::Binary>(&innermost->node)) {
    spine.push_back(innermost);
    innermost = binary->left.get();
  }
  Operand left = evaluate_operand(body, *innermost);
  for (auto place = spine.rbegin(); place != spine.rend(); ++place) {
    const auto& binary = std::get<syntax::Binary>((*place)->node);
    const bool* flag = left.value.as<bool>();
    const bool is_decided = flag != nullptr && ((binary.op == syntax::BinaryOp::logical_and && !*flag) ||
                                                (binary.op == syntax::BinaryOp::logical_or && *flag));
    if (is_decided) {
      continue;  // `n > 0 and 8 / n > 1` asks its right side only where that has an answer
    }
    const Operand right = evaluate_operand(body, *binary.right);
    left.value = apply_binary(body, binary.op, {(*place)->span, binary.op_span}, left, right);
    left.span = (*place)->span;
    left.text = text_of(body, **place);
  }
  return left.value;
}

}  // namespace

const Value* find_name(const Scope& scope, std::string_view name) {
  for (const Scope* place = &scope; place != nullptr; place = place->outer) {
    const auto found = place->names.find(name);
    if (found != place->names.end()) {
      return &found->second.value;
    }
  }
  return nullptr;
}

std::optional<Value> find_prelude(std::string_view name) {
  if (name == "N") {
    return Value{Dim::batch()};
  }
  if (std::find(kNumberFunctions.begin(), kNumberFunctions.end(), name) != kNumberFunctions.end()) {
    return Value{NumberFunction{std::string(name)}};
  }
  // The word of the formula language for what Keras calls the linear activation.
  const std::string_view own_name = name == "identity" ? "linear" : name;
  if (const catalogue::Activation* activation = catalogue::find_activation(own_name)) {
    return Value{PreludeFunction{activation, {}, false}};
  }
  if (const catalogue::Layer* layer = catalogue::find_layer(name)) {
    return Value{PreludeLayer{layer}};
  }
  return std::nullopt;
}

bool is_prelude_name(std::string_view name) {
  return find_prelude(name).has_value();
}

Value materialise(Body& body, const Value& value) {
  const auto* constant = value.as<ConstantTensor>();
  if (constant == nullptr) {
    return value;
  }
  Elaboration& elaboration = body.elaboration;
  TensorType type{constant->data->dtype, {}};
  for (const std::int64_t size : constant->data->shape) {
    type.shape.axes.emplace_back(size);
  }
  if (elaboration.builder != nullptr && &elaboration.builder->graph() != &elaboration.graph) {
    return {Tensor{elaboration.builder->constant(constant->name, *constant->data), type}};
  }
  const auto known = elaboration.constant_nodes.find(constant->data.get());
  if (known != elaboration.constant_nodes.end()) {
    return {Tensor{known->second, type}};
  }
  const graph::NodeId node = elaboration.builder->constant(constant->name, *constant->data);
  elaboration.constant_nodes.emplace(constant->data.get(), node);
  return {Tensor{node, type}};
}

Value evaluate(Body& body, const syntax::Expr& expression, const Expectation& expectation) {
  const DepthGuard guard(body.elaboration);
  if (body.elaboration.gave_up) {
    return {Unknown{}};
  }
  if (body.elaboration.depth > kDeepest) {
    body.elaboration.pending
        .add(expression.span, diag::TooManyLayers, std::int64_t{kDeepest}, "blocks and formulas inside one another")
        .at_caret("blocks and expressions inside each other, too deep to follow");
    body.elaboration.gave_up = true;
    return {Unknown{}};
  }
  return std::visit(
      Overloaded{
          [](const syntax::ErrorExpr&) { return Value{Unknown{}}; },
          [](const syntax::IntLiteral& literal) { return Value{literal.value}; },
          [](const syntax::FloatLiteral& literal) { return Value{literal.value}; },
          [](const syntax::StringLiteral& literal) { return Value{Text{literal.value, false}}; },
          [](const syntax::BoolLiteral& literal) { return Value{literal.value}; },
          [&](const syntax::NameRef& name) { return evaluate_name(body, name.name, expression.span, expectation); },
          [&](const syntax::Member& member) { return evaluate_member(body, member); },
          [&](const syntax::ListExpr& list) { return evaluate_list(body, list.items); },
          [&](const syntax::TupleExpr& tuple) { return evaluate_tuple(body, tuple, expectation); },
          [&](const syntax::Unary& unary) {
            return apply_unary(body, unary.op, expression.span, evaluate_operand(body, *unary.operand));
          },
          [&](const syntax::Binary&) { return evaluate_binary(body, expression); },
          [&](const syntax::Call& call) { return evaluate_call(body, expression, call, expectation); },
          [&](const syntax::Index& index) { return evaluate_index(body, expression, index); },
          [&](const syntax::If& choice) { return evaluate_if(body, choice, expectation); },
          [&](const syntax::Chain& chain) { return evaluate_chain(body, chain); },
      },
      expression.node);
}

Operand evaluate_operand(Body& body, const syntax::Expr& expression, const Expectation& expectation) {
  return {evaluate(body, expression, expectation), expression.span, text_of(body, expression)};
}

std::string text_of(const Body& body, const syntax::Expr& expression) {
  const std::string_view text = body.elaboration.sources.text(expression.span);
  if (text.size() <= kLongestText && text.find('\n') == std::string_view::npos) {
    return std::string(text);
  }
  if (const auto* chain = std::get_if<syntax::Chain>(&expression.node)) {
    if (const auto* stage = std::get_if<syntax::ApplyStage>(&chain->stages.back().node)) {
      return stage->as ? stage->as->text : stage->path.back().text;
    }
  }
  std::size_t length = std::min(kLongestText, text.find('\n'));
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;  // not inside a character
  }
  return std::string(text.substr(0, length)) + "…";
}

std::optional<std::int64_t> evaluate_whole(Body& body, const syntax::Expr& expression, const std::string& what) {
  const Operand operand = evaluate_operand(body, expression);
  if (const auto* whole = operand.value.as<std::int64_t>()) {
    return *whole;
  }
  if (!operand.value.is_unknown()) {
    body.elaboration.pending.add(operand.span, diag::NotCompileTime, describe(operand.value), what);
  }
  return std::nullopt;
}

}  // namespace kdlc::check
