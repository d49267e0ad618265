// Expressions, chains and types of the tree, from ANTLR's contexts.
#include "syntax/build_tree.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "diagnostics/kinds.hpp"

namespace kdlc::syntax {

namespace {

BinaryOp binary_op(std::size_t type) {
  switch (type) {
    case Token::PLUS:
      return BinaryOp::add;
    case Token::MINUS:
      return BinaryOp::subtract;
    case Token::STAR:
      return BinaryOp::multiply;
    case Token::SLASH:
      return BinaryOp::divide;
    case Token::PERCENT:
      return BinaryOp::remainder;
    case Token::MATMUL:
      return BinaryOp::matmul;
    case Token::CARET:
      return BinaryOp::power;
    case Token::EQ:
      return BinaryOp::equal;
    case Token::NE:
      return BinaryOp::not_equal;
    case Token::APPROX:
      return BinaryOp::approximately;
    case Token::LT:
      return BinaryOp::less;
    case Token::LE:
      return BinaryOp::less_equal;
    case Token::GT:
      return BinaryOp::greater;
    case Token::GE:
      return BinaryOp::greater_equal;
    case Token::KW_AND:
      return BinaryOp::logical_and;
    default:
      return BinaryOp::logical_or;
  }
}

}  // namespace

template <class Context, class Build>
ExprPtr TreeBuilder::fold(Context* context, Build build) {
  if (context == nullptr || context->children.empty()) {
    return error_expr(context);
  }
  if (context->children.size() == 1 && context->exception == nullptr) {
    return build(context->children.front());
  }
  const std::size_t operations = context->children.size() / 2;
  if (depth_ + operations > kMaxOperationDepth) {
    report_.add(span_of(context->start), diag::TooDeep, "operations", kMaxOperationDepth)
        .help("give parts of it names of their own");
    return make(span_of(context), ErrorExpr{});
  }
  // The last operation is the root: the first operand lies deepest.
  const std::size_t outer_depth = depth_;
  depth_ = outer_depth + operations;
  ExprPtr left = build(context->children.front());
  antlr4::Token* op = nullptr;
  for (std::size_t index = 1; index < context->children.size(); ++index) {
    if (antlr4::Token* token = as_token(context->children[index]); token != nullptr) {
      op = token;
    } else if (op != nullptr) {
      ExprPtr right = build(context->children[index]);
      const Span span = join(left->span, right->span.is_known() ? right->span : span_of(op));
      left = make(span, Binary{binary_op(op->getType()), span_of(op), std::move(left), std::move(right)});
      --depth_;
      op = nullptr;
    }
  }
  depth_ = outer_depth;
  return context->exception == nullptr ? std::move(left) : error_expr(context);
}

ExprPtr TreeBuilder::expression(Grammar::ExprContext* context) {
  if (context == nullptr || context->operand() == nullptr) {
    return error_expr(context);
  }
  ExprPtr head = operand(context->operand());
  if (context->strayAs() != nullptr) {
    head = stray_as(std::move(head), context->strayAs());
  }
  const std::vector<Grammar::StageContext*> stage_contexts = context->stage();
  bool is_whole = context->exception == nullptr;
  if (stage_contexts.empty() && is_whole) {
    return head;
  }
  Chain chain;
  if (auto* begun = std::get_if<Chain>(&head->node)) {  // from stray_as
    chain = std::move(*begun);
  } else {
    chain.head = std::move(head);
  }
  Span arrow;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (antlr4::Token* token = as_token(child); token != nullptr) {
      arrow = span_of(token);
    } else if (auto* stage_context = dynamic_cast<Grammar::StageContext*>(child)) {
      std::optional<Stage> built = stage(stage_context, arrow);
      is_whole = is_whole && built.has_value();
      if (built) {
        chain.stages.push_back(std::move(*built));
      }
    }
  }
  return is_whole ? make(span_of(context), std::move(chain)) : error_expr(context);
}

