// Element types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kdlc {

enum class DType : std::uint8_t { f16, bf16, f32, f64, i8, i16, i32, i64, u8, boolean };

/// The spelling in the language: "f32", "bool", ….
std::string_view name_of(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);
/// Bytes of one element in memory; bool is one byte.
std::size_t size_bytes(DType dtype);
bool is_float(DType dtype);
/// True for i8 to i64 and u8; bool is no integer.
bool is_integer(DType dtype);

}  // namespace kdlc
