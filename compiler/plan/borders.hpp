// Borders around the input of a window, as work for threads. Nothing has to be there before them, so each part is best
// written by the thread that reads it: cells that one core has written come to another one slowly.
#pragma once

#include <optional>
#include <vector>

#include "plan/cut_step.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

/// Whether the step writes constants into the arena and reads nothing.
bool is_border(const Step& step);

/// Takes from `borders` what shares a buffer with something that the step touches.
std::vector<Step> take_borders_of(const Step& step, std::vector<Step>& borders);

/// The shares of threads whose channels end there, of a depthwise convolution and of borders of what it reads: channels
/// lie one beside the other in every cell. None for another axis or step, or where a border has no whole cells.
std::vector<Share> cut_channels(const Step& reader, const std::vector<Step>& borders, const CutAxis& axis,
                                const CutEnds& ends);

/// The thread that alone reads the border, where the reader is cut evenly along its outermost axis.
std::optional<std::int64_t> only_reader(const Step& border, const Step& reader, const Machine& machine,
                                        std::int64_t threads);

}  // namespace kdlc::plan
