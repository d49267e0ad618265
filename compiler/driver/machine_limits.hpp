// What one core of this machine can do, measured in some tenths of a second.
#pragma once

#include "report/bench_table.hpp"

namespace kdlc::driver {

/// The peak of multiply-adds in registers, and rates of reading from each level of memory.
report::MachineLimits measure_limits();

}  // namespace kdlc::driver
