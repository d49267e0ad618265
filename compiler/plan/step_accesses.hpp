// Every tensor that a step touches, and the memory that it covers there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Visits every access of a step, those of a loop's turns included.
void for_each_access(Step& step, const std::function<void(Access&)>& visit);

bool is_same_buffer(const Access& left, const Access& right);
void move_by(Access& access, const Dim& elements);

/// Where the step keeps what nobody else sees; nullptr for most.
Access* scratch_of(Step& step);
const Access* scratch_of(const Step& step);

/// What a contraction reads of a right operand that is not packed: over outer, depth, columns, and the cells of a
/// window of results.
struct RightCells {
  Access access;
  std::vector<Dim> sizes;
};
RightCells right_cells(const ContractionStep& step);

/// The symbol that counts threads in the offsets of a share, from 0 at its first one.
inline const char* const kThreadSymbol = "thread 0";  // no identifier of the language has a space in it

/// The symbol that counts the rounds of a region in the offsets of its shares.
inline const char* const kRoundSymbol = "round 0";

/// A strided box of bytes in one buffer.
struct Footprint {
  Memory memory = Memory::arena;
  std::uint32_t index = 0;
  struct Run {
    std::int64_t count = 1;
    std::int64_t stride_bytes = 1;  // above 0
  };
  struct Box {
    std::int64_t begin = 0;  // the lowest byte
    std::int64_t element_bytes = 1;
    std::vector<Run> runs;
  };
  std::optional<Box> box;  // nullopt: not known, so all of the buffer
};

/// What a thread of a share reads and writes of all that steps write: inputs and weights are left out, and so is
/// scratch, of which every thread has its own.
struct Footprints {
  std::vector<Footprint> reads;
  std::vector<Footprint> writes;
};
/// `thread` counts from 0 at the first thread of the share that the step belongs to. Where its region has rounds: in
/// the first one.
Footprints footprints_of(const Step& step, std::int64_t thread);

struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
bool are_disjoint(const ByteRange& left, const ByteRange& right);
/// From the lowest byte of the box to behind the highest.
ByteRange hull_of(const Footprint::Box& box);

/// False when the two surely share no byte.
bool may_overlap(const Footprint& left, const Footprint& right);
/// Of all elements; 0 where it is not known.
double bytes_of(const Footprint& footprint);
/// About how many bytes of `written` lie where `read` reads; 0 where one of them is not known.
double common_bytes(const Footprint& read, const Footprint& written);
/// Whether two threads that run these at once could see each other: one writes what the other reads or writes.
bool may_conflict(const Footprints& left, const Footprints& right);

}  // namespace kdlc::plan
