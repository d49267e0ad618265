// How long a compiled model takes in this process: a whole call, and its steps one by one.
#pragma once

#include <optional>
#include <string>

#include "driver/compile.hpp"
#include "driver/session.hpp"
#include "report/bench_table.hpp"

namespace kdlc::driver {

struct BenchOptions {
  std::int64_t samples = 1;
  bool layers = false;
};

/// The times of calls on made-up inputs; nullopt after reporting. `packed` is a packed file of the plan.
std::optional<report::BenchFacts> bench_model(const Compiled& compiled, const std::string& packed,
                                              const BenchOptions& options, Session& session);

}  // namespace kdlc::driver
