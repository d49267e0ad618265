// The words for a mistake that the parser, not the repair, came upon.
#include "syntax/error_strategy.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

#include "KdlParser.h"

namespace kdlc::syntax {

namespace {

using Grammar = kdlc_grammar::KdlParser;

std::string quoted(const Lexemes& lexemes, const Lexeme& lexeme) {
  return lexeme.type == Token::EOF ? std::string("the end of the file") : fmt::format("`{}`", lexemes.text_of(lexeme));
}

}  // namespace

void report_mistake(const Lexemes& lexemes, const Failure& failure, Report& report) {
  const Lexeme& offending = lexemes.items[failure.offending];
  report.add(lexemes.span_of(offending), diag::SyntaxMistake, fmt::format("unexpected {}", quoted(lexemes, offending)));
}

}  // namespace kdlc::syntax
