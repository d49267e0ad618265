// The phases of a window that slides over a spread input: which output cells meet which of its cells.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::passes {

/// Output cells phase, phase + phases, …: the cells begin, begin + step, … of the window, none where `count` is 0, over
/// an input whose border in front is `low` wide and behind it `high`.
struct Phase {
  std::int64_t begin = 0;
  std::int64_t count = 0;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// One sliding axis. An axis without spreading is one with one phase.
struct SplitAxis {
  std::size_t left = 0;
  std::size_t right = 0;
  std::size_t output = 0;
  std::int64_t cells = 0;  // of the window
  std::int64_t phase_count = 1;
  bool are_columns = false;  // all phases in one contraction
  std::int64_t step = 1;     // from one cell of a phase to the next
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  Dim places;  // results of one phase
  std::vector<Phase> phases;

  [[nodiscard]] bool is_interleaved() const { return phase_count > 1 && !are_columns; }
  [[nodiscard]] std::int64_t low() const { return widest(&Phase::low); }
  [[nodiscard]] std::int64_t high() const { return widest(&Phase::high); }

private:
  [[nodiscard]] std::int64_t widest(std::int64_t Phase::* side) const;
};

/// The phases of the output axis that `window` slides along; nullopt where sizes known only at run time leave them
/// uneven.
std::optional<SplitAxis> split_axis(const graph::ContractionAttributes& contraction,
                                    const graph::ContractionWindow& window, const Shape& left, const Shape& right,
                                    const Shape& output);

}  // namespace kdlc::passes
