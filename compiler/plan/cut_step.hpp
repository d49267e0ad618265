// Cuts a step along one of its loop axes into parts for threads. Sums are never cut: the order in which a sum is added
// is that of the whole step.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// An axis along which parts of a step are independent.
struct CutAxis {
  enum class Role : std::uint8_t { outer, rows, columns } role = Role::outer;
  std::size_t number = 0;  // among the axes of its role; steps other than contractions: `outer` positions, then columns
  std::int64_t size = 1;
  std::int64_t grain = 1;    // parts are best multiples of it: whole register blocks or vectors
  bool needs_grain = false;  // and must be
};
std::vector<CutAxis> cut_axes(const Step& step, const Machine& machine);

/// Leaves `size` elements of the axis, from `begin` on.
void take_part(Step& step, const CutAxis& axis, const Dim& begin, std::int64_t size);

/// Moves what nobody else sees to the place of this thread. `scratch_bytes`: from one thread's to that of the next.
void use_scratch_of(Step& step, const Dim& thread, std::int64_t scratch_bytes);

/// Where the part of each thread ends; the last is the size of the axis. A thread whose part is empty ends where it
/// begins.
using CutEnds = std::vector<std::int64_t>;

/// Whole grains for every thread, as evenly as they go.
CutEnds even_ends(std::int64_t size, std::int64_t grain, std::int64_t threads);

/// The same fractions of another size: rows of positions become positions.
CutEnds scaled(const CutEnds& ends, std::int64_t size);

/// The shares of the threads. `scratch_bytes`: from the scratch of one thread to that of the next.
std::vector<Share> cut_step(const Step& step, const CutAxis& axis, const CutEnds& ends, std::int64_t scratch_bytes);

/// The step on one thread alone.
Share whole_step(const Step& step, std::int64_t thread, std::int64_t scratch_bytes);

}  // namespace kdlc::plan
