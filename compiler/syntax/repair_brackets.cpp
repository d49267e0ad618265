// Closes what is not closed and takes out what closes nothing.
#include "syntax/structure_repair.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace kdlc::syntax {

void StructureRepair::close_before(bool is_head) {
  if (!is_within_parentheses()) {
    return;
  }
  const std::size_t type = current().type;
  const bool is_foreign_brace = type == Token::LBRACE && open_.back().braces_due == 0;
  const bool leaves_body = type == Token::RBRACE && has_open_brace();
  // `h: f32[N, 4 = x`: no `=` stands within square brackets.
  const bool leaves_shape = type == Token::ASSIGN && open_.back().opener.type == Token::LBRACK &&
                            (open_.size() == 1 || open_[open_.size() - 2].opener.type == Token::LBRACE);
  if (!is_head && !is_foreign_brace && !leaves_body && !leaves_shape && type != Token::EOF) {
    return;
  }
  std::string missing;
  const Lexeme innermost = open_.back().opener;
  const std::string after = before_text();
  const Span at = end_of_before();
  if (needs_operand(type_before())) {
    insert(Token::MISSING);
  }
  while (is_within_parentheses()) {
    missing += closer_text(open_.back().opener.type);
    insert(closer_type(open_.back().opener.type));
    open_.pop_back();
  }
  if (is_excused()) {
    return;
  }
  mistake(at, fmt::format("`{}` is missing after `{}`", missing, after))
      .label(lexemes_.span_of(innermost), fmt::format("this `{}` is not closed", lexemes_.text_of(innermost)))
      .help(fmt::format("write `{}`", missing), Edit{at, missing});
}

bool StructureRepair::has_open_brace() const {
  return std::any_of(open_.begin(), open_.end(),
                     [](const Bracket& bracket) { return bracket.opener.type == Token::LBRACE; });
}

bool StructureRepair::keep_bracket() {
  Lexeme& lexeme = items_[place_];
  switch (lexeme.type) {
    case Token::LBRACE:
      if (!open_.empty() && open_.back().braces_due > 0) {
        --open_.back().braces_due;
      }
      [[fallthrough]];
    case Token::LPAREN:
    case Token::LBRACK:
      open_.push_back({.opener = lexeme, .indentation = line_indentation_});
      return true;
    case Token::RPAREN:
    case Token::RBRACK:
    case Token::RBRACE:
      return close(lexeme);
    default:
      return true;
  }
}

bool StructureRepair::close(Lexeme& lexeme) {
  if (early_brace_ == place_) {
    return false;
  }
  if (open_.empty()) {
    superfluous(lexeme);
    return false;
  }
  if (closer_type(open_.back().opener.type) == lexeme.type) {
    if (lexeme.type == Token::RBRACE) {
      close_brace(lexeme);
    }
    open_.pop_back();
    return true;
  }
  if (lexeme.type != Token::RBRACE && matches_outer(lexeme.type)) {
    close_inner(lexeme);
    open_.pop_back();
    return true;
  }
  if (open_.back().opener.type == Token::LBRACE) {
    superfluous(lexeme);
    return false;
  }
  mismatched(lexeme);
  open_.pop_back();
  return true;
}

void StructureRepair::close_brace(const Lexeme& lexeme) {
  if (lexeme.first_on_line && lexeme.column < open_.back().indentation && !suspect_) {
    suspect_ = open_.back().opener;
  }
  if (open_.size() == 1) {
    last_model_end_ = lexeme;
    suspect_.reset();
  }
}

bool StructureRepair::matches_outer(std::size_t closer) const {
  for (auto bracket = open_.rbegin(); bracket != open_.rend() && bracket->opener.type != Token::LBRACE; ++bracket) {
    if (closer_type(bracket->opener.type) == closer) {
      return true;
    }
  }
  return false;
}

void StructureRepair::close_inner(const Lexeme& lexeme) {
  const Lexeme innermost = open_.back().opener;
  const Span at = end_of_before();
  std::string missing;
  while (closer_type(open_.back().opener.type) != lexeme.type) {
    missing += closer_text(open_.back().opener.type);
    insert(closer_type(open_.back().opener.type));
    open_.pop_back();
  }
  mistake(at, fmt::format("`{}` is missing before `{}`", missing, lexemes_.text_of(lexeme)))
      .label(lexemes_.span_of(innermost), fmt::format("this `{}` is not closed", lexemes_.text_of(innermost)))
      .help(fmt::format("write `{}`", missing), Edit{at, missing});
}

void StructureRepair::mismatched(Lexeme& lexeme) {
  const Lexeme& opener = open_.back().opener;
  const std::string_view meant = closer_text(opener.type);
  mistake(lexemes_.span_of(lexeme),
          fmt::format("`{}` closes a `{}`", lexemes_.text_of(lexeme), lexemes_.text_of(opener)))
      .label(lexemes_.span_of(opener), fmt::format("`{}` would close this", meant))
      .help(fmt::format("write `{}`", meant), Edit{lexemes_.span_of(lexeme), std::string(meant)});
  lexeme.type = closer_type(opener.type);
}

void StructureRepair::superfluous(const Lexeme& lexeme) {
  const Span span = lexemes_.span_of(lexeme);
  Message& message = mistake(span, fmt::format("this `{}` closes nothing", lexemes_.text_of(lexeme)));
  if (lexeme.type == Token::RBRACE && last_model_end_) {
    message.label(lexemes_.span_of(*last_model_end_), "everything is closed already here");
  }
  message.help("remove it", Edit{span, ""});
}

}  // namespace kdlc::syntax
