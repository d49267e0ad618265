// Finds the taps in the strides of the left operand.
#include "plan/window_taps.hpp"

namespace kdlc::plan {
namespace {

bool is_positive(const Dim& size) {
  return size.is_constant() && size.constant() > 0;
}

}  // namespace

std::optional<WindowTaps> find_taps(const ContractionStep& step) {
  if (step.rows.empty() || step.depth.empty() || !is_positive(step.rows.back())) {
    return std::nullopt;
  }
  const std::size_t first = step.left.strides.size() - step.depth.size();
  const Dim& position = step.left.strides[first - 1];
  for (std::size_t axis = step.depth.size(); is_positive(position) && axis-- > 0;) {
    const Dim& size = step.depth[axis];
    const Dim& stride = step.left.strides[first + axis];
    if (!is_positive(size) || !is_positive(stride)) {
      return std::nullopt;
    }
    // Channels within taps are one axis where both lie side by side.
    const bool has_channels = position.constant() % stride.constant() == 0;
    const std::int64_t channels = has_channels ? position.constant() / stride.constant() : 1;
    const std::int64_t distance = has_channels ? 1 : stride.constant() / position.constant();
    const bool is_whole = has_channels ? size.constant() % channels == 0 : stride.constant() % position.constant() == 0;
    if (is_whole && size.constant() / channels > 1 && distance < step.rows.back().constant()) {
      return WindowTaps{.axis = axis, .count = size.constant() / channels, .channels = channels, .distance = distance};
    }
  }
  return std::nullopt;
}

}  // namespace kdlc::plan
