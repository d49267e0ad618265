// Mends brackets, operands and commas that are missing or too many, by the tokens and the layout.
#include "syntax/structure_repair.hpp"

#include <algorithm>
#include <utility>

#include "diagnostics/kinds.hpp"
#include "syntax/repair.hpp"

namespace kdlc::syntax {

bool is_binary_operator(std::size_t type) {
  return (type >= Token::EQ && type <= Token::GT) || (type >= Token::PLUS && type <= Token::CARET) ||
         type == Token::KW_AND || type == Token::KW_OR;
}

bool needs_operand(std::size_t type) {
  return is_binary_operator(type) || type == Token::ASSIGN || type == Token::ARROW || type == Token::KW_NOT ||
         type == Token::RANGE;
}

std::string_view closer_text(std::size_t opener) {
  return opener == Token::LPAREN ? ")" : opener == Token::LBRACK ? "]" : "}";
}

std::size_t closer_type(std::size_t opener) {
  return opener == Token::LPAREN ? Token::RPAREN : opener == Token::LBRACK ? Token::RBRACK : Token::RBRACE;
}

void StructureRepair::run() {
  out_.clear();
  out_.reserve(items_.size() + 8);
  find_early_brace();
  for (place_ = 0; place_ < items_.size(); ++place_) {
    const Lexeme& lexeme = items_[place_];
    if (lexeme.first_on_line) {
      line_indentation_ = lexeme.column;
    }
    const bool is_head = is_new_declaration();
    if (is_head) {
      statement_column_ = lexeme.column;
    }
    close_before(is_head);
    missing_brace_before();
    if (brace_of_header(is_head)) {
      continue;
    }
    lonely_word(is_head);
    soft_word_in_expression(is_head);
    if (missing_operand(is_head)) {
      continue;
    }
    missing_comma(is_head);
    if (keep_bracket()) {
      count_braces_due();
      out_.push_back(lexeme);
    }
  }
  std::sort(lexemes_.wounds.begin(), lexemes_.wounds.end());
}

bool StructureRepair::is_new_declaration() const {
  if (!is_declaration_head(items_, place_)) {
    return false;
  }
  const std::size_t before = type_before();
  const std::size_t type = current().type;
  if (type == Token::KW_FN || type == Token::KW_BLOCK) {
    return before != Token::COLON && before != Token::ARROW;
  }
  if (is_hard_declaration_word(type)) {
    return true;
  }
  const bool is_soft_head = is_soft_word(type) && items_[place_ + 1].type != Token::ASSIGN &&
                            items_[place_ + 1].type != Token::COLON && items_[place_ + 1].type != Token::COMMA;
  if (is_soft_head || !is_within_parentheses()) {
    return before != Token::COMMA || is_soft_head;
  }
  // Within parentheses `units = 10` is a setting with the wrong sign, unless it stands where declarations stand.
  return ends_operand(before) || current().column <= statement_column_;
}

std::string StructureRepair::before_text() const {
  return out_.empty() ? std::string() : std::string(lexemes_.text_of(out_.back()));
}

void StructureRepair::insert(std::size_t type) {
  const std::uint32_t at = out_.empty() ? 0 : out_.back().end;
  const std::uint32_t line = out_.empty() ? 1 : out_.back().line;
  out_.push_back({.type = type, .begin = at, .end = at, .line = line, .is_inserted = true});
}

Span StructureRepair::end_of_before() const {
  const std::uint32_t at = out_.empty() ? 0 : out_.back().end;
  return {lexemes_.source, at, at};
}

Message& StructureRepair::mistake(const Span& span, std::string text) {
  return report_.add(span, diag::SyntaxMistake, std::move(text));
}

bool StructureRepair::is_excused() const {
  const std::uint32_t to = current().begin;
  return std::any_of(lexemes_.wounds.begin(), lexemes_.wounds.end(), [&](std::uint32_t wound) {
    return wound <= to && (open_wound_line(wound) || wound == lexemes_.text.size());
  });
}

bool StructureRepair::open_wound_line(std::uint32_t wound) const {
  return !out_.empty() && wound + 1 > line_begin(out_.back().begin);
}

std::uint32_t StructureRepair::line_begin(std::uint32_t at) const {
  const std::size_t line_end = at == 0 ? std::string_view::npos : lexemes_.text.rfind('\n', at - 1);
  return line_end == std::string_view::npos ? 0 : static_cast<std::uint32_t>(line_end + 1);
}

void repair_structure(Lexemes& lexemes, Report& report) {
  StructureRepair(lexemes, report).run();
}

}  // namespace kdlc::syntax
