// Computes a contraction over a spread input (a transposed convolution) without multiplying the zeros of the spreading.
//
// An output cell meets only the window cells that fall on real input, and which ones depends on its phase: its place
// modulo the spreading d. Where all phases look at the same input cells, the phases are columns of one contraction:
//   %2 = contraction nhc,pcf->nhf windows h:p spread 2 (%0, %1)                    window of 2 cells
//   →  %2 = contraction nhc,pbcf->nhbf windows h:p (%0, %1 as [1, 2, C, F]), its b turned round
//      %3 = reshape (%2) : [N, 2 H, F]
// Otherwise each phase is a contraction with the cells that it meets, and the results are interleaved:
//   %2 = contraction nhc,pcf->nhf windows h:p pad 1,1 spread 2 (%0, %1)            window of 3 cells
//   →  %2 = contraction nhc,pcf->nhf windows h:p (%0, cell 1 of %1)
//      %3 = contraction nhc,pcf->nhf windows h:p (%0 with a border, cells 0 and 2 of %1)
//      %4 = reshape (concat axis 2 (%2 as [N, H, 1, F], %3 as [N, H, 1, F])) : [N, 2 H, F]
// Joins and reshapes are strides of places: every contraction writes where its results belong.
#include <algorithm>
#include <iterator>

#include "passes/expressions.hpp"
#include "passes/output_phases.hpp"
#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// A contraction for each of more phases than this would be more code than it saves time.
constexpr std::int64_t kMostPhases = 64;

std::optional<std::vector<SplitAxis>> split_axes(const Rewrite& rewrite, const Node& old) {
  const auto& contraction = attributes<ContractionAttributes>(old);
  const auto shape_of = [&](std::size_t input) { return rewrite.node(rewrite.now(old.inputs[input])).type.shape; };
  std::vector<SplitAxis> axes;
  std::int64_t phase_count = 1;
  for (const ContractionWindow& window : contraction.windows) {
    auto axis = split_axis(contraction, window, shape_of(0), shape_of(1), old.type.shape);
    if (!axis) {
      return std::nullopt;
    }
    phase_count *= axis->is_interleaved() ? axis->phase_count : 1;
    axes.push_back(std::move(*axis));
  }
  return phase_count <= kMostPhases ? std::optional(axes) : std::nullopt;
}

/// The contraction under way, for one node.
class Splitter {
public:
  Splitter(Rewrite& rewrite, NodeId id, std::vector<SplitAxis> axes)
      : builder_(rewrite.builder()),
        old_(rewrite.old_node(id)),
        contraction_(attributes<ContractionAttributes>(old_)),
        axes_(std::move(axes)),
        operands_(rewrite.now(old_.inputs)) {
    left_ = with_border(operands_[0]);
    right_ = operands_[1];
    operands_.erase(operands_.begin(), operands_.begin() + 2);
    const bool is_even = std::all_of(axes_.begin(), axes_.end(), [&](const SplitAxis& axis) {
      return axis.places * axis.phase_count == old_.type.shape.axes[axis.output];
    });
    splits_epilogue_ = !is_even && !contraction_.epilogue.terms.empty();
    name_columns();
  }

  NodeId run() {
    NodeId result = joined(0);
    Shape merged = old_.type.shape;
    for (const SplitAxis& axis : axes_) {
      merged.axes[axis.output] = axis.places * axis.phase_count;
    }
    result = builder_.reshape(result, merged);
    if (!(merged == old_.type.shape)) {
      const std::size_t count = merged.axis_count();
      result =
          builder_.slice(result, std::vector<Dim>(count, 0), old_.type.shape.axes, std::vector<std::int64_t>(count, 1));
    }
    if (splits_epilogue_) {
      std::vector<NodeId> inputs = {result};
      inputs.insert(inputs.end(), operands_.begin(), operands_.end());
      result = builder_.map(contraction_.epilogue, std::move(inputs));
    }
    return result;
  }

private:
  /// One border that serves all phases.
  NodeId with_border(NodeId left) {
    std::vector<std::int64_t> low(builder_.type(left).shape.axis_count(), 0);
    std::vector<std::int64_t> high = low;
    for (const SplitAxis& axis : axes_) {
      low[axis.left] = axis.low();
      high[axis.left] = axis.high();
    }
    return builder_.pad(left, std::move(low), std::move(high), 0);
  }

  /// A letter for the phases of each axis whose phases are columns.
  void name_columns() {
    const std::string used = contraction_.left + contraction_.right + contraction_.output;
    AxisLabel label = 'a';
    for (const SplitAxis& axis : axes_) {
      while (used.find(label) != std::string::npos) {
        ++label;
      }
      column_labels_.push_back(axis.are_columns ? label++ : AxisLabel{0});
    }
  }