ExprPtr TreeBuilder::optional_expression(Grammar::ExprContext* context) {
  return context == nullptr ? nullptr : expression(context);
}

ExprPtr TreeBuilder::operand(Grammar::OperandContext* context) {
  return fold(context, [this](auto* child) { return conjunction(dynamic_cast<Grammar::ConjContext*>(child)); });
}

ExprPtr TreeBuilder::conjunction(Grammar::ConjContext* context) {
  return fold(context, [this](auto* child) { return negation(dynamic_cast<Grammar::NegationContext*>(child)); });
}

ExprPtr TreeBuilder::negation(Grammar::NegationContext* context) {
  if (context != nullptr && context->negation() != nullptr) {
    return make(span_of(context), Unary{UnaryOp::logical_not, negation(context->negation())});
  }
  return comparison(context == nullptr ? nullptr : context->comparison());
}

ExprPtr TreeBuilder::comparison(Grammar::ComparisonContext* context) {
  return fold(context, [this](auto* child) { return arithmetic(dynamic_cast<Grammar::ArithContext*>(child)); });
}

ExprPtr TreeBuilder::arithmetic(Grammar::ArithContext* context) {
  return fold(context, [this](auto* child) { return term(dynamic_cast<Grammar::TermContext*>(child)); });
}

ExprPtr TreeBuilder::optional_arithmetic(Grammar::ArithContext* context) {
  return context == nullptr ? nullptr : arithmetic(context);
}

ExprPtr TreeBuilder::term(Grammar::TermContext* context) {
  return fold(context, [this](auto* child) { return factor(dynamic_cast<Grammar::FactorContext*>(child)); });
}

ExprPtr TreeBuilder::factor(Grammar::FactorContext* context) {
  if (context != nullptr && context->factor() != nullptr) {
    return make(span_of(context), Unary{UnaryOp::negate, factor(context->factor())});
  }
  return power(context == nullptr ? nullptr : context->power());
}

ExprPtr TreeBuilder::power(Grammar::PowerContext* context) {
  return fold(context, [this](antlr4::tree::ParseTree* child) {
    auto* exponent = dynamic_cast<Grammar::FactorContext*>(child);
    return exponent != nullptr ? factor(exponent) : postfix(dynamic_cast<Grammar::PostfixContext*>(child));
  });
}

ExprPtr TreeBuilder::postfix(Grammar::PostfixContext* context) {
  if (context == nullptr) {
    return error_expr(context);
  }
  const std::size_t operations = context->children.size() - 1;
  if (depth_ + operations > kMaxOperationDepth) {
    report_.add(span_of(context->start), diag::TooDeep, "operations", kMaxOperationDepth);
    return make(span_of(context), ErrorExpr{});
  }
  depth_ += operations;
  ExprPtr object = primary(context->primary());
  depth_ -= operations;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (auto* call = dynamic_cast<Grammar::ArgsContext*>(child)) {
      const Span place = span_of(call);
      const Span span = join(object->span, place);
      object = make(span, Call{std::move(object), arguments(call), place});
    } else if (auto* index = dynamic_cast<Grammar::IndexContext*>(child)) {
      const Span span = join(object->span, span_of(index));
      object = make(span, Index{std::move(object), subscripts(index)});
    } else if (auto* member = dynamic_cast<Grammar::NameContext*>(child)) {
      const Span span = join(object->span, span_of(member));
      object = make(span, Member{std::move(object), name(member)});
    }
  }
  return context->exception == nullptr ? std::move(object) : error_expr(context);
}

