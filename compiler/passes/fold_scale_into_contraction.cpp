// Multiplies weights by the scale that follows a contraction (batch norm), and leaves one addition behind.
//
//   %3 = contraction nk,kf->nf (%0, %1)
//   %4 = map (a - b) * c + d (%3, mean, factor, beta)
//   →  %5 = contraction nk,kf->nf then a + b (%0, %1 × factor, beta - mean × factor)
// The new weights are expressions over parameters: computed when weights are prepared, never here. Rounding differs
// from the order as written, by a few units in the last place; no sum is reordered, so that --strict allows it
// (DECISIONS.md, 8).
#include <algorithm>

#include "passes/affine.hpp"
#include "passes/expressions.hpp"
#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// The operand of a map that is a contraction with fixed weights, used here only; none when there is no such one.
NodeId find_contraction(const Rewrite& rewrite, const Node& map) {
  for (const NodeId input : map.inputs) {
    const Node& node = rewrite.node(rewrite.now(input));
    if (node.op == Op::contraction && !rewrite.is_prepared(input) && rewrite.use_count(input) == 1 &&
        node.type.shape == map.type.shape && is_float(node.type.dtype)) {
      return input;
    }
  }
  return {};
}

/// Whether the epilogue is nothing, or the addition of one operand.
bool has_plain_epilogue(const Node& contraction) {
  const MapExpression& epilogue = attributes<ContractionAttributes>(contraction).epilogue;
  if (epilogue.is_identity()) {
    return contraction.inputs.size() == 2;
  }
  return contraction.inputs.size() == 3 && epilogue.terms.size() == 3 && epilogue.terms.back().op == MapOp::add &&
         epilogue.terms[0].op == MapOp::operand && epilogue.terms[1].op == MapOp::operand &&
         epilogue.terms[0].operand != epilogue.terms[1].operand;
}

MapExpression addition(DType dtype) {
  MapBuilder map;
  const MapBuilder::Value sum = map.operand(0, dtype);
  return map.finish(map.add(sum, map.operand(1, dtype)));
}

/// The axes of the output along which a right-aligned shape varies.
std::vector<std::size_t> varying_axes(const Shape& shape, std::size_t output_axes) {
  std::vector<std::size_t> result;
  for (std::size_t axis = 0; axis < shape.axis_count(); ++axis) {
    if (!(shape.axes[axis] == Dim(1))) {
      result.push_back(output_axes - shape.axis_count() + axis);
    }
  }
  return result;
}

/// Whether right has every axis along which the scale varies, so that weights can take it.
bool can_scale_right(const ContractionAttributes& contraction, const Shape& scale) {
  const std::vector<std::size_t> axes = varying_axes(scale, contraction.output.size());
  return std::all_of(axes.begin(), axes.end(), [&](std::size_t axis) {
    return contraction.right.find(contraction.output[axis]) != std::string::npos;
  });
}

/// The scale with its axes where right has them, so that it broadcasts.
NodeId align_with_right(Rewrite& rewrite, const ContractionAttributes& contraction, NodeId scale) {
  const Shape shape = rewrite.node(scale).type.shape;
  struct Axis {
    std::size_t right;
    Dim size;
  };
  std::vector<Axis> axes;
  for (const std::size_t axis : varying_axes(shape, contraction.output.size())) {
    axes.push_back({contraction.right.find(contraction.output[axis]),
                    shape.axes[axis + shape.axis_count() - contraction.output.size()]});
  }
  Shape dense;
  std::vector<std::uint32_t> permutation;
  for (const Axis& axis : axes) {
    dense.axes.push_back(axis.size);
    permutation.push_back(static_cast<std::uint32_t>(permutation.size()));
  }
  std::sort(permutation.begin(), permutation.end(),
            [&](std::uint32_t left, std::uint32_t right) { return axes[left].right < axes[right].right; });
  Shape aligned{std::vector<Dim>(axes.empty() ? 0 : contraction.right.size(), 1)};
  for (const Axis& axis : axes) {
    aligned.axes[axis.right] = axis.size;
  }
  scale = rewrite.builder().reshape(scale, dense);
  if (!std::is_sorted(permutation.begin(), permutation.end())) {
    scale = rewrite.builder().transpose(scale, permutation);
  }
  return rewrite.builder().reshape(scale, aligned);
}

