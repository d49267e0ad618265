// Mends brackets, operands and commas that are missing or too many, by the tokens and the layout.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "syntax/repair.hpp"

namespace kdlc::syntax {

namespace {

struct Bracket {
  Lexeme opener;
  std::uint32_t indentation = 0;  // of the line on which it opens
  std::size_t braces_due = 0;     // `if`, `else`, `repeat` within it whose `{` is still to come
};

bool is_binary_operator(std::size_t type) {
  return (type >= Token::EQ && type <= Token::GT) || (type >= Token::PLUS && type <= Token::CARET) ||
         type == Token::KW_AND || type == Token::KW_OR;
}

/// After such a token an operand or a stage must come.
bool needs_operand(std::size_t type) {
  return is_binary_operator(type) || type == Token::ASSIGN || type == Token::ARROW || type == Token::KW_NOT ||
         type == Token::RANGE;
}

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

std::string_view closer_text(std::size_t opener) {
  return opener == Token::LPAREN ? ")" : opener == Token::LBRACK ? "]" : "}";
}

std::size_t closer_type(std::size_t opener) {
  return opener == Token::LPAREN ? Token::RPAREN : opener == Token::LBRACK ? Token::RBRACK : Token::RBRACE;
}

class StructureRepair {
public:
  StructureRepair(Lexemes& lexemes, Report& report)
      : lexemes_(lexemes), items_(std::move(lexemes.items)), out_(lexemes.items), report_(report) {}

