// Mends spelling within and around single tokens: comments, strings, operators of other languages, numbers.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "syntax/operators.hpp"
#include "syntax/repair.hpp"

namespace kdlc::syntax {

namespace {

/// What other languages, keyboards and word processors write, and what it is here.
struct Slip {
  std::string_view written;
  std::string_view meant;
  std::size_t type;
};

constexpr std::array kSlips{
    Slip{"=>", "->", Token::ARROW}, Slip{"|>", "->", Token::ARROW},    Slip{">>", "->", Token::ARROW},
    Slip{"→", "->", Token::ARROW},  Slip{"⇒", "->", Token::ARROW},     Slip{"&&", "and", Token::KW_AND},
    Slip{"||", "or", Token::KW_OR}, Slip{"**", "^", Token::CARET},     Slip{":=", "=", Token::ASSIGN},
    Slip{"<-", "=", Token::ASSIGN}, Slip{"≤", "<=", Token::LE},        Slip{"≥", ">=", Token::GE},
    Slip{"≠", "!=", Token::NE},     Slip{"≈", "~=", Token::APPROX},    Slip{"−", "-", Token::MINUS},
    Slip{"–", "-", Token::MINUS},   Slip{"×", "*", Token::STAR},       Slip{"·", "*", Token::STAR},
    Slip{"÷", "/", Token::SLASH},   Slip{"…", "...", Token::ELLIPSIS}, Slip{"!", "not", Token::KW_NOT},
    Slip{"=!", "!=", Token::NE},    Slip{"===", "==", Token::EQ},      Slip{"<>", "!=", Token::NE},
};

struct Quotes {
  std::string_view open;
  std::string_view close;
};
constexpr std::array kQuotes{Quotes{"'", "'"}, Quotes{"“", "”"}, Quotes{"”", "”"}, Quotes{"‘", "’"}, Quotes{"«", "»"}};

class TokenRepair {
public:
  TokenRepair(Lexemes& lexemes, Report& report) : lexemes_(lexemes), report_(report) {}

  void run() {
    hash_comments();
    open_comment();
    std::vector<Lexeme> items = std::move(lexemes_.items);
    lexemes_.items.clear();
    lexemes_.items.reserve(items.size());
    for (place_ = 0; place_ < items.size(); ++place_) {
      if (!quoted_text(items) && !slip(items) && !number(items)) {
        single(items[place_]);
      }
    }
    std::sort(lexemes_.wounds.begin(), lexemes_.wounds.end());
  }

private:
  Lexemes& lexemes_;
  Report& report_;
  std::size_t place_ = 0;
  std::uint32_t last_unknown_line_ = 0;

  Message& mistake(const Span& span, std::string text) {
    return report_.add(span, diag::SyntaxMistake, std::move(text));
  }

  void push(Lexeme lexeme, std::size_t type, std::uint32_t end) {
    lexeme.type = type;
    lexeme.end = end;
    lexemes_.items.push_back(lexeme);
  }

  // One message for all: who writes `#` writes it everywhere.
  void hash_comments() {
    Message* message = nullptr;
    for (const Comment& comment : lexemes_.comments) {
      if (!comment.text.starts_with('#')) {
        continue;
      }
      const Span sign{comment.span.source, comment.span.begin, comment.span.begin + 1};
      if (message == nullptr) {
        message = &report_.add(sign, diag::HashComment);
        message->help("comments begin with `//`");
      }
      message->helps.front().edits.push_back({sign, "//"});
    }
  }

  void open_comment() {
    if (lexemes_.has_open_comment) {
      Span begin = lexemes_.comments.back().span;
      begin.end = begin.begin + 2;
      mistake(begin, "this comment is never closed").help("`*/` ends it; everything after `/*` is not read");
      lexemes_.wounds.push_back(static_cast<std::uint32_t>(lexemes_.text.size()));
    }
  }

  /// How many tokens from the current one on spell `written`, with nothing between them; 0 when they do not.
  std::size_t spells(const std::vector<Lexeme>& items, std::string_view written) const {
    const std::uint32_t begin = items[place_].begin;
    if (lexemes_.text.substr(begin, written.size()) != written) {
      return 0;
    }
    const std::size_t end = begin + written.size();
    std::size_t count = 0;
    while (place_ + count < items.size() && items[place_ + count].end <= end &&
           items[place_ + count].type != Token::EOF) {
      ++count;
      if (items[place_ + count - 1].end == end) {
        return count;
      }
    }
    return 0;
  }

