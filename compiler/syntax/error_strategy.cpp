// Recovery of the parser: quiet after a report, on again at the next declaration head.
#include "syntax/error_strategy.hpp"

#include <algorithm>

#include "KdlParser.h"

namespace kdlc::syntax {

namespace {

using Grammar = kdlc_grammar::KdlParser;

bool is_list_of_declarations(std::size_t rule) {
  return rule == Grammar::RuleBody || rule == Grammar::RuleSourceFile;
}

bool can_begin_declaration(std::size_t type) {
  return is_hard_declaration_word(type) || is_name(type);
}

}  // namespace

void ErrorStrategy::reset(antlr4::Parser* /*parser*/) {
  recovered_at_ = 0;
  has_recovered_ = false;
}

antlr4::Token* ErrorStrategy::recoverInline(antlr4::Parser* parser) {
  throw antlr4::InputMismatchException(parser);
}

bool ErrorStrategy::inErrorRecoveryMode(antlr4::Parser* parser) {
  return has_recovered_ && parser->getCurrentToken()->getTokenIndex() < recovered_at_;
}

void ErrorStrategy::reportMatch(antlr4::Parser* /*parser*/) {}

// At the borders of a list of declarations, what cannot begin one is reported and skipped here: the list goes on.
void ErrorStrategy::sync(antlr4::Parser* parser) {
  const std::size_t rule = parser->getContext()->getRuleIndex();
  if (!is_list_of_declarations(rule)) {
    return;
  }
  const bool in_body = rule == Grammar::RuleBody;
  while (true) {
    const std::size_t index = parser->getCurrentToken()->getTokenIndex();
    const std::size_t type = lexemes_.items[index].type;
    const bool body_begins = in_body && parser->getContext()->children.size() <= 1 && type == Token::LBRACE;
    if (type == Token::EOF || can_begin_declaration(type) || (in_body && type == Token::RBRACE) || body_begins) {
      return;
    }
    const bool is_quiet = type == Token::SEMI || (has_recovered_ && index == recovered_at_ && type != Token::RBRACE);
    if (!is_quiet) {
      report_mistake(lexemes_, {.offending = index, .decl_begin = index, .rule = rule}, report_);
    }
    parser->consume();
    if (type != Token::RBRACE && type != Token::SEMI) {
      skip_to_head(parser, index + 1);
    }
  }
}

void ErrorStrategy::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  const std::size_t offending = error.getOffendingToken()->getTokenIndex();
  if (is_consequence(parser, offending)) {
    return;
  }
  Failure failure{.offending = offending, .decl_begin = offending, .rule = parser->getContext()->getRuleIndex()};
  for (auto* context = dynamic_cast<antlr4::ParserRuleContext*>(parser->getContext()); context != nullptr;
       context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent)) {
    if (context->getRuleIndex() == Grammar::RuleDecl) {
      failure.decl_begin = context->start->getTokenIndex();
      break;
    }
  }
  report_mistake(lexemes_, failure, report_);
}

bool ErrorStrategy::is_consequence(antlr4::Parser* parser, std::size_t offending) const {
  const auto* context = dynamic_cast<antlr4::ParserRuleContext*>(parser->getContext());
  const std::size_t rule_begin = context->start == nullptr ? offending : context->start->getTokenIndex();
  if (has_recovered_ && offending <= recovered_at_ && rule_begin < recovered_at_) {
    return true;
  }
  std::size_t decl_begin = rule_begin;
  for (const auto* outer = context; outer != nullptr; outer = dynamic_cast<antlr4::ParserRuleContext*>(outer->parent)) {
    if (outer->getRuleIndex() == Grammar::RuleDecl) {
      decl_begin = outer->start->getTokenIndex();
      break;
    }
  }
  const std::uint32_t from = lexemes_.items[decl_begin].begin;
  const std::uint32_t to = lexemes_.items[offending].end;
  const auto wound = std::lower_bound(lexemes_.wounds.begin(), lexemes_.wounds.end(), from);
  return wound != lexemes_.wounds.end() && *wound <= to;
}

void ErrorStrategy::recover(antlr4::Parser* parser, std::exception_ptr error) {
  std::size_t from = parser->getCurrentToken()->getTokenIndex();
  try {
    std::rethrow_exception(error);
  } catch (const antlr4::RecognitionException& recognition) {
    // Over the token that is wrong, unless a declaration begins there.
    const std::size_t offending = recognition.getOffendingToken()->getTokenIndex();
    from = std::max(from, offending);
  }
  // A declaration that failed at its own first token must not begin there again.
  for (auto* context = dynamic_cast<antlr4::ParserRuleContext*>(parser->getContext()); context != nullptr;
       context = dynamic_cast<antlr4::ParserRuleContext*>(context->parent)) {
    if (context->getRuleIndex() == Grammar::RuleDecl) {
      from = std::max(from, context->start->getTokenIndex() + 1);
      break;
    }
  }
  skip_to_head(parser, from);
}

// To the next head or the `}` that ends the body; braces opened on the way are passed as a whole.
void ErrorStrategy::skip_to_head(antlr4::Parser* parser, std::size_t from) {
  std::size_t target = from;
  std::size_t open_braces = 0;
  for (; lexemes_.items[target].type != Token::EOF; ++target) {
    const std::size_t type = lexemes_.items[target].type;
    if (type == Token::LBRACE) {
      ++open_braces;
    } else if (type == Token::RBRACE) {
      if (open_braces == 0) {
        break;
      }
      --open_braces;
    } else if (open_braces == 0 && is_declaration_head(lexemes_.items, target)) {
      break;
    }
  }
  while (parser->getCurrentToken()->getTokenIndex() < target) {
    parser->consume();
  }
  recovered_at_ = target;
  has_recovered_ = true;
}

}  // namespace kdlc::syntax
