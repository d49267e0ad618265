// C names for the things of a model: parameters and constants that clash with nothing.
#include "link/header_names.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "link/link.hpp"

namespace kdlc::link {
namespace {

/// Keywords of C (to C23) and C++ (to C++23), words that common headers define as macros, the types that a header uses,
/// and the parameters that every model has.
constexpr std::array<std::string_view, 145> kTaken = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
    "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
    "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or",
    "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return",
    "short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
    "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "typeof_unqual", "union",
    "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    // macros
    "NULL", "linux", "unix", "i386", "errno", "EOF", "I", "complex", "imaginary", "stdin", "stdout", "stderr", "assert",
    "offsetof", "noreturn", "min", "max", "small", "near", "far", "interface", "TRUE", "FALSE", "BOOL",
    // types of the header
    "size_t", "ptrdiff_t", "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
    "kdlc_options", "kdlc_weights", "kdlc_model", "kdlc_tensor", "kdlc_dim", "kdlc_tap",
    // every model's own parameters
    "weights", "arena", "arena_bytes", "options", "n", "state", "bytes", "size"};

bool is_letter_or_digit(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9');
}

/// A name with nothing in it but ASCII letters, digits and `_`; names that C reserves (`_X`, `__x`) get an x in front.
std::string identifier(const std::string& name) {
  std::string result;
  for (const char character : name) {
    result += is_letter_or_digit(character) ? character : '_';
  }
  const bool is_reserved =
      result.size() > 1 && result[0] == '_' && (result[1] == '_' || (result[1] >= 'A' && result[1] <= 'Z'));
  if (result.empty() || is_reserved || (result[0] >= '0' && result[0] <= '9')) {
    result.insert(0, "x");
  }
  return result;
}

class NameGiver {
public:
  std::string give(const std::string& name) {
    std::string result = identifier(name);
    while (std::find(kTaken.begin(), kTaken.end(), result) != kTaken.end() ||
           !given_.insert(upper_case(result)).second) {
      result += '_';
    }
    return result;
  }

private:
  // In upper case: the constants of `x` and `X` must differ too, and those of the call are there already.
  std::set<std::string> given_ = {"ARENA", "WEIGHTS", "STATE"};
};

}  // namespace

std::string upper_case(const std::string& name) {
  std::string result = name;
  for (char& character : result) {
    character = character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
  }
  return result;
}

HeaderNames header_names(const graph::Graph& graph) {
  NameGiver giver;
  HeaderNames names;
  for (const graph::DimInfo& dim : graph.dims) {
    names.dims.push_back(giver.give(dim.name));
  }
  for (const graph::InputInfo& input : graph.inputs) {
    names.inputs.push_back(giver.give(input.name));
  }
  for (const graph::OutputInfo& output : graph::declared_outputs(graph)) {
    names.outputs.push_back(giver.give(output.name));
  }
  return names;
}

std::string symbol_prefix(const std::string& model_name) {
  std::string prefix;
  for (const char character : model_name) {
    if (is_letter_or_digit(character)) {
      prefix += character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
    }
  }
  // `kdlc_model` and its like are types of every header; a name must begin with a letter.
  if (prefix.empty() || prefix == "kdlc" || (prefix[0] >= '0' && prefix[0] <= '9')) {
    prefix.insert(0, "model");
  }
  return prefix;
}

}  // namespace kdlc::link
