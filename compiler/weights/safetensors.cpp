// Reads the table of contents of a safetensors file: an 8-byte little-endian length, that many bytes of JSON, the
// tensors. Nothing in the file is believed: lengths, offsets, shapes, duplicates, overlaps and gaps are checked before
// use.
#include "weights/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "diagnostics/kinds.hpp"

namespace kdlc::weights {
namespace {

using Json = nlohmann::json;

/// The largest header taken, as in the format's own implementation.
constexpr std::uint64_t kLargestHeader = 100'000'000;
constexpr std::size_t kMostAxes = 32;
constexpr std::size_t kDeepestHeader = 8;

struct DTypeRow {
  std::string_view text;
  std::uint64_t size_bytes;
  std::optional<DType> dtype;
};
constexpr std::array<DTypeRow, 16> kDTypes = {{
    {"BOOL", 1, DType::boolean},
    {"U8", 1, DType::u8},
    {"I8", 1, DType::i8},
    {"I16", 2, DType::i16},
    {"I32", 4, DType::i32},
    {"I64", 8, DType::i64},
    {"F16", 2, DType::f16},
    {"BF16", 2, DType::bf16},
    {"F32", 4, DType::f32},
    {"F64", 8, DType::f64},
    {"U16", 2, std::nullopt},
    {"U32", 4, std::nullopt},
    {"U64", 8, std::nullopt},
    {"C64", 8, std::nullopt},
    {"F8_E4M3", 1, std::nullopt},
    {"F8_E5M2", 1, std::nullopt},
}};

/// Why the text is no JSON document of ours; nullopt with `document` filled when it is. Objects with two equal keys are
/// refused: two readers would take different tensors from such a file.
std::optional<std::string> parse_header(const std::string& text, Json& document) {
  std::vector<std::set<std::string>> keys_by_depth;
  std::optional<std::string> duplicate;
  bool is_too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    const auto level = static_cast<std::size_t>(depth);
    if (level > kDeepestHeader) {
      is_too_deep = true;
      return false;  // not kept: a text of brackets must not fill the memory
    }
    if (event == Json::parse_event_t::object_start) {
      keys_by_depth.resize(std::max(keys_by_depth.size(), level + 2));
      keys_by_depth[level + 1].clear();
    } else if (event == Json::parse_event_t::key && !keys_by_depth[level].insert(parsed.get<std::string>()).second) {
      duplicate = parsed.get<std::string>();
    }
    return true;
  };
  try {
    document = Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    return fmt::format("its header is no JSON text (at byte {} of the file)", 8 + error.byte);
  } catch (const Json::exception&) {
    return "its header is no JSON text";
  }
  if (is_too_deep) {
    return "its header is nested deeper than any safetensors header";
  }
  if (duplicate) {
    return fmt::format("its header has the key `{}` twice", printable_key(*duplicate));
  }
  if (!document.is_object()) {
    return "its header is no JSON object";
  }
  return std::nullopt;
}

/// The shape, or nullopt when it is no list of sizes; `size_bytes` is the product with the element size.
std::optional<std::vector<std::int64_t>> read_shape(const Json& json, std::uint64_t& size_bytes) {
  if (!json.is_array() || json.size() > kMostAxes) {
    return std::nullopt;
  }
  std::vector<std::int64_t> shape;
  bool is_empty = false;
  for (const Json& axis : json) {
    if (!axis.is_number_unsigned() || axis.get<std::uint64_t>() > (std::uint64_t{1} << 62)) {
      return std::nullopt;
    }
    shape.push_back(static_cast<std::int64_t>(axis.get<std::uint64_t>()));
    is_empty = is_empty || shape.back() == 0;
  }
  for (const std::int64_t size : shape) {
    if (is_empty) {
      size_bytes = 0;
    } else if (__builtin_mul_overflow(size_bytes, static_cast<std::uint64_t>(size), &size_bytes)) {
      return std::nullopt;
    }
  }
  return shape;
}

/// Fills `tensor` from its entry of the header; returns what is wrong with the entry. Offsets stay relative to the
/// data.
std::optional<std::string> read_entry(const Json& entry, std::uint64_t data_bytes, FileTensor& tensor) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets") ||
      entry.size() != 3) {
    return "has not exactly the fields dtype, shape and data_offsets";
  }
  if (!entry["dtype"].is_string()) {
    return "has an element type that is no text";
  }
  tensor.dtype_text = entry["dtype"].get<std::string>();
  const auto row = std::find_if(kDTypes.begin(), kDTypes.end(),
                                [&](const DTypeRow& candidate) { return candidate.text == tensor.dtype_text; });
  if (row == kDTypes.end()) {
    return fmt::format("has the unknown element type `{}`", printable_key(tensor.dtype_text));
  }
  tensor.dtype = row->dtype;
  std::uint64_t expected_bytes = row->size_bytes;
  const std::optional<std::vector<std::int64_t>> shape = read_shape(entry["shape"], expected_bytes);
  if (!shape) {
    return "has a shape that is no list of sizes, or a size beyond 64 bits";
  }
  tensor.shape = *shape;
  const Json& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return "has data_offsets that are not two numbers";
  }
  const auto begin = offsets[0].get<std::uint64_t>();
  const auto end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_bytes) {
    return fmt::format("stands at bytes {} to {} of {} bytes of data", begin, end, data_bytes);
  }
  if (end - begin != expected_bytes) {
    return fmt::format("takes {} bytes, but its shape and element type need {}", end - begin, expected_bytes);
  }
  tensor.offset_bytes = begin;
  tensor.size_bytes = end - begin;
  return std::nullopt;
}

