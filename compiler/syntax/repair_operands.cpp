// Puts in operands, stages, names and commas that are missing between tokens.
#include "syntax/structure_repair.hpp"

#include <string>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::syntax {

namespace {

/// Such a token can neither begin nor be an operand.
bool cannot_be_operand(std::size_t type) {
  switch (type) {
    case Token::RPAREN:
    case Token::RBRACK:
    case Token::RBRACE:
    case Token::LBRACE:
    case Token::COMMA:
    case Token::SEMI:
    case Token::ARROW:
    case Token::KW_AS:
    case Token::KW_ELSE:
    case Token::KW_WITHIN:
      return true;
    default:
      return type == Token::EOF || (is_binary_operator(type) && type != Token::MINUS);
  }
}

}  // namespace

// `input` or `return` alone on its line.
void StructureRepair::lonely_word(bool is_head) {
  const std::size_t before = type_before();
  if (!is_head || out_.empty() || out_.back().line == current().line || !out_.back().first_on_line) {
    return;
  }
  const Span at = end_of_before();
  if (before == Token::KW_RETURN || before == Token::KW_REQUIRE || before == Token::KW_EXPECT) {
    mistake(at, fmt::format("a value is missing after `{}`", before_text()));
    insert(Token::MISSING);
  } else if (is_hard_declaration_word(before)) {
    mistake(at, fmt::format("a name is missing after `{}`", before_text()));
    out_.pop_back();
  }
}

bool StructureRepair::missing_operand(bool is_head) {
  const std::size_t before = type_before();
  const std::size_t type = current().type;
  if (!needs_operand(before) || (!is_head && !cannot_be_operand(type))) {
    return false;
  }
  const Span place = lexemes_.span_of(out_.back());
  if (before == Token::ARROW && type == Token::ARROW) {
    const Span span = lexemes_.span_of(current());
    mistake(span, "`->` stands twice")
        .label(place, "the first")
        .help("remove one", Edit{{span.source, place.end, span.end}, ""});
    return true;
  }
  // A `*` or `^` after `=`: the operand before it is what is missing; `x[: , …]` and `0..` stay with the parser.
  if (before == Token::ASSIGN && type == Token::ARROW) {
    mistake(join(place, lexemes_.span_of(current())), "nothing stands between `=` and `->`")
        .help("a chain begins with a value: `= x -> …`");
  } else if (is_head && is_soft_word(type) && current().line != out_.back().line) {
    report_.add(place, diag::SoftWord, fmt::format("nothing follows this `{}`", before_text()))
        .label(lexemes_.span_of(current()), "the next declaration begins here");
  } else {
    Message& message = mistake(place, fmt::format("nothing follows this `{}`", before_text()));
    if (is_head && current().line != out_.back().line) {
      message.label(lexemes_.span_of(current()), "the next declaration begins here");
    }
  }
  insert(Token::MISSING);
  return false;
}

void StructureRepair::soft_word_in_expression(bool is_head) {
  const Lexeme& lexeme = current();
  if (is_head || !is_soft_word(lexeme.type) || !lexeme.first_on_line || out_.empty()) {
    return;
  }
  const std::size_t before = type_before();
  const std::size_t next = items_[place_ + 1].type;
  const bool is_in_list =
      is_within_parentheses() && (before == Token::COMMA || before == Token::LPAREN || before == Token::LBRACK);
  const bool is_setting = is_in_list && (next == Token::COLON || next == Token::ASSIGN);
  if ((needs_operand(before) || is_in_list) && !is_setting) {
    const std::string word(lexemes_.text_of(lexeme));
    report_
        .add(lexemes_.span_of(lexeme), diag::SoftWord,
             fmt::format("`{}` cannot be the first word of a line within an expression", word))
        .label(lexemes_.span_of(out_.back()), "the expression goes on after this")
        .help(fmt::format("write `{}` on the line before: first on a line it opens a declaration", word));
  }
}

void StructureRepair::missing_comma(bool is_head) {
  const Lexeme& lexeme = current();
  if (is_head || !is_within_parentheses() || !ends_operand(type_before()) || out_.back().is_inserted ||
      !(starts_operand(lexeme.type) || lexeme.type == Token::KW_NOT)) {
    return;
  }
  const bool is_on_line = lexeme.line == out_.back().line;
  const Span gap = is_on_line && lexeme.begin > out_.back().end ? Span{lexemes_.source, out_.back().end, lexeme.begin}
                                                                : end_of_before();
  mistake(gap, fmt::format("`,` is missing between `{}` and `{}`", before_text(), lexemes_.text_of(lexeme)))
      .help("write `,`", Edit{end_of_before(), ","});
  insert(Token::COMMA);
}

}  // namespace kdlc::syntax
