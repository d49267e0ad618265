// Mends words: misspelt and foreign declaration words, shapes in parentheses, reserved words used as names.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"
#include "syntax/repair.hpp"

namespace kdlc::syntax {

namespace {

struct DeclarationWord {
  std::string_view text;
  std::size_t type;
};
constexpr std::array kDeclarationWords{
    DeclarationWord{"input", Token::KW_INPUT},   DeclarationWord{"output", Token::KW_OUTPUT},
    DeclarationWord{"layer", Token::KW_LAYER},   DeclarationWord{"param", Token::KW_PARAM},
    DeclarationWord{"import", Token::KW_IMPORT}, DeclarationWord{"model", Token::KW_MODEL},
    DeclarationWord{"block", Token::KW_BLOCK},   DeclarationWord{"fn", Token::KW_FN},
    DeclarationWord{"const", Token::KW_CONST},   DeclarationWord{"require", Token::KW_REQUIRE},
    DeclarationWord{"return", Token::KW_RETURN}, DeclarationWord{"expect", Token::KW_EXPECT},
    DeclarationWord{"dim", Token::KW_DIM},       DeclarationWord{"weights", Token::KW_WEIGHTS},
    DeclarationWord{"train", Token::KW_TRAIN},   DeclarationWord{"target", Token::KW_TARGET},
    DeclarationWord{"loss", Token::KW_LOSS},     DeclarationWord{"optimizer", Token::KW_OPTIMIZER},
    DeclarationWord{"metric", Token::KW_METRIC}, DeclarationWord{"test", Token::KW_TEST},
    DeclarationWord{"kdl", Token::KW_KDL},
};

/// Words with which other languages begin the same thing.
constexpr std::array kForeignWords{
    DeclarationWord{"def", Token::KW_BLOCK},      DeclarationWord{"function", Token::KW_BLOCK},
    DeclarationWord{"func", Token::KW_BLOCK},     DeclarationWord{"fun", Token::KW_BLOCK},
    DeclarationWord{"class", Token::KW_MODEL},    DeclarationWord{"network", Token::KW_MODEL},
    DeclarationWord{"net", Token::KW_MODEL},      DeclarationWord{"graph", Token::KW_MODEL},
    DeclarationWord{"module", Token::KW_MODEL},   DeclarationWord{"struct", Token::KW_BLOCK},
    DeclarationWord{"weight", Token::KW_PARAM},   DeclarationWord{"parameter", Token::KW_PARAM},
    DeclarationWord{"variable", Token::KW_PARAM}, DeclarationWord{"constant", Token::KW_CONST},
    DeclarationWord{"include", Token::KW_IMPORT}, DeclarationWord{"assert", Token::KW_REQUIRE},
};

constexpr std::array<std::string_view, 10> kElementTypes{"f16", "bf16", "f32", "f64", "i8",
                                                         "i16", "i32",  "i64", "u8",  "bool"};

std::string_view word_of(std::size_t type) {
  const auto* found = std::find_if(kDeclarationWords.begin(), kDeclarationWords.end(),
                                   [type](const DeclarationWord& word) { return word.type == type; });
  return found == kDeclarationWords.end() ? std::string_view() : found->text;
}

bool takes_a_name(std::size_t type) {
  switch (type) {
    case Token::KW_INPUT:
    case Token::KW_OUTPUT:
    case Token::KW_LAYER:
    case Token::KW_PARAM:
    case Token::KW_MODEL:
    case Token::KW_BLOCK:
    case Token::KW_FN:
    case Token::KW_CONST:
      return true;
    default:
      return false;
  }
}

class WordRepair {
public:
  WordRepair(Lexemes& lexemes, Report& report) : lexemes_(lexemes), items_(lexemes.items), report_(report) {}

  void run() {
    std::vector<Lexeme> result;
    result.reserve(items_.size());
    std::size_t open = 0;  // parentheses and brackets
    for (place_ = 0; place_ + 1 < items_.size(); ++place_) {
      Lexeme& lexeme = items_[place_];
      const std::size_t type = lexeme.type;
      if (type == Token::LPAREN || type == Token::LBRACK) {
        ++open;
      } else if (type == Token::LBRACE || type == Token::RBRACE || is_hard_declaration_head()) {
        open = 0;
      } else if ((type == Token::RPAREN || type == Token::RBRACK) && open > 0) {
        --open;
      }
      if (is_reserved_word(type)) {
        reserved_word_as_name(open > 0);
      } else if (type == Token::IDENT && elif (result)) {
        continue;
      } else if (type == Token::IDENT && open == 0 && lexeme.first_on_line) {
        if (first_word(result)) {
          continue;
        }
      } else if (type == Token::IDENT) {
        shape_in_parentheses();
      }
      result.push_back(lexeme);
    }
    result.push_back(items_.back());
    items_ = std::move(result);
  }

private:
  Lexemes& lexemes_;
  std::vector<Lexeme>& items_;
  Report& report_;
  std::size_t place_ = 0;
  std::map<std::string_view, Message*> reserved_names_;  // reserved words that the file uses as names