  bool slip(const std::vector<Lexeme>& items) {
    const Lexeme& first = items[place_];
    const bool has_type_of_its_own =
        first.type == Token::IDENT || first.type == Token::STRING || first.type == Token::INT;
    if (has_type_of_its_own) {
      return false;
    }
    const Slip* best = nullptr;
    std::size_t best_count = 0;
    for (const Slip& candidate : kSlips) {
      const std::size_t count = spells(items, candidate.written);
      if (count > best_count ||
          (count != 0 && count == best_count && candidate.written.size() > best->written.size())) {
        best = &candidate;
        best_count = count;
      }
    }
    // `x <-1` compares with a negative number.
    if (best == nullptr || (best->written == "<-" && !binds_with_arrow(items))) {
      return compound_assignment(items);
    }
    const std::uint32_t end = items[place_ + best_count - 1].end;
    const Span span{lexemes_.source, first.begin, end};
    const bool is_word = best->type == Token::KW_NOT;
    mistake(span, fmt::format("`{}` is not an operator here", best->written))
        .help(fmt::format("write `{}`", best->meant), Edit{span, std::string(best->meant) + (is_word ? " " : "")});
    push(first, best->type, end);
    place_ += best_count - 1;
    return true;
  }

  /// `h <- f(x)`: an assignment of other languages; only right after the first name on a line.
  [[nodiscard]] bool binds_with_arrow(const std::vector<Lexeme>& items) const {
    return place_ > 0 && items[place_ - 1].first_on_line && is_name(items[place_ - 1].type) &&
           items[place_].end == items[place_].begin + 1 && items[place_ + 1].begin == items[place_].end;
  }

  // `x += 1`
  bool compound_assignment(const std::vector<Lexeme>& items) {
    const Lexeme& first = items[place_];
    const bool is_arithmetic = first.type == Token::PLUS || first.type == Token::MINUS || first.type == Token::STAR ||
                               first.type == Token::SLASH;
    if (!is_arithmetic || place_ == 0 || !is_name(items[place_ - 1].type) || items[place_ + 1].type != Token::ASSIGN ||
        items[place_ + 1].begin != first.end) {
      return false;
    }
    const std::string_view name = lexemes_.text_of(items[place_ - 1]);
    const std::string_view op = lexemes_.text_of(first);
    mistake({lexemes_.source, first.begin, items[place_ + 1].end},
            fmt::format("`{}=` changes a value, and values never change", op))
        .help(fmt::format("give the result a name of its own: `new_{} = {} {} …`", name, name, op));
    push(items[place_ + 1], Token::ASSIGN, items[place_ + 1].end);
    ++place_;
    return true;
  }

  // 'text' and “text”
  bool quoted_text(const std::vector<Lexeme>& items) {
    const Lexeme& first = items[place_];
    if (first.type != Token::UNKNOWN) {
      return false;
    }
    for (const Quotes& quotes : kQuotes) {
      if (lexemes_.text_of(first) != quotes.open) {
        continue;
      }
      const std::size_t line_end = std::min(lexemes_.text.find('\n', first.begin), lexemes_.text.size());
      const std::size_t close = lexemes_.text.substr(0, line_end).find(quotes.close, first.end);
      if (close == std::string_view::npos) {
        return false;
      }
      const auto end = static_cast<std::uint32_t>(close + quotes.close.size());
      const Span span{lexemes_.source, first.begin, end};
      const std::string_view inside = lexemes_.text.substr(first.end, close - first.end);
      mistake(span, "text stands between straight double quotes")
          .help("write `\"`", Edit{span, "\"" + std::string(inside) + "\""});
      push(first, Token::STRING, end);
      while (items[place_ + 1].begin < end && items[place_ + 1].type != Token::EOF) {
        ++place_;
      }
      return true;
    }
    return false;
  }

