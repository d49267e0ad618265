// Runs the generated lexer over a file and sorts its tokens from its comments.
#include "syntax/lexemes.hpp"

#include <algorithm>

#include "antlr4-runtime.h"

#include "KdlLexer.h"

namespace kdlc::syntax {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// ANTLR counts code points; we count bytes.
class ByteOffsets {
public:
  ByteOffsets(std::string_view text, std::uint32_t first) : first_(first) {
    const bool is_ascii =
        std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (is_ascii) {
      return;
    }
    for (std::uint32_t byte = 0; byte < text.size(); ++byte) {
      if ((static_cast<unsigned char>(text[byte]) & 0xC0U) != 0x80U) {
        offsets_.push_back(byte);
      }
    }
    offsets_.push_back(static_cast<std::uint32_t>(text.size()));
  }

  [[nodiscard]] std::uint32_t operator[](std::size_t code_point) const {
    if (offsets_.empty()) {
      return first_ + static_cast<std::uint32_t>(code_point);
    }
    return first_ + offsets_[std::min(code_point, offsets_.size() - 1)];
  }

private:
  std::uint32_t first_;
  std::vector<std::uint32_t> offsets_;  // empty: every code point is one byte
};

bool is_comment(std::size_t type) {
  return type == Token::LINE_COMMENT || type == Token::BLOCK_COMMENT || type == Token::DOC ||
         type == Token::HASH_COMMENT;
}

/// The offset behind the `*/` that matches the `/*` at `begin`; npos when there is none.
std::size_t end_of_comment(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t place = begin; place + 1 < text.size(); ++place) {
    const std::string_view two = text.substr(place, 2);
    if (two == "/*") {
      ++depth;
      ++place;
    } else if (two == "*/") {
      ++place;
      if (--depth == 0) {
        return place + 1;
      }
    }
  }
  return std::string_view::npos;
}

/// Lets the lexer go on at byte `end`, after the comment whose `/*` it has just read.
void skip_comment(kdlc_grammar::KdlLexer& lexer, antlr4::ANTLRInputStream& input, std::string_view comment) {
  const auto is_code_point = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const std::string_view rest = comment.substr(2);
  input.seek(input.index() + static_cast<std::size_t>(std::count_if(rest.begin(), rest.end(), is_code_point)));
  const auto line_breaks = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  const std::size_t last_break = rest.rfind('\n');
  lexer.setLine(lexer.getLine() + line_breaks);
  lexer.setCharPositionInLine(last_break == std::string_view::npos ? lexer.getCharPositionInLine() + rest.size()
                                                                   : rest.size() - last_break - 1);
}

}  // namespace

Lexemes read_lexemes(const SourceFile& file, SourceId source) {
  Lexemes result{.source = source, .text = file.text(), .items = {}, .comments = {}, .wounds = {}};
  std::string_view text = file.text();
  const std::uint32_t first = text.starts_with(kByteOrderMark) ? 3U : 0U;
  text.remove_prefix(first);
  const ByteOffsets offsets(text, first);
  antlr4::ANTLRInputStream input{std::string(text)};
  kdlc_grammar::KdlLexer lexer(&input);
  lexer.removeErrorListeners();

  std::uint32_t last_line = 0;
  std::uint32_t last_comment_line = 0;
  while (true) {
    const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    const std::size_t type = token->getType();
    const auto line = static_cast<std::uint32_t>(token->getLine());
    const std::uint32_t begin = offsets[token->getStartIndex()];
    result.is_too_long = type != Token::EOF && std::max(result.items.size(), result.comments.size()) >= kMostLexemes;
    if (type == Token::EOF || result.is_too_long) {
      const auto end = static_cast<std::uint32_t>(file.text().size());
      result.items.push_back(
          {.type = Token::EOF, .begin = end, .end = end, .line = line, .first_on_line = line > last_line});
      break;
    }
    std::uint32_t end = offsets[token->getStopIndex() + 1];
    if (type == Token::BLOCK_COMMENT) {
      const std::size_t found = end_of_comment(result.text, begin);
      result.has_open_comment = found == std::string_view::npos;
      end = static_cast<std::uint32_t>(std::min(found, result.text.size()));
      skip_comment(lexer, input, result.text.substr(begin, end - begin));
    }
    if (is_comment(type)) {
      const bool own_line = line > last_line && line > last_comment_line;
      result.comments.push_back({.text = std::string(result.text.substr(begin, end - begin)),
                                 .span = {source, begin, end},
                                 .own_line = own_line,
                                 .is_doc = type == Token::DOC && own_line});
      const std::string& written = result.comments.back().text;
      last_comment_line = line + static_cast<std::uint32_t>(std::count(written.begin(), written.end(), '\n'));
    } else if (token->getChannel() == antlr4::Token::DEFAULT_CHANNEL) {
      result.items.push_back({.type = type,
                              .begin = begin,
                              .end = end,
                              .line = line,
                              .column = static_cast<std::uint32_t>(token->getCharPositionInLine()),
                              .first_on_line = line > last_line});
      last_line = line;
    }
  }
  return result;
}

