// Private to syntax/: the walk over the tokens that mends brackets, operands and commas.
//
// repair_structure.cpp holds the walk; repair_brackets.cpp, repair_braces.cpp and repair_operands.cpp its steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "syntax/lexemes.hpp"

namespace kdlc::syntax {

struct Bracket {
  Lexeme opener;
  std::uint32_t indentation = 0;  // of the line on which it opens
  std::size_t braces_due = 0;     // `if`, `else`, `repeat` within it whose `{` is still to come
};

bool is_binary_operator(std::size_t type);
/// After such a token an operand or a stage must come.
bool needs_operand(std::size_t type);
std::string_view closer_text(std::size_t opener);
std::size_t closer_type(std::size_t opener);

class StructureRepair {
public:
  StructureRepair(Lexemes& lexemes, Report& report)
      : lexemes_(lexemes), items_(std::move(lexemes.items)), out_(lexemes.items), report_(report) {}

  void run();

private:
  Lexemes& lexemes_;
  std::vector<Lexeme> items_;
  std::vector<Lexeme>& out_;
  Report& report_;
  std::size_t place_ = 0;
  std::vector<Bracket> open_;
  std::uint32_t line_indentation_ = 0;
  std::uint32_t statement_column_ = 0;
  std::optional<Lexeme> header_;            // `model`, `block`, … whose `{` is still to come
  std::optional<Lexeme> suspect_;           // a `{` whose `}` stands further left than its line
  std::optional<Lexeme> last_model_end_;    // the last `}` that left no brace open
  std::optional<std::size_t> early_brace_;  // a `}` in the middle of a body, of which the file has one too many

  [[nodiscard]] const Lexeme& current() const { return items_[place_]; }
  [[nodiscard]] std::size_t type_before() const { return out_.empty() ? std::size_t{Token::SEMI} : out_.back().type; }
  [[nodiscard]] bool is_within_parentheses() const {
    return !open_.empty() && open_.back().opener.type != Token::LBRACE;
  }
  /// Whether the token begins a declaration, judged with what stands before it and how far it is indented.
  [[nodiscard]] bool is_new_declaration() const;
  [[nodiscard]] std::string before_text() const;
  void insert(std::size_t type);
  [[nodiscard]] Span end_of_before() const;
  Message& mistake(const Span& span, std::string text);
  /// An unclosed comment or text has swallowed what seems to be missing.
  [[nodiscard]] bool is_excused() const;
  /// The wound lies between the start of the declaration before this place and this place.
  [[nodiscard]] bool open_wound_line(std::uint32_t wound) const;
  [[nodiscard]] std::uint32_t line_begin(std::uint32_t at) const;

  // Parentheses and brackets (repair_brackets.cpp).
  void close_before(bool is_head);
  [[nodiscard]] bool has_open_brace() const;
  /// Handles an opening or closing bracket; false when the token is left out.
  bool keep_bracket();
  bool close(Lexeme& lexeme);
  void close_brace(const Lexeme& lexeme);
  /// Whether `closer` closes a bracket further out, not beyond the body.
  [[nodiscard]] bool matches_outer(std::size_t closer) const;
  void close_inner(const Lexeme& lexeme);
  void mismatched(Lexeme& lexeme);
  void superfluous(const Lexeme& lexeme);

  // Braces of declarations and bodies (repair_braces.cpp).
  void missing_brace_before();
  bool brace_of_header(bool is_head);
  [[nodiscard]] bool is_indented_body() const;
  void find_early_brace();
  void count_braces_due();

  // Operands, stages and commas (repair_operands.cpp).
  void lonely_word(bool is_head);
  /// True when the current token is left out.
  bool missing_operand(bool is_head);
  void soft_word_in_expression(bool is_head);
  void missing_comma(bool is_head);
};

}  // namespace kdlc::syntax
