// Attention without scores in memory: its three steps for some rows of one head at a time.
#pragma once

#include <functional>
#include <vector>

#include "plan/regions.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {

/// Before → after:
///   scores: contraction outer [12] rows [128] …  → X       loop of 12 turns
///   parts: rows [1536] …                         X → Y       loop of 4 turns
///   seen: contraction outer [12] rows [128] …  Y →             scores: contraction rows [32] …  → tile
///                                                              parts: rows [32]           tile → tile
///                                                              seen: contraction rows [32] …  tile →
/// where nothing else reads X and Y. The tile, which stays in the first-level cache, is added to `buffers`.
std::vector<Step> loop_over_heads(std::vector<Step> steps, std::vector<Buffer>& buffers, const Options& options,
                                  const SizeBounds& bounds);

/// Such loops as work for threads, each over its own heads or rows with a tile of its own. `scratch_bytes`: of one
/// thread, by buffer.
std::vector<Unit> head_units(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Options& options,
                             const SizeBounds& bounds,
                             const std::function<std::int64_t(std::uint32_t buffer)>& scratch_bytes);

}  // namespace kdlc::plan
