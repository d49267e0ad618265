// Computes a value between two products in parts that stay in the cache, where the whole would be driven out of it.
//
//   %4 = contraction ntd,dh->nth then gelu(a + b) (%0, %1, %2)
//   %5 = contraction nth,hd->ntd then a + b (%4, %3, %0)
//   →  %4 = contraction ntd,dh->nth then gelu(a + b) (%0, first half of %1, first half of %2)
//      %5 = contraction nth,hd->ntd then a + b (%4, first half of %3, %0)
//      %6 = contraction ntd,dh->nth then gelu(a + b) (%0, second half of %1, second half of %2)
//      %7 = contraction nth,hd->ntd then a + b (%6, second half of %3, %5)
// The second product reads its left operand once for each panel of its weights. The order of its sums is another one.
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

// Shares of the cache: a value that outgrows the first is driven out by the weights that stream through; a part of it
// may have the second; what every part reads and writes again, the third. Each part costs a pass over the sums.
constexpr std::int64_t kWideShare = 4;
constexpr std::int64_t kPartShare = 5;
constexpr std::int64_t kAgainShare = 4;
constexpr std::int64_t kMostParts = 4;

bool is_plain_product(const Rewrite& rewrite, const Node& node) {
  return node.op == Op::contraction && attributes<ContractionAttributes>(node).windows.empty() &&
         rewrite.is_prepared(node.inputs[1]) && !rewrite.is_prepared(node.inputs[0]);
}

bool are_sizes_known(const Shape& shape) {
  return std::all_of(shape.axes.begin(), shape.axes.end(),
                     [](const Dim& size) { return size.is_constant() || size.is_batch(); });
}

/// Whether an epilogue only adds other operands to the sum.
bool adds_to_sum(const MapExpression& epilogue) {
  std::vector<std::int64_t> sums;  // how often the sum is in each term
  for (const MapTerm& term : epilogue.terms) {
    if (term.op == MapOp::operand) {
      sums.push_back(term.operand == 0 ? 1 : 0);
    } else if (term.op == MapOp::add) {
      sums.push_back(sums[term.arguments[0]] + sums[term.arguments[1]]);
    } else {
      return false;
    }
  }
  return sums.empty() || sums.back() == 1;
}

/// Two products, one behind the other, and the one axis between them, along which the value between is cut.
struct Pair {
  NodeId first;
  std::size_t axis = 0;          // of the value between
  std::size_t first_right = 0;   // the same axis in the weights that make it
  std::size_t second_right = 0;  // and in those that read it
  std::int64_t parts = 1;
};

/// How many parts of equal size pay; 1 where the whole does as well.
std::int64_t count_parts(const Node& first, const Node& second, const TensorType& left, std::size_t axis,
                         std::int64_t cache_bytes) {
  const std::int64_t bytes = first.type.bytes_per_sample();
  if (kWideShare * bytes <= cache_bytes ||
      kAgainShare * (left.bytes_per_sample() + second.type.bytes_per_sample()) > cache_bytes) {
    return 1;
  }
  for (std::int64_t parts = 2; parts <= kMostParts; ++parts) {
    if (first.type.shape.axes[axis].constant() % parts == 0 && kPartShare * bytes <= parts * cache_bytes) {
      return parts;
    }
  }
  return 1;
}

std::optional<Pair> find_pair(const Rewrite& rewrite, NodeId id, std::int64_t cache_bytes) {
  const Node& second = rewrite.old_node(id);
  if (!is_plain_product(rewrite, second) || rewrite.is_prepared(id)) {
    return std::nullopt;
  }
  Pair pair{.first = second.inputs[0]};
  const Node& first = rewrite.old_node(pair.first);
  if (!is_plain_product(rewrite, first) || rewrite.use_count(pair.first) != 1 || rewrite.loop_of(id).has_value() ||
      rewrite.loop_of(pair.first).has_value()) {
    return std::nullopt;
  }
  const TensorType& left = rewrite.old_node(first.inputs[0]).type;
  const bool is_float = second.type.dtype == DType::f32 || second.type.dtype == DType::f64;
  if (!is_float || first.type.dtype != second.type.dtype || left.dtype != second.type.dtype ||
      !are_sizes_known(left.shape) || !are_sizes_known(first.type.shape) || !are_sizes_known(second.type.shape)) {
    return std::nullopt;
  }
  const auto& makes = attributes<ContractionAttributes>(first);
  const auto& reads = attributes<ContractionAttributes>(second);
  std::size_t summed = 0;
  for (std::size_t axis = 0; axis < reads.left.size(); ++axis) {
    if (reads.output.find(reads.left[axis]) == std::string::npos) {
      ++summed;
      pair.axis = axis;
    }
  }
  if (summed != 1) {
    return std::nullopt;
  }
  pair.second_right = reads.right.find(reads.left[pair.axis]);
  pair.first_right = makes.right.find(makes.output[pair.axis]);
  if (pair.second_right == std::string::npos || pair.first_right == std::string::npos ||
      makes.left.find(makes.output[pair.axis]) != std::string::npos ||
      !first.type.shape.axes[pair.axis].is_constant()) {
    return std::nullopt;
  }
  pair.parts = count_parts(first, second, left, pair.axis, cache_bytes);
  return pair.parts > 1 ? std::optional(pair) : std::nullopt;
}

