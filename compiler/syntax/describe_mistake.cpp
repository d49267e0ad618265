// The words for a mistake that the parser, not the repair, came upon.
#include "syntax/error_strategy.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

#include "KdlParser.h"

namespace kdlc::syntax {

namespace {

using Grammar = kdlc_grammar::KdlParser;

class MistakeWords {
public:
  MistakeWords(const Lexemes& lexemes, const Failure& failure, Report& report)
      : lexemes_(lexemes),
        failure_(failure),
        report_(report),
        offending_(lexemes.items[failure.offending]),
        before_(lexemes.items[failure.offending == 0 ? 0 : failure.offending - 1]),
        first_(lexemes.items[failure.decl_begin]) {}

  void report() {
    if (is_list_of_declarations()) {
      no_declaration();
    } else if (!unnamed_value() && !reserved_word() && !settings_of_other_languages() && !stray_word() &&
               !one_expected()) {
      general();
    }
  }

private:
  const Lexemes& lexemes_;
  const Failure& failure_;
  Report& report_;
  const Lexeme& offending_;
  const Lexeme& before_;
  const Lexeme& first_;  // of the declaration

  [[nodiscard]] bool is_list_of_declarations() const {
    return failure_.expected.empty() &&
           (failure_.rule == Grammar::RuleBody || failure_.rule == Grammar::RuleSourceFile);
  }
  [[nodiscard]] bool expects(std::size_t type) const {
    return std::find(failure_.expected.begin(), failure_.expected.end(), type) != failure_.expected.end();
  }
  [[nodiscard]] bool expects_value() const { return expects(Token::INT) && expects(Token::LPAREN); }
  [[nodiscard]] bool expects_name() const { return expects(Token::IDENT) && !expects(Token::INT); }
  [[nodiscard]] bool is_first_in_declaration() const { return failure_.offending == failure_.decl_begin; }
  [[nodiscard]] bool is_moved() const {
    return failure_.offending > 0 && (offending_.first_on_line || offending_.type == Token::EOF);
  }

  [[nodiscard]] std::string quoted(const Lexeme& lexeme) const {
    if (lexeme.type == Token::EOF) {
      return "the end of the file";
    }
    return lexeme.type == Token::STRING ? std::string(lexemes_.text_of(lexeme))
                                        : fmt::format("`{}`", lexemes_.text_of(lexeme));
  }
  [[nodiscard]] Span place() const { return lexemes_.span_of(offending_); }
  [[nodiscard]] Span after_before() const { return {lexemes_.source, before_.end, before_.end}; }
  /// A mistake at the end of a line is noticed on the next: it belongs to the end of the line.
  [[nodiscard]] Span gap() const {
    if (is_moved()) {
      return after_before();
    }
    return offending_.begin > before_.end ? Span{lexemes_.source, before_.end, offending_.begin} : after_before();
  }

  Message& mistake(const Span& span, std::string text) {
    return report_.add(span, diag::SyntaxMistake, std::move(text));
  }

  // `x -> dense(3) + y`, `0 < x < 1`
  bool operator_after_value() {
    const bool compares = offending_.type >= Token::EQ && offending_.type <= Token::GT;
    const bool calculates = (offending_.type >= Token::PLUS && offending_.type <= Token::CARET) ||
                            offending_.type == Token::KW_AND || offending_.type == Token::KW_OR;
    if ((!compares && !calculates) || failure_.offending == 0 || !ends_operand(before_.type)) {
      return false;
    }
    // Back over the declaration, outside brackets, to the beginning of the value.
    std::size_t depth = 0;
    bool is_chain = false;
    for (std::size_t index = failure_.offending; index-- > 0;) {
      const Lexeme& lexeme = lexemes_.items[index];
      if (lexeme.type == Token::RPAREN || lexeme.type == Token::RBRACK || lexeme.type == Token::RBRACE) {
        ++depth;
      } else if (lexeme.type == Token::LPAREN || lexeme.type == Token::LBRACK || lexeme.type == Token::LBRACE) {
        if (depth == 0) {
          break;
        }
        --depth;
      } else if (depth == 0 && lexeme.type == Token::ARROW) {
        is_chain = true;
      } else if (depth == 0 && (lexeme.type == Token::ASSIGN || is_hard_declaration_word(lexeme.type))) {
        if (is_chain) {
          const std::uint32_t begin = lexemes_.items[index + 1].begin;
          Message& message = mistake(place(), fmt::format("{} cannot follow a stage of a chain", quoted(offending_)));
          message.help("put the chain in parentheses, or give it a name first",
                       Edit{{lexemes_.source, begin, begin}, "("});
          message.helps.back().edits.push_back({after_before(), ")"});
          return true;
        }
        break;
      }
    }
    if (compares) {
      mistake(place(), "comparisons cannot be chained").help("write `a < b and b < c`");
    }
    return compares;
  }

