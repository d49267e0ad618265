// What `kdlc bench` prints: times beside what the processor could do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/step_facts.hpp"

namespace kdlc::report {

/// What one core can do, measured.
struct MachineLimits {
  struct Level {
    double bytes = 0;
    double bytes_per_second = 0;
  };
  double flops = 0;  // multiply-adds count two
  std::vector<Level> levels;

  /// Reading `bytes` again and again; between two measured sizes it changes with the logarithm of the size.
  [[nodiscard]] double rate_of(double bytes) const;
};

/// The least time of a step, and what sets it.
struct StepLimit {
  double seconds = 0;
  double arithmetic_seconds = 0;
  double weight_seconds = 0;
  double moved_seconds = 0;
};
/// Arithmetic at the peak beside reading the step's weights, from the level in which all `packed_bytes` fit, and moving
/// its tensors, from the level in which these fit; the larger of the two.
StepLimit limit_of(const StepFacts& step, double packed_bytes, const MachineLimits& limits);

struct Timing {
  double median = 0;  // seconds
  double fastest = 0;
};

/// A call with several threads.
struct ThreadedTiming {
  std::int64_t threads = 1;
  bool shares_samples = false;  // each thread has samples of its own; else all compute each sample together
  std::int64_t meetings = 0;    // of the threads that compute a sample together
  Timing whole;
};

struct BenchFacts {
  std::string name;
  std::int64_t samples = 1;
  Timing whole;                            // with one thread
  std::optional<ThreadedTiming> threaded;  // where several were asked for
  double compile_seconds = 0;
  double packed_bytes = 0;
  std::vector<StepFacts> steps;
  bool has_layers = false;  // the steps of depth 0 were timed
  MachineLimits limits;
};

/// The time of a call, its rate and its share of the limit; a table of the steps where they were timed.
std::string bench_text(const BenchFacts& facts, int width);

}  // namespace kdlc::report