  [[nodiscard]] std::size_t type_at(std::size_t index) const { return items_[std::min(index, items_.size() - 1)].type; }
  [[nodiscard]] std::size_t type_before() const {
    return place_ == 0 ? std::size_t{Token::SEMI} : items_[place_ - 1].type;
  }
  [[nodiscard]] bool is_on_line_with_next() const { return items_[place_ + 1].line == items_[place_].line; }
  [[nodiscard]] std::string_view text() const { return lexemes_.text_of(items_[place_]); }
  [[nodiscard]] Span span() const { return lexemes_.span_of(items_[place_]); }

  [[nodiscard]] bool is_hard_declaration_head() const {
    return items_[place_].first_on_line && is_hard_declaration_word(items_[place_].type);
  }

  /// True when the word is dealt with and must not be pushed.
  bool first_word(std::vector<Lexeme>& result) {
    const std::size_t next = type_at(place_ + 1);
    if (!is_on_line_with_next() || needs_more(type_before())) {
      return false;
    }
    if (next == Token::LBRACE && type_before() != Token::KW_IF && type_before() != Token::KW_REPEAT) {
      misspelt(next);
      return false;
    }
    const bool begins_declaration = is_name(next) || next == Token::STRING || (next == Token::INT && place_ == 0);
    if (!begins_declaration || misspelt(next) || foreign(next)) {
      return false;
    }
    if (is_name(next)) {
      return useless_word(next) || missing_assignment(result);
    }
    return false;
  }

  /// After such a token the expression or list goes on.
  static bool needs_more(std::size_t type) {
    switch (type) {
      case Token::RBRACE:
      case Token::LBRACE:
      case Token::SEMI:
        return false;
      default:
        return !ends_operand(type);
    }
  }

  bool misspelt(std::size_t next) {
    std::vector<std::string> candidates;
    for (const DeclarationWord& word : kDeclarationWords) {
      if (fits(word.type, next)) {
        candidates.emplace_back(word.text);
      }
    }
    const std::optional<std::string> nearest = nearest_name(text(), candidates);
    if (!nearest) {
      return false;
    }
    const auto* meant = std::find_if(kDeclarationWords.begin(), kDeclarationWords.end(),
                                     [&](const DeclarationWord& word) { return word.text == *nearest; });
    report_.add(span(), diag::SyntaxMistake, fmt::format("unknown word `{}`; did you mean `{}`?", text(), *nearest))
        .help(fmt::format("write `{}`", *nearest), Edit{span(), *nearest});
    items_[place_].type = meant->type;
    return true;
  }

  /// Whether a declaration word may stand before the token that follows, as far as two tokens tell.
  [[nodiscard]] bool fits(std::size_t word, std::size_t next) const {
    const std::size_t second = type_at(place_ + 2);
    switch (next) {
      case Token::LBRACE:
        return word == Token::KW_TRAIN;
      case Token::STRING:
        return word == Token::KW_IMPORT || word == Token::KW_WEIGHTS || word == Token::KW_TEST;
      case Token::INT:
        return word == Token::KW_KDL;
      default:
        break;
    }
    switch (second) {
      case Token::COLON:
        return word == Token::KW_INPUT || word == Token::KW_OUTPUT || word == Token::KW_PARAM ||
               word == Token::KW_CONST || word == Token::KW_TARGET;
      case Token::LBRACE:
        return word == Token::KW_MODEL || word == Token::KW_RETURN;
      case Token::LE:
        return word == Token::KW_DIM || word == Token::KW_REQUIRE || word == Token::KW_EXPECT;
      case Token::ASSIGN:
        return word == Token::KW_OUTPUT || word == Token::KW_CONST || word == Token::KW_LAYER ||
               word == Token::KW_LOSS || word == Token::KW_METRIC;
      default:
        return word != Token::KW_TRAIN && word != Token::KW_TEST && word != Token::KW_IMPORT && word != Token::KW_KDL &&
               word != Token::KW_INPUT && word != Token::KW_PARAM;
    }
  }

