// Tells a KDL Document (kdl.dev), which shares our file extension, from a model.
#include "syntax/repair.hpp"

namespace kdlc::syntax {

namespace {

bool is_node_value(const Lexemes& lexemes, std::size_t index) {
  switch (lexemes.items[index].type) {
    case Token::STRING:
    case Token::INT:
    case Token::FLOAT:
    case Token::LBRACE:
    case Token::KW_TRUE:
    case Token::KW_FALSE:
      return true;
    case Token::IDENT:  // name=value
      return index + 1 < lexemes.items.size() && lexemes.items[index + 1].type == Token::ASSIGN;
    default:
      return false;
  }
}

/// What no KDL Document holds: our declarations with a name, `->`, types with a shape.
bool is_ours(const Lexemes& lexemes, std::size_t index) {
  const std::vector<Lexeme>& items = lexemes.items;
  const std::size_t type = items[index].type;
  const std::size_t next = index + 1 < items.size() ? items[index + 1].type : static_cast<std::size_t>(Token::EOF);
  if (type == Token::ARROW || (type == Token::IDENT && next == Token::LBRACK)) {
    return true;
  }
  if (type == Token::KW_KDL && next == Token::INT) {
    return true;
  }
  return is_hard_declaration_word(type) && items[index].first_on_line && is_name(next);
}

}  // namespace

std::optional<Span> find_kdl_document(const Lexemes& lexemes) {
  const std::vector<Lexeme>& items = lexemes.items;
  std::size_t node_count = 0;
  std::size_t other_count = 0;
  for (std::size_t index = 0; index + 1 < items.size(); ++index) {
    if (is_ours(lexemes, index)) {
      return std::nullopt;
    }
    if (!items[index].first_on_line || items[index].type == Token::RBRACE) {
      continue;
    }
    const bool is_word = items[index].type == Token::IDENT || items[index].type == Token::STRING;
    const bool ends_line = items[index + 1].line != items[index].line;
    if (is_word && !ends_line && is_node_value(lexemes, index + 1) && items[index + 1].type != Token::ASSIGN) {
      ++node_count;
    } else if (!is_word || !ends_line) {
      ++other_count;
    }
  }
  const bool begins_with_node =
      !items.empty() && items.front().type == Token::IDENT && items.size() > 2 && is_node_value(lexemes, 1);
  if (begins_with_node && node_count > other_count) {
    return lexemes.span_of(items.front());
  }
  return std::nullopt;
}

}  // namespace kdlc::syntax
