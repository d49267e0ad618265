// Recovery of the parser: quiet after a report, on again at the next declaration head.
#include "syntax/error_strategy.hpp"

#include <algorithm>
#include <optional>

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

/// The first token of the innermost declaration that is being parsed.
std::optional<std::size_t> decl_begin(antlr4::Parser* parser) {
  for (antlr4::tree::ParseTree* context = parser->getContext(); context != nullptr; context = context->parent) {
    auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(context);
    if (rule != nullptr && rule->getRuleIndex() == Grammar::RuleDecl) {
      return rule->start->getTokenIndex();
    }
  }
  return std::nullopt;
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
    const bool is_quiet = type == Token::SEMI || (has_recovered_ && index == recovered_at_ && type != Token::RBRACE) ||
                          is_wounded(index, index);
    if (!is_quiet) {
      report_mistake(lexemes_, {.offending = index, .decl_begin = index, .rule = rule}, report_);
    }
    parser->consume();
    if (type != Token::RBRACE && type != Token::SEMI) {
      skip_to_head(parser, index + 1, type == Token::LBRACE ? 1 : 0);
    }
  }
}

void ErrorStrategy::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  const std::size_t offending = error.getOffendingToken()->getTokenIndex();
  if (is_consequence(parser, offending)) {
    return;
  }
  Failure failure{.offending = offending,
                  .decl_begin = decl_begin(parser).value_or(offending),
                  .rule = parser->getContext()->getRuleIndex()};
  for (const ssize_t type : error.getExpectedTokens().toList()) {
    failure.expected.push_back(static_cast<std::size_t>(type));
  }
  report_mistake(lexemes_, failure, report_);
}

bool ErrorStrategy::is_consequence(antlr4::Parser* parser, std::size_t offending) const {
  const std::size_t begin = decl_begin(parser).value_or(offending);
  if (has_recovered_ && offending <= recovered_at_ && begin < recovered_at_) {
    return true;
  }
  return is_wounded(begin, offending);
}

// What a wound has cut off its declaration begins none of its own.
bool ErrorStrategy::is_wounded(std::size_t begin, std::size_t offending) const {
  while (begin > 0 && !lexemes_.items[begin].first_on_line) {
    --begin;
  }
  const std::uint32_t from = lexemes_.items[begin].begin;
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
  std::size_t open_braces = 0;
  if (const std::optional<std::size_t> begin = decl_begin(parser)) {
    // A declaration that failed at its own first token must not begin there again; the braces that it has opened are
    // its own to close (repair has seen to it that they match).
    from = std::max(from, *begin + 1);
    for (std::size_t index = *begin; index < from; ++index) {
      const std::size_t type = lexemes_.items[index].type;
      if (type == Token::LBRACE) {
        ++open_braces;
      } else if (type == Token::RBRACE && open_braces > 0) {
        --open_braces;
      }
    }
  }
  skip_to_head(parser, from, open_braces);
}

// To the next head or the `}` that ends the body; braces opened on the way are passed as a whole.
void ErrorStrategy::skip_to_head(antlr4::Parser* parser, std::size_t from, std::size_t open_braces) {
  std::size_t target = from;
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
