// Neighbouring layers computed band by band, where a map between them would outgrow the cache.
//
// Before → after, for a pointwise (or any) convolution E, a depthwise convolution D and a pointwise one P behind it:
//
//   E: all rows of x                  border of x, and the first rows of E that the first window needs beside the band
//   border of x                       for each band:
//   D: all rows of y                    E: the next rows of x             x and y hold one band, and stay in the
//   P: all rows of z                    D: its rows of y                  second cache
//                                       P: its rows of z
//                                       the last rows of x are moved to the front: the next windows begin there
//                                     the same for the last band, which ends with the lower border
//
// Each of several threads does so for its own rows of z, with an x and a y of its own: the rows of x that windows of
// two threads share are computed by both.
#pragma once

#include <vector>

#include "plan/placement.hpp"
#include "plan/plan.hpp"
#include "plan/regions.hpp"

namespace kdlc::plan {

/// Replaces such steps of a body of one sample by loops, and shrinks the buffers between them. Places are not resolved
/// yet: Access::index is a buffer.
void compute_in_bands(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine);

/// The chains of a body of one sample as work for threads. What a thread keeps for itself is added to `buffers`.
std::vector<Unit> band_units(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine);

}  // namespace kdlc::plan
