// The header of a .npy file: a Python dictionary of three fixed keys, read by a parser that knows nothing else.
#include "weights/npy_header.hpp"

#include <array>

#include <fmt/format.h>

#include "support/assert.hpp"

namespace kdlc::weights {
namespace {

struct DescriptionRow {
  std::string_view text;  // without the byte order
  DType dtype;
};
constexpr std::array<DescriptionRow, 9> kDescriptions = {{
    {"f2", DType::f16},
    {"f4", DType::f32},
    {"f8", DType::f64},
    {"i1", DType::i8},
    {"i2", DType::i16},
    {"i4", DType::i32},
    {"i8", DType::i64},
    {"u1", DType::u8},
    {"b1", DType::boolean},
}};

class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  std::optional<NpyHeader> parse(std::string& problem) {
    NpyHeader header;
    if (!read_dictionary(header)) {
      problem = problem_.empty() ? fmt::format("its header does not read on at character {}", place_) : problem_;
      return std::nullopt;
    }
    return header;
  }

private:
  bool read_dictionary(NpyHeader& header) {
    bool has_description = false;
    bool has_order = false;
    bool has_shape = false;
    if (!take('{')) {
      return false;
    }
    while (!take('}')) {
      const std::optional<std::string_view> key = read_text();
      if (!key || !take(':')) {
        return false;
      }
      bool* seen = *key == "descr"           ? &has_description
                   : *key == "fortran_order" ? &has_order
                   : *key == "shape"         ? &has_shape
                                             : nullptr;
      if (seen == nullptr || *seen) {
        problem_ = "its header has an unknown key, or one twice";
        return false;
      }
      *seen = true;
      const bool is_read = seen == &has_description ? read_description(header)
                           : seen == &has_order     ? read_order(header)
                                                    : read_shape(header);
      if (!is_read) {
        return false;
      }
      if (!take(',')) {
        if (!take('}')) {
          return false;
        }
        break;
      }
    }
    skip_space();
    if (place_ != text_.size()) {
      return false;
    }
    if (!has_description || !has_order || !has_shape) {
      problem_ = "its header lacks one of descr, fortran_order and shape";
      return false;
    }
    return true;
  }

  bool read_description(NpyHeader& header) {
    skip_space();
    if (place_ < text_.size() && text_[place_] == '[') {
      problem_ = "it holds records, not one array of numbers";
      return false;
    }
    const std::optional<std::string_view> description = read_text();
    if (!description) {
      return false;
    }
    std::string_view type = *description;
    if (!type.empty() && std::string_view("<>|=").find(type.front()) != std::string_view::npos) {
      header.big_endian = type.front() == '>';
      type.remove_prefix(1);
    }
    for (const DescriptionRow& row : kDescriptions) {
      if (row.text == type) {
        header.dtype = row.dtype;
        return true;
      }
    }
    problem_ = type.starts_with('O')
                   ? "it holds Python objects, which are never loaded"
                   : fmt::format("it holds elements of type `{}`, for which kdl has none", *description);
    return false;
  }

  bool read_order(NpyHeader& header) {
    header.fortran_order = take_word("True");
    return header.fortran_order || take_word("False");
  }

  bool read_shape(NpyHeader& header) {
    constexpr std::size_t kMostAxes = 32;
    if (!take('(')) {
      return false;
    }
    while (!take(')')) {
      const std::optional<std::int64_t> size = read_size();
      if (!size || header.shape.size() == kMostAxes) {
        return false;
      }
      header.shape.push_back(*size);
      if (!take(',')) {
        return take(')');
      }
    }
    return true;
  }

  /// A decimal number below 2^62; Python 2 wrote an L behind it.
  std::optional<std::int64_t> read_size() {
    skip_space();
    const std::size_t begin = place_;
    std::int64_t value = 0;
    while (place_ < text_.size() && text_[place_] >= '0' && text_[place_] <= '9') {
      value = value * 10 + (text_[place_] - '0');
      if (value > (std::int64_t{1} << 58)) {
        problem_ = "its header has a size beyond all memory";
        return std::nullopt;
      }
      ++place_;
    }
    if (place_ == begin) {
      return std::nullopt;
    }
    take('L');
    return value;
  }

  std::optional<std::string_view> read_text() {
    skip_space();
    if (place_ == text_.size() || (text_[place_] != '\'' && text_[place_] != '"')) {
      return std::nullopt;
    }
    const std::size_t end = text_.find(text_[place_], place_ + 1);
    if (end == std::string_view::npos || end - place_ > 64) {
      return std::nullopt;
    }
    const std::string_view result = text_.substr(place_ + 1, end - place_ - 1);
    place_ = end + 1;
    for (const char character : result) {
      if (character < ' ' || character > '~') {
        return std::nullopt;
      }
    }
    return result;
  }

  bool take(char character) {
    skip_space();
    const bool is_there = place_ < text_.size() && text_[place_] == character;
    place_ += is_there ? 1 : 0;
    return is_there;
  }
  bool take_word(std::string_view word) {
    skip_space();
    const bool is_there = text_.substr(place_).starts_with(word);
    place_ += is_there ? word.size() : 0;
    return is_there;
  }
  void skip_space() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\n' || text_[place_] == '\t')) {
      ++place_;
    }
  }

  std::string_view text_;
  std::size_t place_ = 0;
  std::string problem_;
};

}  // namespace

std::optional<NpyHeader> parse_npy_header(std::string_view text, std::string& problem) {
  return HeaderParser(text).parse(problem);
}

std::string npy_header_text(DType dtype, const std::vector<std::int64_t>& shape) {
  std::string description;
  for (const DescriptionRow& row : kDescriptions) {
    if (row.dtype == dtype) {
      description = fmt::format("{}{}", size_bytes(dtype) == 1 ? '|' : '<', row.text);
    }
  }
  KDLC_ASSERT(!description.empty(), "an array of a .npy file has a type that NumPy knows");
  std::string sizes;
  for (const std::int64_t size : shape) {
    sizes += fmt::format("{},{}", size, shape.size() == 1 ? "" : " ");
  }
  if (shape.size() > 1) {
    sizes.resize(sizes.size() - 2);
  }
  return fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", description, sizes);
}

}  // namespace kdlc::weights
