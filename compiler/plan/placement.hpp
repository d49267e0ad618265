// Decides where the value of every node lives: own buffer, inside another value's buffer, in an output, or as a view.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

/// Where a value is, in elements. For Memory::arena, `index` is a buffer until offsets are known.
struct Placement {
  Memory memory = Memory::arena;
  std::uint32_t index = 0;
  Dim offset;
  Strides strides;  // per axis of the value's type
};

struct Buffer {
  Dim elements;  // of one sample, or of the whole value without a batch
  bool has_batch = true;
  DType dtype = DType::f32;
};

struct PlacedGraph {
  std::vector<Buffer> buffers;
  IdVector<graph::NodeId, std::optional<Placement>> places;  // none for prepared nodes
  /// Nodes that need no step: their value is a view of their operand's, or their operand writes through them.
  IdVector<graph::NodeId, bool> is_alias;
  /// For each scan: where its stacked values are collected; none for those that nothing reads.
  std::map<graph::NodeId, std::vector<std::optional<Placement>>> stacks;
};

/// Before → after:
///   pad(conv(x))          the convolution writes inside the padded buffer; the pad step fills the border only
///   concat(a, b)          a and b are written into the concatenation
///   reshape(x), slice(x)  a view of x where strides allow it
///   map(x), conv(y) + x    in place where nothing reads x later
///   a loop's states      one buffer for all turns, that of the result where it is asked for; the next value is written
///                        over it where nothing reads the old one any more
///   a stacked value      written into this turn's part of the result
PlacedGraph place_values(const graph::Graph& graph, const IdVector<graph::NodeId, bool>& prepared);

/// The placement seen under another shape with the same elements per sample; nullopt when strides cannot say it.
std::optional<Placement> reshape_placement(const Placement& place, const Shape& from, const Shape& to);
/// The placement of what the slice takes.
Placement slice_placement(const Placement& place, const graph::SliceAttributes& slice);

/// The symbol that counts the turns of a loop in the offsets of what moves with them: 0 in the first one.
std::string turn_symbol(graph::ScanId scan);

/// The part of a sequence at one turn of the loop: without the axis of the steps, which is `steps` long.
Placement step_placement(const Placement& sequence, std::uint32_t axis, bool from_end, graph::ScanId scan,
                         const Dim& steps);

/// Row-major strides in elements; the stride of the batch axis is one whole sample.
Strides dense_strides(const Shape& shape);
/// The same but for a line of room behind each row of the last axis, where rows would share sets of the first-level
/// cache.
Strides spread_strides(const TensorType& type);

/// The strides under which the elements of a strided tensor, in row-major order, are seen as another shape; nullopt
/// when no strides do it (NumPy's reshape without copying). Shapes without a batch axis.
std::optional<Strides> reshape_strides(const std::vector<Dim>& from_sizes, const Strides& from_strides,
                                       const std::vector<Dim>& to_sizes);

}  // namespace kdlc::plan
