// Expressions and types as text on one line.
#include <algorithm>
#include <array>
#include <cctype>
#include <variant>

#include <fmt/format.h>

#include "syntax/printer.hpp"

namespace kdlc::syntax {

namespace {

Level level_of(const Expr& expr) {
  if (const auto* binary = std::get_if<Binary>(&expr.node)) {
    return level(binary->op);
  }
  if (const auto* unary = std::get_if<Unary>(&expr.node)) {
    return unary->op == UnaryOp::negate ? Level::prefix : Level::logical_not;
  }
  if (std::holds_alternative<Chain>(expr.node)) {
    return Level::chain;
  }
  if (const auto* integer = std::get_if<IntLiteral>(&expr.node)) {
    return integer->value < 0 ? Level::prefix : Level::primary;
  }
  if (const auto* number = std::get_if<FloatLiteral>(&expr.node)) {
    return number->value < 0 ? Level::prefix : Level::primary;
  }
  return Level::primary;
}

Level tighter(Level level) {
  return static_cast<Level>(static_cast<std::uint8_t>(level) + 1);
}

Level left_level(BinaryOp op) {
  switch (level(op)) {
    case Level::comparison:
      return Level::sum;
    case Level::power:
      return Level::postfix;
    default:
      return level(op);
  }
}

Level right_level(BinaryOp op) {
  return op == BinaryOp::power ? Level::prefix : tighter(level(op));
}

std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) {
    text += ".0";
  }
  return text;
}

}  // namespace

bool begins_with_soft_word(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kSoftWords{"kdl",  "dim",       "weights", "train", "target",
                                                              "loss", "optimizer", "metric",  "test"};
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const auto end = std::find_if_not(text.begin(), text.end(), is_letter);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  return std::find(kSoftWords.begin(), kSoftWords.end(), word) != kSoftWords.end();
}

std::vector<PrintedItem> to_items(const std::vector<ExprPtr>& values) {
  std::vector<PrintedItem> result;
  result.reserve(values.size());
  for (const ExprPtr& value : values) {
    result.push_back({.value = value.get(), .span = value->span});
  }
  return result;
}

std::vector<PrintedItem> to_items(const std::vector<Argument>& arguments) {
  std::vector<PrintedItem> result;
  result.reserve(arguments.size());
  for (const Argument& argument : arguments) {
    const Name* name = argument.name ? &*argument.name : nullptr;
    result.push_back({.name = name, .value = argument.value.get(), .span = argument.span});
  }
  return result;
}

std::vector<PrintedItem> to_items(const std::vector<Subscript>& subscripts) {
  std::vector<PrintedItem> result;
  result.reserve(subscripts.size());
  for (const Subscript& subscript : subscripts) {
    result.push_back({.subscript = &subscript, .span = subscript.span});
  }
  return result;
}

std::string Printer::flat(const Expr& expr, Level at_least) const {
  if (level_of(expr) < at_least) {
    return "(" + flat(expr) + ")";
  }
  if (const auto* reference = std::get_if<NameRef>(&expr.node)) {
    return reference->name;
  }
  if (const auto* member = std::get_if<Member>(&expr.node)) {
    return flat(*member->object, Level::postfix) + "." + member->member.text;
  }
  if (const auto* list = std::get_if<ListExpr>(&expr.node)) {
    return "[" + flat_items(to_items(list->items)) + "]";
  }
  if (const auto* tuple = std::get_if<TupleExpr>(&expr.node)) {
    const bool needs_comma = tuple->items.size() == 1 && !tuple->is_parenthesis;
    return "(" + flat_items(to_items(tuple->items)) + (needs_comma ? ",)" : ")");
  }
  if (const auto* unary = std::get_if<Unary>(&expr.node)) {
    const bool is_negation = unary->op == UnaryOp::negate;
    return (is_negation ? "-" : "not ") + flat(*unary->operand, is_negation ? Level::prefix : Level::logical_not);
  }
  if (const auto* binary = std::get_if<Binary>(&expr.node)) {
    const std::string left = flat(*binary->left, left_level(binary->op));
    const std::string right = flat(*binary->right, right_level(binary->op));
    // A power binds so tightly that spaces would mislead: `a^2 + b`.
    return binary->op == BinaryOp::power ? left + "^" + right
                                         : fmt::format("{} {} {}", left, spelling(binary->op), right);
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    return flat(*call->callee, Level::postfix) + "(" + flat_items(to_items(call->arguments)) + ")";
  }
  if (const auto* index = std::get_if<Index>(&expr.node)) {
    return flat(*index->object, Level::postfix) + "[" + flat_items(to_items(index->subscripts)) + "]";
  }
  if (const auto* chosen = std::get_if<If>(&expr.node)) {
    const bool is_else_if = std::holds_alternative<If>(chosen->else_value->node);
    const std::string otherwise = flat(*chosen->else_value);
    return fmt::format("if {} {{ {} }} else {}", flat(*chosen->condition, Level::logical_or), flat(*chosen->then_value),
                       is_else_if ? otherwise : "{ " + otherwise + " }");
  }
  if (const auto* chain = std::get_if<Chain>(&expr.node)) {
    return flat(*chain->head, Level::logical_or) + " -> " + flat(chain->stages);
  }
  return literal(expr);
}

