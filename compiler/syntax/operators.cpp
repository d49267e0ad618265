// Spelling of operators and strings.
#include "syntax/operators.hpp"

#include <charconv>

#include <fmt/format.h>

#include "support/assert.hpp"

namespace kdlc::syntax {

namespace {

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | (code_point >> 6U));
    byte(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    byte(0xE0U | (code_point >> 12U));
    byte(0x80U | ((code_point >> 6U) & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  } else {
    byte(0xF0U | (code_point >> 18U));
    byte(0x80U | ((code_point >> 12U) & 0x3FU));
    byte(0x80U | ((code_point >> 6U) & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  }
}

bool is_character(std::uint32_t code_point) {
  return code_point != 0 && code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

/// The length of the escape that begins `rest` (which starts with a backslash), 0 when it is none.
std::size_t decode_escape(std::string_view rest, std::string& out) {
  if (rest.size() < 2) {
    return 0;
  }
  switch (rest[1]) {
    case '"':
      out += '"';
      return 2;
    case '\\':
      out += '\\';
      return 2;
    case 'n':
      out += '\n';
      return 2;
    case 't':
      out += '\t';
      return 2;
    case 'u':
      break;
    default:
      return 0;
  }
  const std::size_t close = rest.find('}');
  if (rest.size() < 3 || rest[2] != '{' || close == std::string_view::npos) {
    return 0;
  }
  std::uint32_t code_point = 0;
  const char* end = rest.data() + close;
  const auto [stopped, error] = std::from_chars(rest.data() + 3, end, code_point, 16);
  if (error != std::errc{} || stopped != end || !is_character(code_point)) {
    return 0;
  }
  append_utf8(out, code_point);
  return close + 1;
}

}  // namespace

std::string_view spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return "+";
    case BinaryOp::subtract:
      return "-";
    case BinaryOp::multiply:
      return "*";
    case BinaryOp::divide:
      return "/";
    case BinaryOp::remainder:
      return "%";
    case BinaryOp::matmul:
      return "@";
    case BinaryOp::power:
      return "^";
    case BinaryOp::equal:
      return "==";
    case BinaryOp::not_equal:
      return "!=";
    case BinaryOp::approximately:
      return "~=";
    case BinaryOp::less:
      return "<";
    case BinaryOp::less_equal:
      return "<=";
    case BinaryOp::greater:
      return ">";
    case BinaryOp::greater_equal:
      return ">=";
    case BinaryOp::logical_and:
      return "and";
    case BinaryOp::logical_or:
      return "or";
  }
  KDLC_UNREACHABLE("all operators are listed");
}

Level level(BinaryOp op) {
  switch (op) {
    case BinaryOp::logical_or:
      return Level::logical_or;
    case BinaryOp::logical_and:
      return Level::logical_and;
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::approximately:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
      return Level::comparison;
    case BinaryOp::add:
    case BinaryOp::subtract:
      return Level::sum;
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::matmul:
      return Level::product;
    case BinaryOp::power:
      return Level::power;
  }
  KDLC_UNREACHABLE("all operators are listed");
}

std::string encode_string(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string decode_string(std::string_view written, std::size_t* bad_escape) {
  if (bad_escape != nullptr) {
    *bad_escape = std::string_view::npos;
  }
  std::size_t place = 1;
  const bool is_closed = written.size() > 1 && written.back() == '"';
  const std::size_t end = is_closed ? written.size() - 1 : written.size();
  std::string out;
  while (place < end) {
    if (written[place] == '\\') {
      const std::size_t length = decode_escape(written.substr(place, end - place), out);
      if (length != 0) {
        place += length;
        continue;
      }
      if (bad_escape != nullptr && *bad_escape == std::string_view::npos) {
        *bad_escape = place;
      }
    }
    out += written[place];
    ++place;
  }
  return out;
}

}  // namespace kdlc::syntax
