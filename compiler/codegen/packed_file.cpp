// Writes the packed weights of a plan as the file that <prefix>_bind accepts.
#include "codegen/packed_file.hpp"

#include <cstring>

#include <kdlc_abi.h>

#include "codegen/codegen.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

std::uint64_t checksum(const std::vector<std::byte>& bytes) {
  std::uint64_t sum = kChecksumStart;
  for (std::size_t offset = 0; offset < bytes.size(); offset += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + offset, std::min(sizeof word, bytes.size() - offset));
    sum = (sum ^ word) * kChecksumPrime;
  }
  return sum;
}

}  // namespace

std::string packed_file(const plan::Plan& plan, const std::vector<std::byte>& packed_weights) {
  KDLC_ASSERT(packed_weights.size() == static_cast<std::size_t>(plan.packed_bytes), "packed weights are the plan's");
  kdlc_packed_header header{};
  std::memcpy(header.magic, kPackedMagic, sizeof header.magic);
  header.version = kPackedVersion;
  header.hash = plan.model_hash;
  header.bytes = packed_weights.size();
  header.checksum = checksum(packed_weights);
  static_assert(sizeof header == 64, "the tensors begin at a multiple of 64 bytes");
  std::string file(sizeof header + packed_weights.size(), '\0');
  std::memcpy(file.data(), &header, sizeof header);
  if (!packed_weights.empty()) {
    std::memcpy(file.data() + sizeof header, packed_weights.data(), packed_weights.size());
  }
  return file;
}

}  // namespace kdlc::codegen