bool is_soft_word(std::size_t type) {
  return type >= Token::KW_KDL && type <= Token::KW_TEST;
}

bool is_hard_declaration_word(std::size_t type) {
  switch (type) {
    case Token::KW_INPUT:
    case Token::KW_OUTPUT:
    case Token::KW_LAYER:
    case Token::KW_PARAM:
    case Token::KW_IMPORT:
    case Token::KW_MODEL:
    case Token::KW_BLOCK:
    case Token::KW_FN:
    case Token::KW_CONST:
    case Token::KW_REQUIRE:
    case Token::KW_RETURN:
    case Token::KW_EXPECT:
      return true;
    default:
      return false;
  }
}

bool is_reserved_word(std::size_t type) {
  return type >= Token::KW_INPUT && type <= Token::KW_WITHIN;
}

bool is_name(std::size_t type) {
  return type == Token::IDENT || is_soft_word(type);
}

bool ends_operand(std::size_t type) {
  switch (type) {
    case Token::INT:
    case Token::FLOAT:
    case Token::STRING:
    case Token::OPEN_STRING:
    case Token::KW_TRUE:
    case Token::KW_FALSE:
    case Token::RPAREN:
    case Token::RBRACK:
    case Token::MISSING:
      return true;
    default:
      return is_name(type);
  }
}

bool starts_operand(std::size_t type) {
  switch (type) {
    case Token::INT:
    case Token::FLOAT:
    case Token::STRING:
    case Token::OPEN_STRING:
    case Token::KW_TRUE:
    case Token::KW_FALSE:
      return true;
    default:
      return is_name(type);
  }
}

std::string spelling(std::size_t type) {
  // ANTLR keeps the literal with quotes around it: '->'.
  antlr4::ANTLRInputStream empty;
  kdlc_grammar::KdlLexer lexer(&empty);
  const std::string quoted = lexer.getVocabulary().getLiteralName(type);
  return quoted.size() > 2 ? quoted.substr(1, quoted.size() - 2) : std::string();
}

bool is_declaration_head(const std::vector<Lexeme>& lexemes, std::size_t index) {
  const Lexeme& lexeme = lexemes[index];
  if (!lexeme.first_on_line) {
    return false;
  }
  if (is_hard_declaration_word(lexeme.type)) {
    return true;
  }
  if (!is_name(lexeme.type) || index + 1 >= lexemes.size()) {
    return false;
  }
  const Lexeme& next = lexemes[index + 1];
  if (is_soft_word(lexeme.type) && next.line == lexeme.line &&
      (is_name(next.type) || next.type == Token::STRING || next.type == Token::LBRACE ||
       (lexeme.type == Token::KW_KDL && next.type == Token::INT))) {
    return true;
  }
  // a, b = …    h: f32[N] = …
  std::size_t place = index + 1;
  while (place + 1 < lexemes.size() && lexemes[place].type == Token::COMMA && is_name(lexemes[place + 1].type)) {
    place += 2;
  }
  if (lexemes[place].type == Token::ASSIGN) {
    return true;
  }
  return place == index + 1 && next.type == Token::COLON && place + 2 < lexemes.size() &&
         lexemes[place + 1].type == Token::IDENT && lexemes[place + 2].type == Token::LBRACK;
}

}  // namespace kdlc::syntax
