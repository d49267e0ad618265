// The layout of a packed weights file, as runtime/kdlc_abi.h describes it: what packed_file.cpp writes and bind.cpp
// checks.
#pragma once

#include <cstdint>

namespace kdlc::codegen {

constexpr char kPackedMagic[9] = "KDLCPACK";
constexpr std::uint32_t kPackedVersion = 1;
/// FNV-1a with 64 bits, a word of eight bytes at a time; zeros fill the last word.
constexpr std::uint64_t kChecksumStart = 0xcbf29ce484222325U;
constexpr std::uint64_t kChecksumPrime = 0x100000001b3U;

}  // namespace kdlc::codegen