/// Tensors must lie one behind the other and fill the data: overlaps and holes hide other contents.
std::optional<std::string> check_layout(const std::vector<FileTensor>& tensors, std::uint64_t data_bytes) {
  std::vector<const FileTensor*> ordered;
  for (const FileTensor& tensor : tensors) {
    ordered.push_back(&tensor);
  }
  std::sort(ordered.begin(), ordered.end(), [](const FileTensor* left, const FileTensor* right) {
    return std::pair(left->offset_bytes, left->size_bytes) < std::pair(right->offset_bytes, right->size_bytes);
  });
  std::uint64_t end = 0;
  for (const FileTensor* tensor : ordered) {
    if (tensor->offset_bytes < end) {
      return fmt::format("`{}` overlaps the tensor before it at byte {} of the data", printable_key(tensor->key),
                         tensor->offset_bytes);
    }
    if (tensor->offset_bytes > end) {
      return fmt::format("bytes {} to {} of the data, before `{}`, belong to no tensor", end, tensor->offset_bytes,
                         printable_key(tensor->key));
    }
    end += tensor->size_bytes;
  }
  if (end != data_bytes) {
    return fmt::format("{} bytes behind the last tensor belong to nothing", data_bytes - end);
  }
  return std::nullopt;
}

/// Reads and checks the whole table; returns what is wrong.
std::optional<std::string> read_table(const InputFile& file, std::vector<FileTensor>& tensors) {
  std::array<std::byte, 8> length_bytes{};
  if (!file.read(0, length_bytes)) {
    return fmt::format("it has {} bytes, too few for a safetensors file", file.size_bytes());
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, length_bytes.data(), sizeof header_bytes);
  if (header_bytes > file.size_bytes() - 8 || header_bytes > kLargestHeader) {
    return fmt::format("its header claims {} bytes, but the file has {}: it is cut short, or no safetensors file",
                       header_bytes, file.size_bytes());
  }
  std::string text(header_bytes, '\0');
  if (!file.read(8, std::as_writable_bytes(std::span(text)))) {
    return "its header cannot be read";
  }
  Json document;
  if (std::optional<std::string> problem = parse_header(text, document)) {
    return problem;
  }
  const std::uint64_t data_begin = 8 + header_bytes;
  const std::uint64_t data_bytes = file.size_bytes() - data_begin;
  for (const auto& [key, entry] : document.items()) {
    if (key == "__metadata__") {
      continue;
    }
    FileTensor tensor;
    tensor.key = key;
    if (const std::optional<std::string> problem = read_entry(entry, data_bytes, tensor)) {
      return fmt::format("`{}` {}", printable_key(key), *problem);
    }
    tensors.push_back(std::move(tensor));
  }
  if (std::optional<std::string> problem = check_layout(tensors, data_bytes)) {
    return problem;
  }
  for (FileTensor& tensor : tensors) {
    tensor.offset_bytes += data_begin;
  }
  return std::nullopt;
}

}  // namespace

std::string printable_key(const std::string& key) {
  constexpr std::size_t kLongest = 100;
  std::string text = key;
  if (key.size() > kLongest) {
    // Not within a character: drop the bytes of a cut UTF-8 sequence.
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text = key.substr(0, end) + "…";
  }
  for (char& character : text) {
    if (static_cast<unsigned char>(character) < 0x20U || character == 0x7F || character == '`') {
      character = '?';
    }
  }
  return text;
}

std::optional<TensorFile> open_safetensors(const std::string& path, const Span& span, Report& report) {
  std::string error;
  std::optional<InputFile> file = InputFile::open(path, error);
  if (!file) {
    report.add(span, diag::WeightsFileMissing, path, error);
    return std::nullopt;
  }
  std::vector<FileTensor> tensors;
  if (const std::optional<std::string> problem = read_table(*file, tensors)) {
    report.add(span, diag::WeightsFileDamaged, path, *problem);
    return std::nullopt;
  }
  std::sort(tensors.begin(), tensors.end(),
            [](const FileTensor& left, const FileTensor& right) { return left.key < right.key; });
  return TensorFile{path, std::move(*file), std::move(tensors)};
}

}  // namespace kdlc::weights