class Folder {
public:
  Folder(Rewrite& rewrite, NodeId id) : rewrite_(rewrite), id_(id), old_(rewrite.old_node(id)) {}

  NodeId run() {
    const NodeId old_contraction = old_.op == Op::map ? find_contraction(rewrite_, old_) : NodeId{};
    if (!old_contraction.has_value()) {
      return rewrite_.copy(id_);
    }
    contraction_ = rewrite_.now(old_contraction);
    const NodeId right = rewrite_.node(contraction_).inputs[1];
    if (!is_right_our_own(right) || !has_plain_epilogue(rewrite_.node(contraction_))) {
      return rewrite_.copy(id_);
    }
    const auto x = static_cast<std::uint32_t>(std::find(old_.inputs.begin(), old_.inputs.end(), old_contraction) -
                                              old_.inputs.begin());
    FormulaBuilder formula;
    const std::optional<Affine> affine =
        find_affine(attributes<MapAttributes>(old_).expression, x, formula.map(),
                    [&](std::uint32_t operand) { return prepared_operand(formula, old_.inputs[operand]); });
    if (!affine) {
      return rewrite_.copy(id_);
    }
    return fold(formula, *affine);
  }

private:
  /// Weights that nobody else reads: parameters and what this pass made of them. Others would be stored twice.
  [[nodiscard]] bool is_right_our_own(NodeId right) const {
    const NodeId origin = rewrite_.origin(right);
    return rewrite_.is_prepared_now(right) && (!origin.has_value() || rewrite_.use_count(origin) == 1);
  }

  std::optional<MapBuilder::Value> prepared_operand(FormulaBuilder& formula, NodeId old_input) const {
    if (!rewrite_.is_prepared(old_input)) {
      return std::nullopt;
    }
    const NodeId now = rewrite_.now(old_input);
    return formula.operand(now, rewrite_.node(now).type.dtype);
  }

  NodeId made(const FormulaBuilder& formula, MapBuilder::Value value) {
    Formula part = formula.finish(value);
    return part.expression.is_identity() ? part.operands[0] : rewrite_.builder().map(part.expression, part.operands);
  }

  NodeId fold(const FormulaBuilder& formula, const Affine& affine) {
    Node folded = rewrite_.node(contraction_);
    auto& contraction = std::get<ContractionAttributes>(folded.attributes);
    std::optional<NodeId> shift = folded.inputs.size() == 3 ? std::optional(folded.inputs[2]) : std::nullopt;
    if (affine.scale) {
      const NodeId scale = made(formula, *affine.scale);
      if (!can_scale_right(contraction, rewrite_.node(scale).type.shape)) {
        return rewrite_.copy(id_);
      }
      folded.inputs[1] =
          rewrite_.builder().map2(MapOp::multiply, folded.inputs[1], align_with_right(rewrite_, contraction, scale));
      shift = shift ? std::optional(rewrite_.builder().map2(MapOp::multiply, *shift, scale)) : std::nullopt;
    }
    if (affine.shift) {
      const NodeId added = made(formula, *affine.shift);
      shift = shift ? rewrite_.builder().map2(MapOp::add, *shift, added) : added;
    }
    folded.inputs.resize(2);
    contraction.epilogue = {};
    if (shift) {
      folded.inputs.push_back(*shift);
      contraction.epilogue = addition(folded.type.dtype);
    }
    folded.records.clear();
    rewrite_.absorb(contraction_);
    return rewrite_.add(std::move(folded));
  }

  Rewrite& rewrite_;
  NodeId id_;
  const Node& old_;
  NodeId contraction_;
};

}  // namespace

Graph fold_scale_into_contraction(Graph graph) {
  return Rewrite(std::move(graph)).run([](Rewrite& rewrite, NodeId id) { return Folder(rewrite, id).run(); });
}

}  // namespace kdlc::passes
