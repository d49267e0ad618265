// The header of a .npy file: what it says about the numbers behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/dtype.hpp"

namespace kdlc::weights {

struct NpyHeader {
  DType dtype = DType::f32;
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the dictionary of a header, e.g. `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`. nullopt with
/// the reason in `problem` (words that go on from "the file: ").
std::optional<NpyHeader> parse_npy_header(std::string_view text, std::string& problem);

/// The dictionary of a little-endian array in C order.
std::string npy_header_text(DType dtype, const std::vector<std::int64_t>& shape);

}  // namespace kdlc::weights
