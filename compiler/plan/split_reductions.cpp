// Which reductions are split, and the two steps in place of one.
#include "plan/split_reductions.hpp"

#include <algorithm>
#include <utility>

namespace kdlc::plan {
namespace {

std::int64_t product(const std::vector<Dim>& dims) {
  std::int64_t result = 1;
  for (const Dim& dim : dims) {
    result *= dim.constant();
  }
  return result;
}

/// Whether neighbouring elements belong to different results, and the parts are worth it.
bool can_split(const ReduceStep& step, const SplitOptions& options) {
  if (!are_constant(step.kept) || !are_constant(step.reduced) || step.reduced.front().constant() % options.parts != 0 ||
      step.reduced.front() == Dim(options.parts)) {
    return false;
  }
  const auto is_across = [&](std::size_t axis) {
    return step.input.strides[axis] == Dim(1) && step.kept[axis] != Dim(1);
  };
  bool is_any_across = false;
  for (std::size_t axis = 0; axis < step.kept.size(); ++axis) {
    is_any_across = is_any_across || is_across(axis);
  }
  const auto element_bytes = static_cast<std::int64_t>(size_bytes(step.input.dtype));
  // Narrower elements are added up in wider ones, which the parts would round.
  return is_any_across && element_bytes >= 4 &&
         product(step.kept) * product(step.reduced) * element_bytes >= options.least_bytes;
}

/// The reduction of each part, in `partial`: [parts, kept…].
ReduceStep reduce_parts(const ReduceStep& step, std::uint32_t partial, std::int64_t parts) {
  const std::size_t first_reduced = step.kept.size();
  ReduceStep result{.reducer = step.reducer, .kept = {Dim(parts)}, .reduced = step.reduced, .input = step.input};
  result.kept.insert(result.kept.end(), step.kept.begin(), step.kept.end());
  const std::int64_t part = step.reduced.front().constant() / parts;
  result.reduced.front() = Dim(part);
  result.input.strides.insert(result.input.strides.begin(), step.input.strides[first_reduced] * Dim(part));
  result.output = {.memory = Memory::arena, .index = partial, .dtype = step.input.dtype};
  Dim stride = 1;
  for (std::size_t axis = result.kept.size(); axis-- > 0;) {
    result.output.strides.insert(result.output.strides.begin(), stride);
    stride = stride * result.kept[axis];
  }
  return result;
}

}  // namespace

void split_reductions(std::vector<Step>& steps, std::vector<Buffer>& buffers, const SplitOptions& options) {
  for (std::size_t number = 0; number < steps.size(); ++number) {
    auto* whole = std::get_if<ReduceStep>(&steps[number].kernel);
    if (whole == nullptr || !can_split(*whole, options)) {
      continue;
    }
    const auto partial = static_cast<std::uint32_t>(buffers.size());
    buffers.push_back(
        {.elements = Dim(product(whole->kept) * options.parts), .has_batch = false, .dtype = whole->input.dtype});
    ReduceStep parts = reduce_parts(*whole, partial, options.parts);
    whole->reduced = {Dim(options.parts)};
    whole->input = parts.output;
    // The parts are the innermost axis of the second reduction, and the outermost one of the memory.
    std::rotate(whole->input.strides.begin(), whole->input.strides.begin() + 1, whole->input.strides.end());
    Step before{.kernel = std::move(parts), .records = steps[number].records, .name = "parts of " + steps[number].name};
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(number), std::move(before));
    ++number;
  }
}

}  // namespace kdlc::plan
