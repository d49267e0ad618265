// Who wrote what, by buffer, and what of it others read.
#include "plan/foreign_bytes.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

constexpr double kNearForeignBytes = 64 << 10;

}  // namespace

void WrittenBytes::add(std::int64_t thread, const std::vector<Footprint>& writes) {
  for (const Footprint& write : writes) {
    written_[{write.memory, write.index}].push_back({thread, write});
  }
}

double WrittenBytes::foreign_nanoseconds(const Footprints& touched, std::int64_t thread, double near_byte) const {
  double bytes = 0;  // roughly what of the reads others have written
  for (const Footprint& read : touched.reads) {
    const auto found = written_.find({read.memory, read.index});
    if (found == written_.end()) {
      continue;
    }
    for (const Written& written : found->second) {
      bytes += written.thread == thread ? 0 : common_bytes(read, written.footprint);
    }
  }
  const double near = std::min(bytes, kNearForeignBytes);
  return near * near_byte + (bytes - near) * kFarForeignByteNanoseconds;
}

}  // namespace kdlc::plan