  [[nodiscard]] const Phase& phase_of(std::size_t number) const {
    const SplitAxis& axis = axes_[number];
    return axis.phases[axis.is_interleaved() ? static_cast<std::size_t>(chosen_[number]) : 0];
  }

  /// The results of all phases of the axes from `number` on, given those of the axes before it: where phases are
  /// interleaved an axis of them stands behind the axis of their places.
  NodeId joined(std::size_t number) {
    if (number == 0) {
      chosen_.assign(axes_.size(), 0);
    }
    if (number == axes_.size()) {
      return one_result();
    }
    const SplitAxis& axis = axes_[number];
    if (!axis.is_interleaved()) {
      return joined(number + 1);
    }
    std::vector<NodeId> parts;
    for (chosen_[number] = 0; chosen_[number] < axis.phase_count; ++chosen_[number]) {
      parts.push_back(joined(number + 1));
    }
    return builder_.concat(std::move(parts), static_cast<std::uint32_t>(split_place(axis.output) + 1));
  }

  /// Where an axis of the old result is in the new one, whose axes are split in two where there are phases.
  [[nodiscard]] std::size_t split_place(std::size_t output) const {
    return output + static_cast<std::size_t>(std::count_if(axes_.begin(), axes_.end(), [&](const SplitAxis& axis) {
             return axis.phase_count > 1 && axis.output < output;
           }));
  }

  NodeId one_result() {
    ContractionAttributes part = contraction_;
    for (std::size_t number = 0; number < axes_.size(); ++number) {
      const SplitAxis& axis = axes_[number];
      ContractionWindow& window = part.windows[number];
      window = {.output = window.output, .window = window.window, .stride = axis.stride, .dilation = axis.dilation};
      if (axis.are_columns) {
        part.right.insert(part.right.find(window.window) + 1, 1, column_labels_[number]);
        part.output.insert(part.output.find(window.output) + 1, 1, column_labels_[number]);
      }
    }
    std::vector<NodeId> operands;
    if (splits_epilogue_) {
      part.epilogue = {};
    } else {
      std::transform(operands_.begin(), operands_.end(), std::back_inserter(operands),
                     [&](NodeId operand) { return operand_of_phase(operand); });
    }
    bool is_empty = false;
    for (std::size_t number = 0; number < axes_.size(); ++number) {
      is_empty = is_empty || phase_of(number).count == 0;
    }
    if (is_empty) {
      return builder_.reshape(empty_sum(part.epilogue, operands), shape_of_phase(1));
    }
    const NodeId left = left_of_phase();
    const NodeId right = right_of_phase();
    return builder_.reshape(builder_.contraction(std::move(part), left, right, std::move(operands)), shape_of_phase(1));
  }

  /// Where no cell of the window meets the input: the epilogue of 0.
  NodeId empty_sum(const MapExpression& epilogue, const std::vector<NodeId>& operands) {
    FormulaBuilder formula;
    const DType dtype = builder_.type(left_).dtype;
    std::vector<MapBuilder::Value> values = {formula.map().constant(0, dtype)};
    for (const NodeId operand : operands) {
      values.push_back(formula.operand(operand, builder_.type(operand).dtype));
    }
    Formula sum = formula.finish(formula.map().inline_expression(epilogue, values));
    return builder_.add({.op = Op::map,
                         .inputs = std::move(sum.operands),
                         .attributes = MapAttributes{std::move(sum.expression)},
                         .type = {.dtype = splits_epilogue_ ? dtype : old_.type.dtype, .shape = shape_of_phase(0)}});
  }

  /// The result of one phase: phases that are columns stand behind the axis of their places, and behind that of
  /// interleaved ones stand `interleaved` axes of 1.
  [[nodiscard]] Shape shape_of_phase(std::size_t interleaved) const {
    Shape shape = old_.type.shape;
    for (const SplitAxis* axis : from_last(&SplitAxis::output)) {
      const std::size_t added = axis->phase_count == 1 ? 0 : axis->are_columns ? 1 : interleaved;
      shape.axes[axis->output] = axis->places;
      shape.axes.insert(shape.axes.begin() + static_cast<std::ptrdiff_t>(axis->output) + 1, added,
                        Dim(axis->are_columns ? axis->phase_count : 1));
    }
    return shape;
  }

  /// The axes by their place, the last one first: so that places before an inserted axis hold.
  [[nodiscard]] std::vector<const SplitAxis*> from_last(std::size_t SplitAxis::* place) const {
    std::vector<const SplitAxis*> sorted;
    std::transform(axes_.begin(), axes_.end(), std::back_inserter(sorted), [](const SplitAxis& axis) { return &axis; });
    std::sort(sorted.begin(), sorted.end(),
              [&](const SplitAxis* one, const SplitAxis* other) { return one->*place > other->*place; });
    return sorted;
  }