// Numbers and texts keep the look that the author gave them: `1e-3`, `20_000`.
std::string Printer::literal(const Expr& expr) const {
  const std::string_view written = is_known(expr.span) ? file_->text(expr.span) : std::string_view();
  if (const auto* text = std::get_if<StringLiteral>(&expr.node)) {
    return literal(text->value, expr.span);
  }
  if (const auto* truth = std::get_if<BoolLiteral>(&expr.node)) {
    return truth->value ? "true" : "false";
  }
  const bool is_number = !written.empty() && written.front() >= '0' && written.front() <= '9';
  if (is_number) {
    return std::string(written);
  }
  if (const auto* integer = std::get_if<IntLiteral>(&expr.node)) {
    return fmt::format("{}", integer->value);
  }
  if (const auto* number = std::get_if<FloatLiteral>(&expr.node)) {
    return float_text(number->value);
  }
  return std::string(written);  // what could not be read stays as it is
}

std::string Printer::literal(const std::string& value, const Span& span) const {
  if (is_known(span)) {
    const std::string_view written = file_->text(span);
    if (written.size() > 1 && written.front() == '"' && written.back() == '"' && decode_string(written) == value) {
      return std::string(written);
    }
  }
  return encode_string(value);
}

std::string Printer::flat_items(const std::vector<PrintedItem>& list) const {
  std::string text;
  for (const PrintedItem& item : list) {
    text += (text.empty() ? "" : ", ") + flat(item);
  }
  return text;
}

std::string Printer::flat(const PrintedItem& item) const {
  if (item.subscript != nullptr) {
    return flat(*item.subscript);
  }
  return (item.name != nullptr ? item.name->text + ": " : std::string()) + flat(*item.value);
}

std::string Printer::flat(const Subscript& subscript) const {
  const auto part = [this](const ExprPtr& expr) { return expr == nullptr ? std::string() : flat(*expr, Level::sum); };
  switch (subscript.kind) {
    case Subscript::Kind::ellipsis:
      return "...";
    case Subscript::Kind::position:
      return part(subscript.begin);
    case Subscript::Kind::range:
      return part(subscript.begin) + ":" + part(subscript.end) +
             (subscript.step == nullptr ? "" : ":" + part(subscript.step));
  }
  return "";
}

std::string Printer::flat(const RangeExpr& range) const {
  return flat(*range.begin, Level::sum) + (range.end == nullptr ? "" : ".." + flat(*range.end, Level::sum));
}

std::string Printer::flat(const TypeExpr& type) const {
  std::string text = type.base.text;
  if (type.shape) {
    text += '[';
    for (const AxisExpr& axis : *type.shape) {
      text +=
          (text.back() == '[' ? "" : ", ") + (axis.size == nullptr ? std::string("...") : flat(*axis.size, Level::sum));
    }
    text += ']';
  }
  return text;
}

std::string Printer::flat(const std::vector<Stage>& stages) const {
  std::string text;
  for (const Stage& stage : stages) {
    text += (text.empty() ? "" : " -> ") + flat(stage);
  }
  return text;
}

std::string Printer::flat(const Stage& stage) const {
  if (const auto* repeat = std::get_if<RepeatStage>(&stage.node)) {
    return fmt::format("repeat {}{} {{ {} }}", repeat->variable ? repeat->variable->text + " in " : "",
                       flat(repeat->range), flat(repeat->body));
  }
  const auto& apply = std::get<ApplyStage>(stage.node);
  std::string text;
  for (const Name& part : apply.path) {
    text += (text.empty() ? "" : ".") + part.text;
  }
  if (apply.arguments) {
    text += "(" + flat_items(to_items(*apply.arguments)) + ")";
  }
  return text + (apply.as ? " as " + apply.as->text : "");
}

}  // namespace kdlc::syntax