  // `as block1/fc`, `as block1.fc`: names of other frameworks
  bool name_of_several_words() {
    const std::size_t offending = failure_.offending;
    if (offending < 2 || lexemes_.items[offending - 2].type != Token::KW_AS) {
      return false;
    }
    const auto joins = [](std::size_t type) {
      return type == Token::SLASH || type == Token::DOT || type == Token::COLON || type == Token::MINUS;
    };
    std::string joined(lexemes_.text_of(before_));
    std::uint32_t end = before_.end;
    for (std::size_t index = offending; index + 1 < lexemes_.items.size(); index += 2) {
      const Lexeme& joint = lexemes_.items[index];
      const Lexeme& word = lexemes_.items[index + 1];
      const bool is_word = is_name(word.type) || word.type == Token::INT;
      if (!joins(joint.type) || !is_word || joint.begin != end || word.begin != joint.end) {
        break;
      }
      joined += "_" + std::string(lexemes_.text_of(word));
      end = word.end;
    }
    if (end == before_.end) {
      return false;
    }
    const Span whole{lexemes_.source, before_.begin, end};
    mistake(whole, "the name behind `as` is one word").help(fmt::format("write `{}`", joined), Edit{whole, joined});
    return true;
  }

  void no_declaration() {
    if (name_of_several_words() || operator_after_value()) {
      return;
    }
    Message& message = mistake(place(), fmt::format("a declaration cannot begin with {}", quoted(offending_)));
    if (offending_.type == Token::ARROW && failure_.offending > 0) {
      message.label(after_before(), "nothing here that a chain could go on from");
    } else if (starts_operand(offending_.type) || offending_.type == Token::LPAREN ||
               offending_.type == Token::LBRACK) {
      message.help("a value needs a name: `h = …`");
    } else if (offending_.type == Token::KW_REPEAT || offending_.type == Token::KW_IF) {
      message.help(
          fmt::format("`{}` is part of an expression: `h = x -> repeat 3 {{ … }}`, `h = if c {{ a }} else {{ b }}`",
                      lexemes_.text_of(offending_)));
    }
  }

  // `image -> dense(10)`, `dense(10)`, on a line of its own
  bool unnamed_value() {
    const bool is_second = failure_.offending == failure_.decl_begin + 1;
    const bool is_bind = failure_.rule == Grammar::RuleBindDecl || failure_.rule == Grammar::RuleBindTarget ||
                         failure_.rule == Grammar::RuleDecl;
    if (!is_second || !is_bind || !is_name(first_.type)) {
      return false;
    }
    if (is_soft_word(first_.type)) {
      return soft_declaration();
    }
    const std::string_view word = lexemes_.text_of(first_);
    const Span first = lexemes_.span_of(first_);
    if (word == "for" || word == "while") {
      mistake(first, fmt::format("there is no `{}`", word))
          .help("several layers of one kind: `h = x -> repeat 3 { … }`");
      return true;
    }
    if (word == "from") {
      mistake(first, "there is no `from`").help("blocks of another file: `import \"blocks.kdl\" as blocks`");
      return true;
    }
    const bool continues = offending_.type == Token::ARROW || offending_.type == Token::LPAREN ||
                           offending_.type == Token::DOT || offending_.type == Token::LBRACK ||
                           (offending_.type >= Token::PLUS && offending_.type <= Token::CARET);
    if (continues && !is_moved()) {
      mistake(first, "this value has no name, so nothing can use it")
          .help("give it a name, or make it an output", Edit{{first.source, first.begin, first.begin}, "h = "});
      return true;
    }
    if (is_moved() || is_name(offending_.type) || offending_.type == Token::LBRACE ||
        offending_.type == Token::STRING) {
      mistake(first, fmt::format("`{}` begins no declaration", word))
          .help("a body holds lines such as `input x: f32[N, 4]`, `h = x -> dense(8)` and `output y = h`");
      return true;
    }
    return false;
  }