  bool foreign(std::size_t next) {
    const auto* found = std::find_if(kForeignWords.begin(), kForeignWords.end(),
                                     [this](const DeclarationWord& word) { return word.text == text(); });
    if (found == kForeignWords.end() || (next == Token::STRING) != (found->type == Token::KW_IMPORT)) {
      return false;
    }
    std::size_t type = found->type;
    if (type == Token::KW_BLOCK && is_formula()) {
      type = Token::KW_FN;
    }
    const std::string_view meant = word_of(type);
    Message& message = report_.add(span(), diag::SyntaxMistake, fmt::format("unknown word `{}`", text()));
    message.help(fmt::format("write `{}`", meant), Edit{span(), std::string(meant)});
    if (type == Token::KW_BLOCK) {
      message.note("a piece of several layers is a `block`; a formula, `fn f(x) = …`, is an `fn`");
    }
    items_[place_].type = type;
    return true;
  }

  /// `def f(x) = …` rather than `def f(x) { … }`.
  [[nodiscard]] bool is_formula() const {
    std::size_t index = place_ + 1;
    while (index + 1 < items_.size() && type_at(index) != Token::RPAREN && type_at(index) != Token::LBRACE) {
      ++index;
    }
    return type_at(index + 1) == Token::ASSIGN;
  }

  // `let x = …`, `auto x = …`
  bool useless_word(std::size_t /*next*/) {
    static constexpr std::array<std::string_view, 6> kWords{"let", "var", "val", "auto", "set", "local"};
    const std::size_t second = type_at(place_ + 2);
    const bool binds = second == Token::ASSIGN || second == Token::COLON || second == Token::COMMA;
    if (!binds || std::find(kWords.begin(), kWords.end(), text()) == kWords.end()) {
      return false;
    }
    const Span removed{lexemes_.source, items_[place_].begin, items_[place_ + 1].begin};
    report_.add(span(), diag::SyntaxMistake, fmt::format("a value is named without `{}`", text()))
        .help("write only the name", Edit{removed, ""});
    items_[place_ + 1].first_on_line = true;
    return true;
  }

  // `x image -> dense(10)`
  bool missing_assignment(std::vector<Lexeme>& result) {
    const std::size_t second = type_at(place_ + 2);
    const bool is_expression = second == Token::ARROW || second == Token::LPAREN || second == Token::PLUS ||
                               second == Token::STAR || second == Token::MATMUL || second == Token::SLASH;
    if (!is_expression || is_repeat_of_foreign_language()) {
      return false;
    }
    const Lexeme& name = items_[place_];
    report_
        .add({lexemes_.source, name.end, items_[place_ + 1].begin}, diag::SyntaxMistake,
             fmt::format("`=` is missing after `{}`", text()))
        .help("write `=`", Edit{{lexemes_.source, name.end, name.end}, " ="});
    result.push_back(name);
    result.push_back({.type = Token::ASSIGN,
                      .begin = name.end,
                      .end = name.end,
                      .line = name.line,
                      .column = name.column,
                      .is_inserted = true});
    return true;
  }

  [[nodiscard]] bool is_repeat_of_foreign_language() const {
    return text() == "for" || text() == "while" || text() == "from";
  }

  // `} elif c {`
  bool elif (std::vector<Lexeme>& result) {
    if ((text() != "elif" && text() != "elseif" && text() != "elsif") || type_before() != Token::RBRACE) {
      return false;
    }
    report_.add(span(), diag::SyntaxMistake, fmt::format("unknown word `{}`", text()))
        .help("write `else if`", Edit{span(), "else if"});
    Lexeme lexeme = items_[place_];
    lexeme.type = Token::KW_ELSE;
    result.push_back(lexeme);
    lexeme.type = Token::KW_IF;
    lexeme.first_on_line = false;
    result.push_back(lexeme);
    return true;
  }