  // `.5`, `1.`, `2x`, `0x1F`
  bool number(const std::vector<Lexeme>& items) {
    const Lexeme& first = items[place_];
    const bool touches_before =
        place_ > 0 && items[place_ - 1].end == first.begin && ends_operand(items[place_ - 1].type);
    const auto touches = [&](std::size_t index) {
      return index < items.size() && items[index].begin == items[index - 1].end;
    };
    const bool is_digits = items[place_].type == Token::INT || items[place_].type == Token::FLOAT;
    if (first.type == Token::DOT && !touches_before && touches(place_ + 1) && items[place_ + 1].type == Token::INT) {
      return bare_dot(items, 2);
    }
    if (first.type == Token::INT && touches(place_ + 1) && items[place_ + 1].type == Token::DOT &&
        !(touches(place_ + 2) && is_name(items[place_ + 2].type) && !is_exponent(items[place_ + 2]))) {
      return bare_dot(items, touches(place_ + 2) && is_exponent(items[place_ + 2]) ? 3 : 2);
    }
    if (is_digits && touches(place_ + 1) &&
        (items[place_ + 1].type == Token::IDENT || items[place_ + 1].type >= Token::KW_KDL) &&
        (is_name(items[place_ + 1].type) || is_reserved_word(items[place_ + 1].type))) {
      const std::uint32_t end = items[place_ + 1].end;
      const Span span{lexemes_.source, first.begin, end};
      const std::string_view digits = lexemes_.text_of(first);
      const std::string_view letters = lexemes_.text_of(items[place_ + 1]);
      Message& message = mistake(span, fmt::format("`{}{}` is neither a number nor a name", digits, letters));
      if (digits == "0") {
        message.help("numbers are written in decimal");
      } else {
        message.help(fmt::format("a product is written `{} * {}`; a name begins with a letter", digits, letters));
      }
      push(first, first.type, first.end);
      ++place_;
      return true;
    }
    return false;
  }

  [[nodiscard]] bool is_exponent(const Lexeme& lexeme) const {
    const std::string_view text = lexemes_.text_of(lexeme);
    return text.size() > 1 && (text[0] == 'e' || text[0] == 'E') &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  bool bare_dot(const std::vector<Lexeme>& items, std::size_t count) {
    const Lexeme& first = items[place_];
    const std::uint32_t end = items[place_ + count - 1].end;
    const Span span{lexemes_.source, first.begin, end};
    const std::string written(lexemes_.text.substr(first.begin, end - first.begin));
    std::string meant = written;
    if (meant.front() == '.') {
      meant.insert(0, "0");
    } else {
      meant.insert(meant.find('.') + 1, "0");
    }
    report_.add(span, diag::BareDot, written).help(fmt::format("write `{}`", meant), Edit{span, meant});
    push(first, Token::FLOAT, end);
    place_ += count - 1;
    return true;
  }

  void single(Lexeme lexeme) {
    if (lexeme.type == Token::OPEN_STRING) {
      std::uint32_t end = lexeme.end;
      while (end > lexeme.begin + 1 && (lexemes_.text[end - 1] == ' ' || lexemes_.text[end - 1] == '\t')) {
        --end;
      }
      const Span span{lexemes_.source, lexeme.begin, end};
      mistake(span, "this text has no closing `\"`")
          .help("a text ends on the line on which it begins", Edit{{lexemes_.source, end, end}, "\""});
      lexemes_.wounds.push_back(lexeme.begin);
      lexeme.type = Token::STRING;
    } else if (lexeme.type == Token::STRING) {
      check_escapes(lexeme);
    } else if (lexeme.type == Token::UNKNOWN) {
      unknown(lexeme);
      return;
    }
    lexemes_.items.push_back(lexeme);
  }

  void check_escapes(const Lexeme& lexeme) {
    std::size_t bad = std::string_view::npos;
    static_cast<void>(decode_string(lexemes_.text_of(lexeme), &bad));
    if (bad != std::string_view::npos) {
      const auto at = static_cast<std::uint32_t>(lexeme.begin + bad);
      mistake({lexemes_.source, at, at + 1}, "this `\\` begins no escape")
          .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`; a backslash itself is `\\\\`",
                Edit{{lexemes_.source, at, at + 1}, "\\\\"});
    }
  }

  // Left out of the stream; one message a line.
  void unknown(const Lexeme& lexeme) {
    if (lexeme.line != last_unknown_line_) {
      Message& message =
          mistake(lexemes_.span_of(lexeme), fmt::format("`{}` means nothing here", lexemes_.text_of(lexeme)));
      if (static_cast<unsigned char>(lexemes_.text[lexeme.begin]) >= 0x80) {
        message.help(
            "names are made of the letters a to z, digits and `_`; other characters may stand in texts and comments");
      }
    }
    last_unknown_line_ = lexeme.line;
    lexemes_.wounds.push_back(lexeme.begin);
  }
};

}  // namespace

void repair_tokens(Lexemes& lexemes, Report& report) {
  TokenRepair(lexemes, report).run();
}

}  // namespace kdlc::syntax