  NodeId left_of_phase() {
    const Shape shape = builder_.type(left_).shape;
    std::vector<Dim> begin(shape.axis_count(), 0);
    std::vector<Dim> count = shape.axes;
    for (std::size_t number = 0; number < axes_.size(); ++number) {
      const SplitAxis& axis = axes_[number];
      const Phase& phase = phase_of(number);
      begin[axis.left] = axis.low() - phase.low;
      count[axis.left] = (axis.places - 1) * axis.stride + (phase.count - 1) * axis.dilation + 1;
    }
    return builder_.slice(left_, std::move(begin), std::move(count), std::vector<std::int64_t>(shape.axis_count(), 1));
  }

  /// The cells that the phase meets; phases that are columns get an axis behind that of the cells, and stand in it in
  /// the opposite order: a later output meets an earlier cell.
  NodeId right_of_phase() {
    Shape split = builder_.type(right_).shape;
    std::vector<Dim> begin(split.axis_count(), 0);
    std::vector<Dim> count = split.axes;
    std::vector<std::int64_t> step(split.axis_count(), 1);
    for (std::size_t number = 0; number < axes_.size(); ++number) {
      const SplitAxis& axis = axes_[number];
      if (!axis.are_columns) {
        begin[axis.right] = phase_of(number).begin;
        count[axis.right] = phase_of(number).count;
        step[axis.right] = axis.step;
      }
    }
    NodeId right = builder_.slice(right_, std::move(begin), std::move(count), std::move(step));
    split = builder_.type(right).shape;
    begin.assign(split.axis_count(), 0);
    step.assign(split.axis_count(), 1);
    for (const SplitAxis* axis : from_last(&SplitAxis::right)) {
      if (axis->are_columns) {
        const auto behind = static_cast<std::ptrdiff_t>(axis->right) + 1;
        split.axes[axis->right] = axis->cells / axis->phase_count;
        split.axes.insert(split.axes.begin() + behind, Dim(axis->phase_count));
        begin.insert(begin.begin() + behind, Dim(axis->phase_count - 1));
        step.insert(step.begin() + behind, -1);
      }
    }
    right = builder_.reshape(right, split);
    return builder_.slice(right, std::move(begin), std::move(split.axes), std::move(step));
  }

  /// The part of an epilogue's operand that the phase reads. Operands are aligned to the right of the old result.
  NodeId operand_of_phase(NodeId operand) {
    Shape shape = builder_.type(operand).shape;
    const std::size_t missing = old_.type.shape.axis_count() - shape.axis_count();
    std::vector<Dim> begin(shape.axis_count(), 0);
    std::vector<Dim> count = shape.axes;
    std::vector<std::int64_t> step(shape.axis_count(), 1);
    for (std::size_t number = 0; number < axes_.size(); ++number) {
      const SplitAxis& axis = axes_[number];
      if (axis.is_interleaved() && axis.output >= missing && !(shape.axes[axis.output - missing] == Dim(1))) {
        begin[axis.output - missing] = chosen_[number];
        count[axis.output - missing] = axis.places;
        step[axis.output - missing] = axis.phase_count;
      }
    }
    const NodeId part = builder_.slice(operand, std::move(begin), std::move(count), std::move(step));
    shape = builder_.type(part).shape;
    for (const SplitAxis* axis : from_last(&SplitAxis::output)) {
      if (axis->are_columns && axis->output >= missing) {
        const std::size_t place = axis->output - missing;
        const bool repeats = shape.axes[place] == Dim(1);
        shape.axes[place] = repeats ? Dim(1) : axis->places;
        shape.axes.insert(shape.axes.begin() + static_cast<std::ptrdiff_t>(place) + 1,
                          repeats ? Dim(1) : Dim(axis->phase_count));
      }
    }
    return builder_.reshape(part, shape);
  }

  Builder& builder_;
  const Node& old_;
  const ContractionAttributes& contraction_;
  std::vector<SplitAxis> axes_;
  std::vector<NodeId> operands_;  // of the epilogue
  NodeId left_;
  NodeId right_;
  bool splits_epilogue_ = false;  // where phases are uneven the epilogue is a map behind the join
  std::string column_labels_;
  std::vector<std::int64_t> chosen_;  // phase of each axis
};

NodeId split(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.op != Op::contraction || rewrite.is_prepared(id)) {
    return rewrite.copy(id);
  }
  const auto& windows = attributes<ContractionAttributes>(old).windows;
  if (std::none_of(windows.begin(), windows.end(), [](const auto& window) { return window.input_dilation > 1; })) {
    return rewrite.copy(id);
  }
  auto axes = split_axes(rewrite, old);
  return axes ? Splitter(rewrite, id, std::move(*axes)).run() : rewrite.copy(id);
}

}  // namespace

Graph split_spread_contractions(Graph graph) {
  return Rewrite(std::move(graph)).run(split);
}

}  // namespace kdlc::passes