  void run() {
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
  [[nodiscard]] std::string before_text() const {
    return out_.empty() ? std::string() : std::string(lexemes_.text_of(out_.back()));
  }

  void insert(std::size_t type) {
    const std::uint32_t at = out_.empty() ? 0 : out_.back().end;
    const std::uint32_t line = out_.empty() ? 1 : out_.back().line;
    out_.push_back({.type = type, .begin = at, .end = at, .line = line, .is_inserted = true});
  }

  [[nodiscard]] Span end_of_before() const {
    const std::uint32_t at = out_.empty() ? 0 : out_.back().end;
    return {lexemes_.source, at, at};
  }

  Message& mistake(const Span& span, std::string text) {
    return report_.add(span, diag::SyntaxMistake, std::move(text));
  }

  /// Whether the token begins a declaration, judged with what stands before it and how far it is indented.
  [[nodiscard]] bool is_new_declaration() const {
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

  // ---- brackets ----

  void close_before(bool is_head) {
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

  [[nodiscard]] bool has_open_brace() const {
    return std::any_of(open_.begin(), open_.end(),
                       [](const Bracket& bracket) { return bracket.opener.type == Token::LBRACE; });
  }

  /// An unclosed comment or text has swallowed what seems to be missing.
  [[nodiscard]] bool is_excused() const {
    const std::uint32_t to = current().begin;
    return std::any_of(lexemes_.wounds.begin(), lexemes_.wounds.end(), [&](std::uint32_t wound) {
      return wound <= to && (open_wound_line(wound) || wound == lexemes_.text.size());
    });
  }

  /// The wound lies between the start of the declaration before this place and this place.
  [[nodiscard]] bool open_wound_line(std::uint32_t wound) const {
    return !out_.empty() && wound + 1 > line_begin(out_.back().begin);
  }
  [[nodiscard]] std::uint32_t line_begin(std::uint32_t at) const {
    const std::size_t line_end = at == 0 ? std::string_view::npos : lexemes_.text.rfind('\n', at - 1);
    return line_end == std::string_view::npos ? 0 : static_cast<std::uint32_t>(line_end + 1);
  }

  // A `model` in column 1 while braces are open, or the end of the file.
  void missing_brace_before() {
    if (open_.empty()) {
      return;
    }
    const Lexeme& lexeme = current();
    const bool is_at_end = lexeme.type == Token::EOF;
    const bool is_top_word = lexeme.first_on_line && lexeme.column == 0 && type_before() != Token::COLON &&
                             (lexeme.type == Token::KW_MODEL || lexeme.type == Token::KW_BLOCK ||
                              lexeme.type == Token::KW_IMPORT || lexeme.type == Token::KW_FN);
    // In a file without indentation column 1 says nothing.
    if (!is_at_end && (!is_top_word || !is_indented_body())) {
      return;
    }
    const Lexeme unclosed = suspect_.value_or(open_.back().opener);
    const Span at = end_of_before();
    std::string missing;
    const bool is_opened_by_repair =
        std::any_of(open_.begin(), open_.end(), [](const Bracket& bracket) { return bracket.opener.is_inserted; });
    while (!open_.empty()) {
      missing += "\n}";
      insert(closer_type(open_.back().opener.type));
      open_.pop_back();
    }
    suspect_.reset();
    if (is_opened_by_repair || (is_at_end && is_excused())) {
      return;
    }
    Message& message = mistake(at, is_at_end ? std::string("`}` is missing at the end of the file")
                                             : fmt::format("`}}` is missing before `{}`", lexemes_.text_of(lexeme)));
    message.label(lexemes_.span_of(unclosed), "this `{` is not closed");
    if (missing.size() == 2) {
      message.help("write `}` on a line of its own", Edit{at, missing});
    }
  }

  // `model A:` or `model A` with its body on the next lines: the brace is put in, and another where the body ends.
  bool brace_of_header(bool is_head) {
    const std::size_t type = current().type;
    const bool is_colon = type == Token::COLON && !is_within_parentheses();
    if (header_ && !is_within_parentheses() && (is_head || is_colon || type == Token::EOF || type == Token::RBRACE)) {
      const bool is_whole = out_.back().begin > header_->begin;
      const Span place = is_colon ? lexemes_.span_of(current()) : end_of_before();
      if (is_whole && (is_colon || is_head)) {
        Message& message = mistake(place, fmt::format("`{{` is missing after `{}`", before_text()));
        message.help(fmt::format("the body of a `{}` stands in braces: `{{ … }}`", lexemes_.text_of(*header_)));
        insert(Token::LBRACE);
        open_.push_back({.opener = out_.back(), .indentation = header_->column});
        open_.back().opener.is_inserted = true;
      }
      header_.reset();
      if (is_whole && is_colon) {
        return true;
      }
    }
    if (type == Token::LBRACE && !is_within_parentheses()) {
      header_.reset();
    }
    const std::size_t next = items_[std::min(place_ + 1, items_.size() - 1)].type;
    const bool has_body = type == Token::KW_MODEL || type == Token::KW_BLOCK ||
                          (type == Token::KW_TRAIN && next == Token::LBRACE) ||
                          (type == Token::KW_TEST && next == Token::STRING);
    if (is_head && has_body) {
      header_ = current();
    }
    return false;
  }

  [[nodiscard]] bool is_indented_body() const {
    const Lexeme& opener = open_.front().opener;
    const auto inside = std::find_if(items_.begin(), items_.end(), [&](const Lexeme& lexeme) {
      return lexeme.begin > opener.begin && lexeme.first_on_line;
    });
    return inside != items_.end() && inside->column > 0;
  }

  /// Handles an opening or closing bracket; false when the token is left out.
  bool keep_bracket() {
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

  bool close(Lexeme& lexeme) {
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

  void close_brace(const Lexeme& lexeme) {
    if (lexeme.first_on_line && lexeme.column < open_.back().indentation && !suspect_) {
      suspect_ = open_.back().opener;
    }
    if (open_.size() == 1) {
      last_model_end_ = lexeme;
      suspect_.reset();
    }
  }

  /// Whether `closer` closes a bracket further out, not beyond the body.
  [[nodiscard]] bool matches_outer(std::size_t closer) const {
    for (auto bracket = open_.rbegin(); bracket != open_.rend() && bracket->opener.type != Token::LBRACE; ++bracket) {
      if (closer_type(bracket->opener.type) == closer) {
        return true;
      }
    }
    return false;
  }

  void close_inner(const Lexeme& lexeme) {
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

  void mismatched(Lexeme& lexeme) {
    const Lexeme& opener = open_.back().opener;
    const std::string_view meant = closer_text(opener.type);
    mistake(lexemes_.span_of(lexeme),
            fmt::format("`{}` closes a `{}`", lexemes_.text_of(lexeme), lexemes_.text_of(opener)))
        .label(lexemes_.span_of(opener), fmt::format("`{}` would close this", meant))
        .help(fmt::format("write `{}`", meant), Edit{lexemes_.span_of(lexeme), std::string(meant)});
    lexeme.type = closer_type(opener.type);
  }

  void superfluous(const Lexeme& lexeme) {
    const Span span = lexemes_.span_of(lexeme);
    Message& message = mistake(span, fmt::format("this `{}` closes nothing", lexemes_.text_of(lexeme)));
    if (lexeme.type == Token::RBRACE && last_model_end_) {
      message.label(lexemes_.span_of(*last_model_end_), "everything is closed already here");
    }
    message.help("remove it", Edit{span, ""});
  }

  // A `}` behind other tokens of its line that ends a whole model, though the next line is indented as if the model
  // went on, in a file with more `}` than `{`: that is the one too many, not the last of the file.
  void find_early_brace() {
    std::size_t depth = 0;
    std::optional<std::size_t> candidate;
    std::uint32_t indentation = 0;
    for (std::size_t index = 0; index + 1 < items_.size(); ++index) {
      const Lexeme& lexeme = items_[index];
      if (lexeme.first_on_line && depth == 0) {
        indentation = lexeme.column;
      }
      if (lexeme.type == Token::LBRACE) {
        ++depth;
      } else if (lexeme.type == Token::RBRACE && depth > 0) {
        --depth;
        const Lexeme& next = items_[index + 1];
        if (depth == 0 && !lexeme.first_on_line && next.first_on_line && next.column > indentation && !candidate) {
          candidate = index;
        }
      } else if (lexeme.type == Token::RBRACE && candidate) {
        early_brace_ = candidate;
        const Span span = lexemes_.span_of(items_[*candidate]);
        mistake(span, "a `}` too many: it ends the body in the middle")
            .label(lexemes_.span_of(lexeme), "so this `}` closes nothing")
            .help("remove it", Edit{span, ""});
        return;
      }
    }
  }

  void count_braces_due() {
    const std::size_t type = current().type;
    const bool is_due =
        type == Token::KW_REPEAT || type == Token::KW_ELSE || (type == Token::KW_IF && type_before() != Token::KW_ELSE);
    if (is_due && !open_.empty()) {
      ++open_.back().braces_due;
    }
  }

  // ---- operands ----

  // `input` or `return` alone on its line.
  void lonely_word(bool is_head) {
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

  /// True when the current token is left out.
  bool missing_operand(bool is_head) {
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

  void soft_word_in_expression(bool is_head) {
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

  void missing_comma(bool is_head) {
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
};

}  // namespace

void repair_structure(Lexemes& lexemes, Report& report) {
  StructureRepair(lexemes, report).run();
}

}  // namespace kdlc::syntax
