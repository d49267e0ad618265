// Private to syntax/: how tightly operators bind and how strings are spelt in source text.
#pragma once

#include <string>
#include <string_view>

#include "syntax/syntax.hpp"
#include "syntax/tree.hpp"

namespace kdlc::syntax {

/// How tightly a construct binds, weakest first; the levels of the grammar.
enum class Level : std::uint8_t {
  chain,
  logical_or,
  logical_and,
  logical_not,
  comparison,
  sum,
  product,
  prefix,
  power,
  postfix,
  primary
};

Level level(BinaryOp op);

/// A string literal, quotes and escapes included.
std::string encode_string(std::string_view value);
/// The value of a literal as written, with its quotes. What is no escape stays as it is written; `bad_escape`, if
/// given, receives the offset of the first such backslash, or npos.
std::string decode_string(std::string_view written, std::size_t* bad_escape = nullptr);

}  // namespace kdlc::syntax