  // `test { … }`, `train adam(…)`: a soft word that opens a declaration of another form.
  bool soft_declaration() {
    static constexpr std::array<std::string_view, 9> kForms{
        "kdl 1` on the first line",      "dim T <= 512`",
        "weights \"file.safetensors\"`", "train { … }`",
        "target label: i32[N]`",         "loss mse(y, label)`",
        "optimizer adam(lr: 1e-3)`",     "metric accuracy(y, label)`",
        "test \"what must hold\" { … }`"};
    const std::string_view form = kForms.at(first_.type - Token::KW_KDL);
    mistake(is_moved() ? lexemes_.span_of(first_) : place(),
            is_moved() ? fmt::format("nothing follows `{}`", lexemes_.text_of(first_))
                       : fmt::format("{} cannot stand after `{}`", quoted(offending_), lexemes_.text_of(first_)))
        .help(fmt::format("it is written `{}", form));
    return true;
  }

  bool reserved_word() {
    if (!is_reserved_word(offending_.type) || is_moved() || !(expects_name() || expects_value())) {
      return false;
    }
    report_.add(place(), diag::ReservedWord, std::string(lexemes_.text_of(offending_)))
        .help(fmt::format("choose another name, such as `{}_`", lexemes_.text_of(offending_)));
    return true;
  }

  // What stands behind a complete value and cannot.
  bool stray_word() {
    if (!ends_operand(before_.type) || is_moved()) {
      return false;
    }
    if (offending_.type == Token::KW_AS) {
      report_.add(place(), diag::StrayAs).help("`as` names the weights of a layer, which stands after `->`");
      return true;
    }
    if (offending_.type == Token::ASSIGN && !one_expected_type()) {
      mistake(place(), "`=` cannot stand in an expression").help("`==` compares; `:` gives a setting its value");
      return true;
    }
    if (offending_.type == Token::COLON && expects(Token::ARROW)) {
      mistake(place(), "`:` cannot stand here").help("bodies and branches stand in braces: `{ … }`");
      return true;
    }
    const bool compares = offending_.type >= Token::EQ && offending_.type <= Token::GT;
    if (compares && !one_expected_type()) {
      mistake(place(), "comparisons cannot be chained").help("write `a < b and b < c`");
      return true;
    }
    return false;
  }

  // `import numpy as np`, `return` without a value, `train adam`, …
  bool settings_of_other_languages() {
    if (first_.type == Token::KW_IMPORT && failure_.offending == failure_.decl_begin + 1 && is_name(offending_.type)) {
      mistake(place(), "`import` takes the name of a file, between double quotes")
          .help("`import \"blocks.kdl\" as blocks`; the layers of the language need no import");
      return true;
    }
    if (failure_.rule == Grammar::RuleTypeSpec || expects_type()) {
      mistake(is_moved() ? after_before() : place(),
              fmt::format("a type is expected after `{}`", lexemes_.text_of(before_)))
          .help("`f32[N, 28, 28, 1]` for a tensor; `int`, `float`, `bool`, `str` or `fn` for a setting");
      return true;
    }
    return false;
  }

  [[nodiscard]] bool expects_type() const {
    return expects(Token::IDENT) && expects(Token::KW_FN) && expects(Token::KW_BLOCK) && !expects(Token::KW_INPUT);
  }

  [[nodiscard]] std::optional<std::size_t> one_expected_type() const {
    return failure_.expected.size() == 1 ? std::optional(failure_.expected.front()) : std::nullopt;
  }

