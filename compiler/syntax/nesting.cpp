// Counts how deep the parser would have to recurse, before it does.
#include "syntax/lexemes.hpp"

#include <numeric>

namespace kdlc::syntax {

namespace {

struct Frame {
  std::size_t closer = 0;
  std::size_t prefixes = 0;  // `-`, `not`, `^` whose operand is still to come: each is one recursion
  std::size_t else_ifs = 0;
};

std::size_t closer_of(std::size_t opener) {
  switch (opener) {
    case Token::LPAREN:
      return Token::RPAREN;
    case Token::LBRACK:
      return Token::RBRACK;
    case Token::LBRACE:
      return Token::RBRACE;
    default:
      return 0;
  }
}

void close(std::vector<Frame>& frames, std::size_t closer) {
  for (std::size_t index = frames.size(); index > 1; --index) {
    if (frames[index - 1].closer == closer) {
      frames.resize(index - 1);
      return;
    }
  }
}

}  // namespace

std::optional<Span> find_too_deep(const Lexemes& lexemes, std::size_t limit) {
  std::vector<Frame> frames(1);
  std::size_t prefix_total = 0;
  for (std::size_t index = 0; index < lexemes.items.size(); ++index) {
    const Lexeme& lexeme = lexemes.items[index];
    const std::size_t before = index == 0 ? 0 : lexemes.items[index - 1].type;
    const std::size_t type = lexeme.type;
    if (closer_of(type) != 0) {
      frames.push_back({.closer = closer_of(type)});
    } else if (type == Token::RPAREN || type == Token::RBRACK || type == Token::RBRACE) {
      close(frames, type);
    } else if (type == Token::CARET || type == Token::KW_NOT || (type == Token::MINUS && !ends_operand(before))) {
      ++frames.back().prefixes;
    } else if (type == Token::KW_ELSE) {
      ++frames.back().else_ifs;
    } else if (!ends_operand(type) && type != Token::DOT && type != Token::KW_IF) {
      frames.back().prefixes = 0;
      if (is_hard_declaration_word(type) || type == Token::COMMA || type == Token::ASSIGN || type == Token::ARROW) {
        frames.back().else_ifs = 0;
      }
    }
    prefix_total =
        std::accumulate(frames.begin(), frames.end(), std::size_t{0},
                        [](std::size_t sum, const Frame& frame) { return sum + frame.prefixes + frame.else_ifs; });
    if (frames.size() - 1 + prefix_total > limit) {
      return lexemes.span_of(lexeme);
    }
  }
  return std::nullopt;
}

}  // namespace kdlc::syntax
