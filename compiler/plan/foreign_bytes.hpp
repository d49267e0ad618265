// What reading costs a thread where another one has written, in another core's cache.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "plan/step_accesses.hpp"

namespace kdlc::plan {

/// For a byte that another core has written, beside what reading it costs anyway: 7 ns for a line of 64 where there are
/// few, 2 ns where the processor can look ahead.
constexpr double kForeignByteNanoseconds = 0.1;
constexpr double kFarForeignByteNanoseconds = 0.03;

/// Which thread has written what so far.
class WrittenBytes {
public:
  void add(std::int64_t thread, const std::vector<Footprint>& writes);
  /// `near_byte`: nanoseconds for a byte where there are few.
  [[nodiscard]] double foreign_nanoseconds(const Footprints& touched, std::int64_t thread, double near_byte) const;

private:
  struct Written {
    std::int64_t thread;
    Footprint footprint;
  };
  std::map<std::pair<Memory, std::uint32_t>, std::vector<Written>> written_;  // by buffer
};

}  // namespace kdlc::plan