  // `x: f32(N, 4)`
  void shape_in_parentheses() {
    const bool is_type = type_before() == Token::COLON && type_at(place_ + 1) == Token::LPAREN &&
                         std::find(kElementTypes.begin(), kElementTypes.end(), text()) != kElementTypes.end();
    if (!is_type) {
      return;
    }
    std::size_t close = place_ + 2;
    std::size_t depth = 1;
    for (; close + 1 < items_.size(); ++close) {
      if (type_at(close) == Token::LPAREN) {
        ++depth;
      } else if (type_at(close) == Token::RPAREN && --depth == 0) {
        break;
      }
    }
    if (depth != 0) {
      return;
    }
    Lexeme& opener = items_[place_ + 1];
    Lexeme& closer = items_[close];
    Message& message = report_.add({lexemes_.source, opener.begin, closer.end}, diag::SyntaxMistake,
                                   "a shape stands in square brackets");
    message.help(fmt::format("write `{}[…]`", text()), Edit{lexemes_.span_of(opener), "["});
    message.helps.back().edits.push_back({lexemes_.span_of(closer), "]"});
    opener.type = Token::LBRACK;
    closer.type = Token::RBRACK;
  }

  void reserved_word_as_name(bool in_brackets) {
    Lexeme& lexeme = items_[place_];
    const std::size_t before = type_before();
    const std::size_t next = type_at(place_ + 1);
    const bool follows_on_line = place_ > 0 && !lexeme.first_on_line;
    const bool is_operator_word = lexeme.type == Token::KW_NOT || lexeme.type == Token::KW_IF ||
                                  lexeme.type == Token::KW_TRUE || lexeme.type == Token::KW_FALSE;
    bool is_name_here = false;
    if (lexeme.first_on_line && next == Token::ASSIGN && !in_brackets) {
      is_name_here = true;  // `layer = …`
    } else if (follows_on_line && (takes_a_name(before) || before == Token::KW_AS) && before != Token::KW_RETURN) {
      // `input input: …`, `as in`; but `x: fn = …` is a type
      const std::size_t before_that = place_ > 1 ? items_[place_ - 2].type : std::size_t{Token::SEMI};
      const bool is_type = (before == Token::KW_FN || before == Token::KW_BLOCK) &&
                           (before_that == Token::COLON || before_that == Token::ARROW || before_that == Token::COMMA);
      is_name_here = !is_type;
    } else if (before == Token::KW_REPEAT && next == Token::KW_IN) {
      is_name_here = true;
    } else if (in_brackets && !is_operator_word && (before == Token::LPAREN || before == Token::COMMA) &&
               next == Token::COLON) {
      is_name_here = true;  // `dense(4, in: 3)`
    } else if (follows_on_line && !is_operator_word && is_operand_place(before)) {
      // `layer l = repeat …` begins with a stage as well.
      const bool is_stage = before == Token::ARROW || (before == Token::ASSIGN && lexeme.type == Token::KW_REPEAT);
      const bool is_word_of_stage =
          lexeme.type == Token::KW_REPEAT || lexeme.type == Token::KW_FN || lexeme.type == Token::KW_BLOCK;
      const bool ends_here = next == Token::ARROW || next == Token::COMMA || next == Token::RPAREN ||
                             next == Token::RBRACK || next == Token::LBRACK || next == Token::DOT ||
                             !is_on_line_with_next() ||
                             (!is_stage && next >= Token::EQ && next <= Token::CARET && next != Token::COLON);
      const bool is_type = !in_brackets && (lexeme.type == Token::KW_FN || lexeme.type == Token::KW_BLOCK);
      is_name_here = ends_here && !(is_stage && is_word_of_stage) && !is_type;
    }
    if (is_name_here) {
      report_reserved(lexeme);
      lexeme.type = Token::IDENT;
    }
  }

  static bool is_operand_place(std::size_t before) {
    switch (before) {
      case Token::ASSIGN:
      case Token::ARROW:
      case Token::LPAREN:
      case Token::LBRACK:
      case Token::COMMA:
      case Token::PLUS:
      case Token::MINUS:
      case Token::STAR:
      case Token::SLASH:
      case Token::MATMUL:
      case Token::CARET:
        return true;
      default:
        return false;
    }
  }

  // One message for a word: the first place is the mistake, the edits mend all of them.
  void report_reserved(const Lexeme& lexeme) {
    const std::string_view word = lexemes_.text_of(lexeme);
    Message*& message = reserved_names_[word];
    const std::string other = std::string(word) + "_";
    if (message == nullptr) {
      message = &report_.add(lexemes_.span_of(lexeme), diag::ReservedWord, std::string(word));
      message->help(fmt::format("choose another name, such as `{}`", other));
    }
    message->helps.front().edits.push_back({lexemes_.span_of(lexeme), other});
  }
};

}  // namespace

void repair_words(Lexemes& lexemes, Report& report) {
  WordRepair(lexemes, report).run();
}

}  // namespace kdlc::syntax