/// The two products under way, part by part.
class Splitter {
public:
  Splitter(Rewrite& rewrite, NodeId id, const Pair& pair)
      : rewrite_(rewrite), builder_(rewrite.builder()), id_(id), pair_(pair) {}

  NodeId run() {
    NodeId sum;
    for (part_ = 0; part_ < pair_.parts; ++part_) {
      sum = read(make(), sum);
    }
    return sum;
  }

private:
  /// The part of a value that lies along `axis`.
  NodeId part_of(NodeId value, std::size_t axis) {
    const Shape shape = builder_.type(value).shape;
    std::vector<Dim> begin(shape.axis_count(), 0);
    std::vector<Dim> count = shape.axes;
    const std::int64_t size = shape.axes[axis].constant() / pair_.parts;
    begin[axis] = part_ * size;
    count[axis] = size;
    return builder_.slice(value, std::move(begin), std::move(count), std::vector<std::int64_t>(shape.axis_count(), 1));
  }

  /// A part of the value between.
  NodeId make() {
    const Node& old = rewrite_.old_node(pair_.first);
    const std::vector<NodeId> inputs = rewrite_.now(old.inputs);
    std::vector<NodeId> operands;
    for (std::size_t index = 2; index < inputs.size(); ++index) {
      // Operands are aligned to the right of the result.
      const Shape& shape = builder_.type(inputs[index]).shape;
      const std::size_t missing = old.type.shape.axis_count() - shape.axis_count();
      const bool repeats = pair_.axis < missing || shape.axes[pair_.axis - missing] == Dim(1);
      operands.push_back(repeats ? inputs[index] : part_of(inputs[index], pair_.axis - missing));
    }
    const NodeId part = builder_.contraction(attributes<ContractionAttributes>(old), inputs[0],
                                             part_of(inputs[1], pair_.first_right), std::move(operands));
    rewrite_.do_part(rewrite_.now(pair_.first), part);
    return part;
  }

  /// What becomes of it: added to the sum of the parts before. The epilogue goes with the first part, whose operands
  /// are read again by nobody, or, where it does more than to add, with the last one.
  NodeId read(NodeId value, NodeId before) {
    const Node& old = rewrite_.old_node(id_);
    const std::vector<NodeId> inputs = rewrite_.now(old.inputs);
    ContractionAttributes contraction = attributes<ContractionAttributes>(old);
    const bool is_here = part_ == (adds_to_sum(contraction.epilogue) ? 0 : pair_.parts - 1);
    const MapExpression epilogue = is_here ? contraction.epilogue : MapExpression{};
    std::vector<NodeId> operands;
    if (is_here) {
      operands.assign(inputs.begin() + 2, inputs.end());
    }
    if (before.has_value()) {
      const auto operand = static_cast<std::uint32_t>(operands.size() + 1);
      MapBuilder builder;
      std::vector<MapBuilder::Value> values = {
          builder.add(builder.operand(operand, old.type.dtype), builder.operand(0, old.type.dtype))};
      for (std::size_t index = 0; index < operands.size(); ++index) {
        values.push_back(builder.operand(static_cast<std::uint32_t>(index + 1), builder_.type(operands[index]).dtype));
      }
      contraction.epilogue = builder.finish(builder.inline_expression(epilogue, values));
      operands.push_back(before);
    } else {
      contraction.epilogue = epilogue;
    }
    return builder_.contraction(std::move(contraction), value, part_of(inputs[1], pair_.second_right),
                                std::move(operands));
  }

  Rewrite& rewrite_;
  Builder& builder_;
  NodeId id_;
  const Pair& pair_;
  std::int64_t part_ = 0;
};

}  // namespace

Graph split_wide_values(Graph graph, std::int64_t cache_bytes) {
  return Rewrite(std::move(graph)).run([&](Rewrite& rewrite, NodeId id) {
    const std::optional<Pair> pair = find_pair(rewrite, id, cache_bytes);
    return pair ? Splitter(rewrite, id, *pair).run() : rewrite.copy(id);
  });
}

}  // namespace kdlc::passes
