// Infers the type of a contraction from its labels, windows and operands.
#include <fmt/format.h>

#include <array>

#include "graph/infer.hpp"

namespace kdlc::graph {

Dim window_output_size(const Dim& input, const Dim& size, const ContractionWindow& window) {
  const Dim spread_input = (input - 1) * window.input_dilation + 1;
  const Dim reach = (size - 1) * window.dilation + 1;
  return floor_divide(spread_input + window.pad_low + window.pad_high - reach, window.stride) + 1;
}

namespace {

/// Axis of each label in one operand, -1 where it is missing.
class LabelTable {
public:
  explicit LabelTable(const std::string& labels) {
    axes_.fill(-1);
    for (std::size_t axis = 0; axis < labels.size(); ++axis) {
      int& place = axes_[static_cast<unsigned char>(labels[axis])];
      repeats_ = repeats_ || place >= 0;
      place = static_cast<int>(axis);
    }
  }
  [[nodiscard]] bool has(AxisLabel label) const { return axes_[static_cast<unsigned char>(label)] >= 0; }
  [[nodiscard]] std::size_t axis(AxisLabel label) const {
    return static_cast<std::size_t>(axes_[static_cast<unsigned char>(label)]);
  }
  [[nodiscard]] bool repeats() const { return repeats_; }

private:
  std::array<int, 256> axes_{};
  bool repeats_ = false;
};

struct Tables {
  LabelTable left;
  LabelTable right;
  LabelTable output;
};

std::string check_window(const ContractionWindow& window, const Tables& tables) {
  if (!tables.left.has(window.output) || !tables.output.has(window.output) || tables.right.has(window.output)) {
    return fmt::format("window axis `{}` must stand in left and output, not in right", window.output);
  }
  if (!tables.right.has(window.window) || tables.left.has(window.window) || tables.output.has(window.window)) {
    return fmt::format("window axis `{}` must stand in right only", window.window);
  }
  if (window.stride < 1 || window.dilation < 1 || window.input_dilation < 1) {
    return fmt::format("window `{}:{}` needs stride and dilations of at least 1", window.output, window.window);
  }
  return {};
}

std::string check_labels(const ContractionAttributes& labels, const Tables& tables, const TensorType& left,
                         const TensorType& right) {
  if (labels.left.size() != left.shape.axis_count() || labels.right.size() != right.shape.axis_count()) {
    return fmt::format("labels {},{} do not fit {} and {}", labels.left, labels.right, left.to_text(), right.to_text());
  }
  if (tables.left.repeats() || tables.right.repeats() || tables.output.repeats()) {
    return "a label stands twice in one operand";
  }
  for (const AxisLabel label : labels.output) {
    if (!tables.left.has(label) && !tables.right.has(label)) {
      return fmt::format("output axis `{}` comes from no operand", label);
    }
  }
  for (std::size_t index = 0; index < labels.windows.size(); ++index) {
    for (std::size_t other = 0; other < index; ++other) {
      if (labels.windows[other].output == labels.windows[index].output ||
          labels.windows[other].window == labels.windows[index].window) {
        return "an axis has two windows";
      }
    }
    std::string problem = check_window(labels.windows[index], tables);
    if (!problem.empty()) {
      return problem;
    }
  }
  return {};
}

/// The batch must stay what it is: first in the operands that carry it, first in the output, neither slid nor summed.
std::string check_batch(const ContractionAttributes& labels, const TensorType& left, const TensorType& right) {
  const bool left_has = left.shape.has_batch();
  const bool right_has = right.shape.has_batch();
  if (!left_has && !right_has) {
    return {};
  }
  const AxisLabel batch = left_has ? labels.left.front() : labels.right.front();
  if (left_has && right_has && labels.right.front() != batch) {
    return "the batches of left and right are different axes: this mixes samples";
  }
  if (labels.output.empty() || labels.output.front() != batch) {
    return "the batch is not the output's first axis: this mixes samples";
  }
  for (const ContractionWindow& window : labels.windows) {
    if (window.output == batch || window.window == batch) {
      return "a window slides over the batch: this mixes samples";
    }
  }
  return {};
}

}  // namespace

Inference infer_contraction(const Node& node, const OperandTypes& operands) {
  if (operands.size() < 2) {
    return {.problem = "a contraction needs left and right"};
  }
  const auto& labels = attributes<ContractionAttributes>(node);
  const TensorType& left = *operands[0];
  const TensorType& right = *operands[1];
  const Tables tables{LabelTable(labels.left), LabelTable(labels.right), LabelTable(labels.output)};
  std::string problem = check_labels(labels, tables, left, right);
  if (problem.empty()) {
    problem = check_batch(labels, left, right);
  }
  if (problem.empty() && (left.dtype != right.dtype || left.dtype == DType::boolean)) {
    problem = fmt::format("{} cannot be multiplied with {}", left.to_text(), right.to_text());
  }
  for (std::size_t axis = 0; problem.empty() && axis < labels.left.size(); ++axis) {
    const AxisLabel label = labels.left[axis];
    if (tables.right.has(label) && !(left.shape.axes[axis] == right.shape.axes[tables.right.axis(label)])) {
      problem = fmt::format("axis `{}` is {} in left and {} in right", label, left.shape.axes[axis].to_text(),
                            right.shape.axes[tables.right.axis(label)].to_text());
    }
  }
  if (!problem.empty()) {
    return {.problem = std::move(problem)};
  }
  TensorType type{.dtype = left.dtype};
  for (const AxisLabel label : labels.output) {
    type.shape.axes.push_back(tables.left.has(label) ? left.shape.axes[tables.left.axis(label)]
                                                     : right.shape.axes[tables.right.axis(label)]);
  }
  for (const ContractionWindow& window : labels.windows) {
    Dim& size = type.shape.axes[tables.output.axis(window.output)];
    size = window_output_size(size, right.shape.axes[tables.right.axis(window.window)], window);
    if (size.is_constant() && size.constant() < 0) {
      return {.problem = fmt::format("window `{}:{}` is larger than its input", window.output, window.window)};
    }
  }
  return infer_epilogue(labels.epilogue, type, operands, 2);
}

}  // namespace kdlc::graph
