// Takes padding and spreading out of contraction windows, so that the planner gives producers a buffer with a border.
//
//   %2 = contraction nhc,pcf->nhf windows h:p pad 1,1 (%0, %1)
//   →  %2 = pad 0,0 1,1 0,0 (%0)
//      %3 = contraction nhc,pcf->nhf windows h:p (%2, %1)
// A spread input (input dilation d, of transposed convolutions) becomes [H] → [H, 1] → [H, d] with zeros → [H × d].
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// Puts d - 1 zeros behind each cell of an axis, the last cell too.
NodeId spread(Rewrite& rewrite, NodeId value, std::size_t axis, std::int64_t dilation) {
  const Shape shape = rewrite.node(value).type.shape;
  const auto place = static_cast<std::ptrdiff_t>(axis);
  Shape split = shape;
  split.axes.insert(split.axes.begin() + place + 1, Dim(1));
  std::vector<std::int64_t> low(split.axis_count(), 0);
  std::vector<std::int64_t> high = low;
  high[axis + 1] = dilation - 1;
  const NodeId padded = rewrite.builder().pad(rewrite.builder().reshape(value, split), low, high, 0);
  Shape joined = shape;
  joined.axes[axis] = shape.axes[axis] * dilation;
  return rewrite.builder().reshape(padded, joined);
}

/// `value` with a border of the given widths; negative widths cut.
NodeId border(Rewrite& rewrite, NodeId value, std::vector<std::int64_t> low, std::vector<std::int64_t> high) {
  const Shape shape = rewrite.node(value).type.shape;
  std::vector<Dim> begin(shape.axis_count(), 0);
  std::vector<Dim> count = shape.axes;
  bool cuts = false;
  for (std::size_t axis = 0; axis < shape.axis_count(); ++axis) {
    const std::int64_t cut_low = std::max<std::int64_t>(0, -low[axis]);
    const std::int64_t cut_high = std::max<std::int64_t>(0, -high[axis]);
    cuts = cuts || cut_low > 0 || cut_high > 0;
    begin[axis] = cut_low;
    count[axis] = count[axis] - cut_low - cut_high;
    low[axis] = std::max<std::int64_t>(0, low[axis]);
    high[axis] = std::max<std::int64_t>(0, high[axis]);
  }
  const auto is_zero = [](std::int64_t width) { return width == 0; };
  if (cuts) {
    value = rewrite.builder().slice(value, begin, count, std::vector<std::int64_t>(shape.axis_count(), 1));
  }
  if (std::all_of(low.begin(), low.end(), is_zero) && std::all_of(high.begin(), high.end(), is_zero)) {
    return value;
  }
  return rewrite.builder().pad(value, std::move(low), std::move(high), 0);
}

bool is_plain(const ContractionWindow& window) {
  return window.pad_low == 0 && window.pad_high == 0 && window.input_dilation == 1;
}

/// A cut beyond the cells themselves (more than the axis holds) is left to the window.
bool can_be_explicit(const Node& old, const Shape& left) {
  const auto& contraction = attributes<ContractionAttributes>(old);
  return std::all_of(contraction.windows.begin(), contraction.windows.end(), [&](const ContractionWindow& window) {
    const Dim& size = left.axes[contraction.left.find(window.output)];
    const std::int64_t cut = std::max<std::int64_t>(0, -window.pad_low) + std::max<std::int64_t>(0, -window.pad_high);
    return cut == 0 || (size.is_constant() && cut < (size.constant() - 1) * window.input_dilation + 1);
  });
}

NodeId pad_left(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.op != Op::contraction) {
    return rewrite.copy(id);
  }
  ContractionAttributes contraction = attributes<ContractionAttributes>(old);
  std::vector<NodeId> inputs = rewrite.now(old.inputs);
  if (std::all_of(contraction.windows.begin(), contraction.windows.end(), is_plain) ||
      !can_be_explicit(old, rewrite.node(inputs[0]).type.shape)) {
    return rewrite.copy(id);
  }
  std::vector<std::int64_t> low(contraction.left.size(), 0);
  std::vector<std::int64_t> high = low;
  for (ContractionWindow& window : contraction.windows) {
    const std::size_t axis = contraction.left.find(window.output);
    low[axis] = window.pad_low;
    high[axis] = window.pad_high;
    if (window.input_dilation > 1) {
      inputs[0] = spread(rewrite, inputs[0], axis, window.input_dilation);
      high[axis] -= window.input_dilation - 1;  // the zeros behind the last cell are there already
    }
    window.pad_low = 0;
    window.pad_high = 0;
    window.input_dilation = 1;
  }
  inputs[0] = border(rewrite, inputs[0], std::move(low), std::move(high));
  return rewrite.add(
      {.op = Op::contraction, .inputs = std::move(inputs), .attributes = std::move(contraction), .type = old.type});
}

}  // namespace

Graph make_padding_explicit(Graph graph) {
  return Rewrite(std::move(graph)).run(pad_left);
}

}  // namespace kdlc::passes