ExprPtr TreeBuilder::primary(Grammar::PrimaryContext* context) {
  if (context == nullptr || context->exception != nullptr || context->children.empty()) {
    return error_expr(context);
  }
  if (context->name() != nullptr) {
    return make(span_of(context), NameRef{name(context->name()).text});
  }
  if (context->ifExpr() != nullptr) {
    return if_expression(context->ifExpr());
  }
  antlr4::Token* first = context->start;
  if (first->getType() != Token::LPAREN && first->getType() != Token::LBRACK) {
    return literal(first);
  }
  std::vector<ExprPtr> items;
  for (Grammar::ExprContext* item : context->expr()) {
    items.push_back(expression(item));
  }
  if (first->getType() == Token::LBRACK) {
    return make(span_of(context), ListExpr{std::move(items)});
  }
  const bool is_parenthesis = context->COMMA().empty();
  return make(span_of(context), TupleExpr{std::move(items), is_parenthesis});
}

ExprPtr TreeBuilder::literal(antlr4::Token* token) {
  const Span span = span_of(token);
  std::string digits(lexemes_.text_of(lexemes_.items[token->getTokenIndex()]));
  switch (token->getType()) {
    case Token::KW_TRUE:
      return make(span, BoolLiteral{true});
    case Token::KW_FALSE:
      return make(span, BoolLiteral{false});
    case Token::STRING:
      return make(span, StringLiteral{decode_string(digits)});
    case Token::MISSING:
      return make(span, ErrorExpr{});
    default:
      break;
  }
  std::erase(digits, '_');
  const char* end = digits.data() + digits.size();
  if (token->getType() == Token::INT) {
    std::int64_t value = 0;
    if (std::from_chars(digits.data(), end, value).ec == std::errc{}) {
      return make(span, IntLiteral{value});
    }
  } else {
    double value = 0;
    if (digits.starts_with('.')) {  // `.5`: K107 has been said
      digits.insert(0, "0");
      end = digits.data() + digits.size();
    }
    if (std::from_chars(digits.data(), end, value).ec == std::errc{}) {
      return make(span, FloatLiteral{value});
    }
  }
  report_.add(span, diag::SyntaxMistake, fmt::format("the number `{}` is out of range", digits));
  return make(span, ErrorExpr{});
}

ExprPtr TreeBuilder::if_expression(Grammar::IfExprContext* context) {
  if (context == nullptr || context->exception != nullptr) {
    return error_expr(context);
  }
  const std::vector<Grammar::ExprContext*> values = context->expr();
  If node;
  node.condition = operand(context->operand());
  node.then_value = values.empty() ? error_expr(context) : expression(values[0]);
  if (context->ifExpr() != nullptr) {
    node.else_value = if_expression(context->ifExpr());
  } else if (values.size() > 1) {
    node.else_value = expression(values[1]);
  } else {
    Span after = span_of(context->stop);
    after.begin = after.end;
    report_.add(after, diag::SyntaxMistake, "this `if` has no `else`")
        .at_caret("`else { … }` is missing")
        .label(span_of(context->start), "both branches of this `if` are needed: one of them is the value");
    node.else_value = make(after, ErrorExpr{});
  }
  return make(span_of(context), std::move(node));
}

std::vector<Subscript> TreeBuilder::subscripts(Grammar::IndexContext* context) {
  std::vector<Subscript> result;
  for (Grammar::SubContext* sub : context->sub()) {
    Subscript subscript{.span = span_of(sub)};
    if (sub->ELLIPSIS() != nullptr) {
      subscript.kind = Subscript::Kind::ellipsis;
    } else if (sub->COLON().empty()) {
      subscript.begin = arithmetic(sub->arith().empty() ? nullptr : sub->arith()[0]);
    } else {
      subscript.kind = Subscript::Kind::range;
      std::size_t colons = 0;
      for (antlr4::tree::ParseTree* child : sub->children) {
        if (auto* part = dynamic_cast<Grammar::ArithContext*>(child)) {
          (colons == 0 ? subscript.begin : colons == 1 ? subscript.end : subscript.step) = arithmetic(part);
        } else {
          ++colons;
        }
      }
    }
    result.push_back(std::move(subscript));
  }
  return result;
}

}  // namespace kdlc::syntax
