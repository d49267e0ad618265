// Names, sizes and kinds of the element types.
#include "types/dtype.hpp"

#include <array>

#include "support/assert.hpp"

namespace kdlc {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t size_bytes;
};

// In the order of the enumeration, which is what indexes it.
constexpr std::array<DTypeRow, 10> kRows = {{{DType::f16, "f16", 2},
                                             {DType::bf16, "bf16", 2},
                                             {DType::f32, "f32", 4},
                                             {DType::f64, "f64", 8},
                                             {DType::i8, "i8", 1},
                                             {DType::i16, "i16", 2},
                                             {DType::i32, "i32", 4},
                                             {DType::i64, "i64", 8},
                                             {DType::u8, "u8", 1},
                                             {DType::boolean, "bool", 1}}};

const DTypeRow& row_of(DType dtype) {
  const auto index = static_cast<std::size_t>(dtype);
  KDLC_ASSERT(index < kRows.size() && kRows[index].dtype == dtype, "every element type has its row");
  return kRows[index];
}

}  // namespace

std::string_view name_of(DType dtype) {
  return row_of(dtype).name;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeRow& row : kRows) {
    if (row.name == name) {
      return row.dtype;
    }
  }
  return std::nullopt;
}

std::size_t size_bytes(DType dtype) {
  return row_of(dtype).size_bytes;
}

bool is_float(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f32 || dtype == DType::f64;
}

bool is_integer(DType dtype) {
  return !is_float(dtype) && dtype != DType::boolean;
}

}  // namespace kdlc
