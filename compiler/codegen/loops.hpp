// The loop vocabulary of the kernels: counted loops, loops that carry values, and vectors with tails.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "codegen/emitter.hpp"

namespace kdlc::codegen {

/// A half-open range of i64 and the step through it.
struct Range {
  llvm::Value* begin = nullptr;
  llvm::Value* end = nullptr;
  std::int64_t step = 1;
};

/// for (index = begin; index < end; index += step). A loop that provably runs once or never is no loop.
void for_each(Emitter& emitter, const Range& range, const std::function<void(llvm::Value* index)>& body);
/// From 0 to count.
void for_each(Emitter& emitter, llvm::Value* count, const std::function<void(llvm::Value* index)>& body);
/// All positions of a nest, first axis outermost.
void for_each_position(Emitter& emitter, std::span<const Dim> axes,
                       const std::function<void(std::span<llvm::Value* const> indices)>& body);

/// A loop with values carried from turn to turn: `body` gets index and values and returns the next values. Returns the
/// last ones.
using Values = std::vector<llvm::Value*>;
Values carry(Emitter& emitter, const Range& range, Values initial,
             const std::function<Values(llvm::Value* index, const Values& values)>& body);

/// Covers 0…count by parts: full vectors in a loop, then the tail (one masked part where the machine has masks; else
/// narrower vectors for a constant count, scalars for a run-time count). `body` is emitted once for each kind of part;
/// `lanes` is a power of two.
void for_each_part(Emitter& emitter, llvm::Value* count, std::int64_t lanes,
                   const std::function<void(const Part& part)>& body);
/// The same with carried values; `body` sees by part.lanes and part.mask how to merge a partial part.
Values carry_parts(Emitter& emitter, llvm::Value* count, std::int64_t lanes, Values initial,
                   const std::function<Values(const Part& part, const Values& values)>& body);
/// The mask of the first `count` of `lanes` lanes.
llvm::Value* lane_mask(Emitter& emitter, llvm::Value* count, std::int64_t lanes);

/// Covers 0…count by blocks of `size` and what is left: one smaller block when the count is known, else halves of the
/// block, each as often as it fits. `body` is emitted once for each size.
void for_each_block(Emitter& emitter, llvm::Value* count, std::int64_t size,
                    const std::function<void(llvm::Value* begin, std::int64_t size)>& body);

/// Covers 0…count by ranges of `size`, the last of which may be shorter; `body` is emitted once.
void for_each_range(Emitter& emitter, std::int64_t count, std::int64_t size,
                    const std::function<void(llvm::Value* begin, llvm::Value* end)>& body);

/// if (condition) body.
void if_then(Emitter& emitter, llvm::Value* condition, const std::function<void()>& body);

}  // namespace kdlc::codegen
