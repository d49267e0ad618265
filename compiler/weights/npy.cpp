// .npy files: "\x93NUMPY", two bytes of version, the length of the header, the header, the numbers.
#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "support/assert.hpp"
#include "support/replace_file.hpp"
#include "weights/convert.hpp"
#include "weights/input_file.hpp"
#include "weights/npy_array.hpp"
#include "weights/npy_header.hpp"
#include "weights/weights.hpp"

namespace kdlc::weights {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kLargestHeader = 1U << 20U;

/// The header's text and where the numbers begin; nullopt with the reason.
std::optional<std::string> read_header_text(const InputFile& file, std::uint64_t& data_begin, std::string& problem) {
  std::array<unsigned char, 12> start{};
  const std::size_t start_bytes = std::min<std::uint64_t>(start.size(), file.size_bytes());
  if (!file.read(0, std::as_writable_bytes(std::span(start).first(start_bytes))) || start_bytes < 10 ||
      std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) {
    problem = "it does not begin as a .npy file does";
    return std::nullopt;
  }
  const unsigned version = start[6];
  if (version < 1 || version > 3 || (version > 1 && start_bytes < 12)) {
    problem = fmt::format("its version {}.{} is none of 1.0, 2.0 and 3.0", version, start[7]);
    return std::nullopt;
  }
  std::uint64_t length = start[8] + 256U * start[9];
  if (version > 1) {
    length += (std::uint64_t{start[10]} << 16U) + (std::uint64_t{start[11]} << 24U);
  }
  const std::uint64_t begin = version == 1 ? 10 : 12;
  if (length > kLargestHeader || length > file.size_bytes() - begin) {
    problem =
        fmt::format("its header claims {} bytes, but the file has {}: it is cut short", length, file.size_bytes());
    return std::nullopt;
  }
  std::string text(length, '\0');
  if (!file.read(begin, std::as_writable_bytes(std::span(text)))) {
    problem = "its header cannot be read";
    return std::nullopt;
  }
  data_begin = begin + length;
  return text;
}

void swap_bytes(TensorData& data) {
  const std::size_t element_bytes = size_bytes(data.dtype);
  for (std::size_t begin = 0; begin < data.bytes.size(); begin += element_bytes) {
    const auto first = data.bytes.begin() + static_cast<std::ptrdiff_t>(begin);
    std::reverse(first, first + static_cast<std::ptrdiff_t>(element_bytes));
  }
}

/// A Fortran array is a C array of the axes in reverse.
TensorData from_fortran_order(TensorData data) {
  Layout layout;
  for (std::size_t axis = data.shape.size(); axis-- > 0;) {
    layout.permutation.push_back(axis);
  }
  const std::vector<std::int64_t> shape = data.shape;
  std::reverse(data.shape.begin(), data.shape.end());
  return to_kdl_layout(data, layout, shape);
}

}  // namespace

std::optional<TensorData> read_npy_array(const InputFile& file, std::string& problem) {
  std::uint64_t data_begin = 0;
  const std::optional<std::string> text = read_header_text(file, data_begin, problem);
  if (!text) {
    return std::nullopt;
  }
  const std::optional<NpyHeader> header = parse_npy_header(*text, problem);
  if (!header) {
    return std::nullopt;
  }
  const bool is_empty = std::find(header->shape.begin(), header->shape.end(), 0) != header->shape.end();
  std::uint64_t wanted = is_empty ? 0 : size_bytes(header->dtype);
  for (const std::int64_t size : header->shape) {
    if (!is_empty && __builtin_mul_overflow(wanted, static_cast<std::uint64_t>(size), &wanted)) {
      problem = "its shape is beyond all memory";
      return std::nullopt;
    }
  }
  const std::uint64_t present = file.size_bytes() - data_begin;
  if (present != wanted) {
    problem = fmt::format("its shape {} needs {} bytes of numbers, but {} follow the header", shape_text(header->shape),
                          wanted, present);
    return std::nullopt;
  }
  TensorData data;
  data.dtype = header->dtype;
  data.shape = header->shape;
  data.bytes.resize(wanted);
  if (!file.read(data_begin, data.bytes)) {
    problem = "its numbers cannot be read";
    return std::nullopt;
  }
  if (header->big_endian) {
    swap_bytes(data);
  }
  if (data.dtype == DType::boolean) {
    std::transform(data.bytes.begin(), data.bytes.end(), data.bytes.begin(),
                   [](std::byte value) { return value == std::byte{0} ? std::byte{0} : std::byte{1}; });
  }
  return header->fortran_order ? from_fortran_order(std::move(data)) : std::move(data);
}

std::optional<TensorData> read_npy(const std::string& path, Report& report) {
  std::string problem;
  const std::optional<InputFile> file = InputFile::open(path, problem);
  if (!file) {
    report.add(Span{}, diag::DataFileMissing, path, problem);
    return std::nullopt;
  }
  std::optional<TensorData> data = read_npy_array(*file, problem);
  if (!data) {
    report.add(Span{}, diag::DataFileDamaged, path, problem);
  }
  return data;
}

bool write_npy(const std::string& path, const TensorData& data, Report& report) {
  if (data.dtype == DType::bf16) {
    // NumPy has no bf16; f32 holds every one of its numbers.
    return write_npy(path, convert_dtype(data, DType::f32).data, report);
  }
  std::string header = npy_header_text(data.dtype, data.shape);
  // The numbers begin at a multiple of 64: 10 bytes before the header, and a line feed at its end.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  KDLC_ASSERT(header.size() < 65536, "the header of an array of at most 32 axes is short");
  std::string start(kMagic);
  start += '\x01';
  start += '\x00';
  start += static_cast<char>(header.size() & 0xFFU);
  start += static_cast<char>(header.size() >> 8U);
  start += header;
  const std::array<std::span<const std::byte>, 2> parts = {std::as_bytes(std::span(start)), std::span(data.bytes)};
  if (const std::optional<std::string> problem = replace_file(path, parts, false)) {
    report.add(Span{}, diag::DataFileNotWritten, path, *problem);
    return false;
  }
  return true;
}

}  // namespace kdlc::weights