  // One token would do, or an opening brace among operators that could go on: that is what is missing.
  bool one_expected() {
    if (failure_.rule == Grammar::RuleWeightsDecl && before_.type != Token::KW_WEIGHTS) {
      mistake(place(), fmt::format("{} cannot stand here", quoted(offending_)))
          .help("a rename is a pair of texts: `\"conv1\": \"key.in.the.file\"`");
      return true;
    }
    const bool lacks_in = failure_.offending > 1 && lexemes_.items[failure_.offending - 2].type == Token::KW_REPEAT &&
                          is_name(before_.type) && offending_.type == Token::INT;
    if (lacks_in) {
      mistake(gap(), fmt::format("`in` is missing after `{}`", lexemes_.text_of(before_)))
          .help("write `in`", Edit{after_before(), " in"});
      return true;
    }
    std::optional<std::size_t> type = one_expected_type();
    if (!type && ends_operand(before_.type) && expects(Token::LBRACE)) {
      type = Token::LBRACE;
    }
    if (!type && failure_.rule == Grammar::RuleBlockDecl && expects(Token::LBRACE)) {
      type = Token::LBRACE;
    }
    if (!type) {
      return false;
    }
    const std::string text = spelling(*type);
    if (*type == Token::STRING) {
      mistake(gap(), fmt::format("a text between double quotes is expected after {}", quoted(before_)));
      return true;
    }
    if (text.empty()) {
      return false;
    }
    if (*type == Token::COLON && offending_.type == Token::ASSIGN) {
      mistake(place(), "`:` is expected here, not `=`").help("write `:`", Edit{place(), ":"});
      return true;
    }
    Message& message = mistake(gap(), fmt::format("`{}` is missing after {}", text, quoted(before_)));
    explain_missing(message, *type, text);
    return true;
  }

  void explain_missing(Message& message, std::size_t type, const std::string& text) {
    const std::string_view word = lexemes_.text_of(first_);
    if (type == Token::COLON) {
      message.help(first_.type == Token::KW_INPUT || first_.type == Token::KW_PARAM || first_.type == Token::KW_TARGET
                       ? fmt::format("the type of `{}` follows a colon", lexemes_.text_of(before_))
                       : std::string("write `:`"));
      if (!is_moved()) {
        message.helps.back().edits.push_back({after_before(), ":"});
      }
      return;
    }
    if (type == Token::ASSIGN && first_.type == Token::KW_FN) {
      message.help(fmt::format("a `fn` is one formula: `fn {}(x) = …`; several steps make a `block`",
                               lexemes_.text_of(lexemes_.items[failure_.decl_begin + 1])));
      return;
    }
    if (type == Token::LBRACE && (first_.type == Token::KW_MODEL || first_.type == Token::KW_BLOCK)) {
      message.help(fmt::format("the body of a `{}` stands in braces", word));
    } else if (type == Token::LBRACE) {
      message.help("what is repeated or chosen stands in braces: `repeat 3 { dense(8) }`, `if c { a } else { b }`");
    } else if (type == Token::LPAREN) {
      message.help(fmt::format("a `{}` lists its inputs and settings: `{} {}(x, size: int)`", word, word,
                               lexemes_.text_of(before_)));
    } else if (!is_moved()) {
      message.help(fmt::format("write `{}`", text), Edit{after_before(), text});
    }
  }

  void general() {
    if (before_.type == Token::ARROW && !is_moved()) {
      mistake(place(), fmt::format("a layer is expected after `->`, not {}", quoted(offending_)))
          .help("a stage is a layer, block or function: `x -> dense(8) -> relu`");
      return;
    }
    if (expects_name()) {
      mistake(is_moved() ? after_before() : place(),
              is_moved() ? fmt::format("a name is missing after {}", quoted(before_))
                         : fmt::format("a name is expected after {}, not {}", quoted(before_), quoted(offending_)));
      return;
    }
    if (expects_value()) {
      mistake(is_moved() ? after_before() : place(),
              is_moved() ? fmt::format("a value is missing after {}", quoted(before_))
                         : fmt::format("a value is expected after {}, not {}", quoted(before_), quoted(offending_)));
      return;
    }
    if (is_first_in_declaration() || failure_.offending == 0) {
      no_declaration();
      return;
    }
    Message& message = mistake(place(), fmt::format("{} cannot stand after {}", quoted(offending_), quoted(before_)));
    if (offending_.type == Token::EOF || is_moved()) {
      message.label(after_before(), "the declaration before is not complete");
    }
  }
};

}  // namespace

void report_mistake(const Lexemes& lexemes, const Failure& failure, Report& report) {
  MistakeWords(lexemes, failure, report).report();
}

}  // namespace kdlc::syntax
