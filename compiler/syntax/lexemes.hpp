// Private to syntax/: the tokens of a file with their layout, before and after repair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/source.hpp"
#include "syntax/tree.hpp"

#include "KdlParser.h"

namespace kdlc::syntax {

using Token = kdlc_grammar::KdlParser;  // Token::ARROW, Token::KW_MODEL, …

/// A token that the parser will see. Its index in the vector is its index in ANTLR's token stream.
struct Lexeme {
  std::size_t type = 0;
  std::uint32_t begin = 0;  // bytes; begin == end for a token put in by repair
  std::uint32_t end = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 0;    // bytes from the start of the line: for comparing indentation only
  bool first_on_line = false;  // no token before it on its line
  bool is_inserted = false;    // put in by repair: it has no text
};

struct Lexemes {
  SourceId source;
  std::string_view text;          // of the whole file
  std::vector<Lexeme> items;      // ends in one EOF
  bool has_open_comment = false;  // the last comment is never closed
  bool is_too_long = false;       // reading stopped after kMostLexemes
  std::vector<Comment> comments;  // in order of place; is_doc: a `///` on its own line
  /// Places of mistakes that the lexer or the repair reported without being able to mend them: errors of the parser
  /// that follow in the same declaration are their consequences.
  std::vector<std::uint32_t> wounds;

  [[nodiscard]] std::string_view text_of(const Lexeme& lexeme) const {
    return text.substr(lexeme.begin, lexeme.end - lexeme.begin);
  }
  [[nodiscard]] Span span_of(const Lexeme& lexeme) const { return {source, lexeme.begin, lexeme.end}; }
};

/// Of tokens, and of comments: a file of more would take gigabytes to parse.
constexpr std::size_t kMostLexemes = 1'000'000;

/// All tokens and comments of a file, up to kMostLexemes of each. Reports nothing: what is wrong comes out as a token
/// of its own type (OPEN_STRING, UNKNOWN), a comment with `#`, or has_open_comment.
Lexemes read_lexemes(const SourceFile& file, SourceId source);

/// Words that open a declaration but may be names (`loss`, `dim`, …).
bool is_soft_word(std::size_t type);
/// Words that can only open a declaration (`input`, `model`, …).
bool is_hard_declaration_word(std::size_t type);
/// Any reserved word: it cannot be a name.
bool is_reserved_word(std::size_t type);
/// IDENT or a soft word.
bool is_name(std::size_t type);
/// The last token of a complete operand: a name, a literal, `)` or `]`.
bool ends_operand(std::size_t type);
/// The first token of an operand that cannot continue the operand before it.
bool starts_operand(std::size_t type);
/// The spelling of a fixed token ("->", "model"), or an empty text.
std::string spelling(std::size_t type);

/// Whether a declaration begins at `index`: a reserved declaration word; a soft word followed by a name, a string or
/// `{`; or `NAME =`, `NAME: f32[`, `a, b =` — all first on their line.
bool is_declaration_head(const std::vector<Lexeme>& lexemes, std::size_t index);

/// The place where brackets (or prefix operators, powers and `else if`, which recurse as well) lie more than `limit`
/// deep.
std::optional<Span> find_too_deep(const Lexemes& lexemes, std::size_t limit);

}  // namespace kdlc::syntax
