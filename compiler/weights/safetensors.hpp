// Reads the table of contents of a safetensors file, and one tensor at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "types/dtype.hpp"
#include "weights/input_file.hpp"

namespace kdlc::weights {

/// A tensor of a file: where it stands and what the file says that it is.
struct FileTensor {
  std::string key;
  std::string dtype_text;      // the file's word: `F32`
  std::optional<DType> dtype;  // nullopt: one that kdlc has no type for (`U32`, `F8_E4M3`)
  std::vector<std::int64_t> shape;
  std::uint64_t offset_bytes = 0;  // from the start of the file
  std::uint64_t size_bytes = 0;
};

struct TensorFile {
  std::string path;
  InputFile file;
  std::vector<FileTensor> tensors;  // sorted by key; keys are distinct
};

/// Opens a safetensors file and checks its whole table: nullopt after reporting K600 or K605 at `span`.
std::optional<TensorFile> open_safetensors(const std::string& path, const Span& span, Report& report);

/// A key made fit for a message: control characters as `?`, at most 100 bytes.
std::string printable_key(const std::string& key);

}  // namespace kdlc::weights
