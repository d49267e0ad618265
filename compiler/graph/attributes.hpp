// What each primitive operation is told besides its operands: one struct per row of op.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/map_expression.hpp"
#include "support/typed_id.hpp"
#include "types/tensor_data.hpp"
#include "types/tensor_type.hpp"

namespace kdlc::graph {

struct ScanTag;
using ScanId = TypedId<ScanTag>;

struct InputAttributes {
  std::uint32_t index = 0;  // into Graph::inputs

  bool operator==(const InputAttributes&) const = default;
};
struct ParameterAttributes {
  std::uint32_t index = 0;  // into Graph::parameters

  bool operator==(const ParameterAttributes&) const = default;
};
struct ConstantAttributes {
  std::string name;  // may be empty
  TensorData data;

  bool operator==(const ConstantAttributes&) const = default;
};
struct MapAttributes {
  MapExpression expression;

  bool operator==(const MapAttributes&) const = default;
};

/// An axis of a contraction, named by one letter.
using AxisLabel = char;

/// The axis `output` of the left operand slides: left position = output × stride + window × dilation - pad_low, and
/// reads outside give 0. With input_dilation d > 1 only positions that are multiples of d exist (transposed
/// convolution).
struct ContractionWindow {
  AxisLabel output = 0;  // names the axis in `left` and in `output`
  AxisLabel window = 0;  // names the axis in `right`
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_low = 0;
  std::int64_t pad_high = 0;
  std::int64_t input_dilation = 1;

  bool operator==(const ContractionWindow&) const = default;
};

/// How many positions a window of `size` cells takes over an axis of `input` cells (the labels of `window` are not
/// read).
Dim window_output_size(const Dim& input, const Dim& size, const ContractionWindow& window);

/// output[…] = epilogue(sum over labels that are not in `output` of left[…] × right[…]), summed in f32 for f32.
/// Dense: left "nk", right "kf", output "nf". 2-d convolution: left "nhwc", right "pqcf", output "nhwf", windows h:p
/// and w:q. Grouped: left "nhwgc", right "pqcgf", output "nhwgf". Depthwise with multiplier: left "nhwc", right "pqcm",
/// output "nhwcm". The node's inputs are left, right, then the epilogue's further operands, which broadcast against the
/// output (right-aligned). In the epilogue operand 0 is the sum, operand k is input 1 + k.
struct ContractionAttributes {
  std::string left;
  std::string right;
  std::string output;
  std::vector<ContractionWindow> windows;
  MapExpression epilogue;

  bool operator==(const ContractionAttributes&) const = default;
};

enum class Reducer : std::uint8_t { sum, mean, maximum, minimum, product };
std::string_view name_of(Reducer reducer);

struct WindowAxis {
  std::int64_t size = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_low = 0;
  std::int64_t pad_high = 0;

  bool operator==(const WindowAxis&) const = default;
};
/// Windows over axes first_axis, first_axis + 1, …; border cells never count (maximum: as -infinity; mean: divides by
/// real cells).
struct WindowReduceAttributes {
  Reducer reducer = Reducer::maximum;
  std::uint32_t first_axis = 1;
  std::vector<WindowAxis> windows;
  MapExpression epilogue;  // operand 0 is the reduced value, operand k is input k

  bool operator==(const WindowReduceAttributes&) const = default;
};
struct ReduceAttributes {
  Reducer reducer = Reducer::sum;
  std::vector<std::uint32_t> axes;  // sorted
  bool keep = false;                // reduced axes stay as 1
  MapExpression epilogue;           // as above

  bool operator==(const ReduceAttributes&) const = default;
};

/// One step of a row program. Operands of `expression`: 0 … inputs-1 are the node's inputs at this row, then the
/// results of the earlier steps in order: a row for a map, one number for a reduction.
struct RowsStep {
  std::optional<Reducer> reducer;  // nullopt: a map
  MapExpression expression;

  bool operator==(const RowsStep&) const = default;
};
/// Inputs broadcast (right-aligned) against the output; the last step is the map that gives the output row.
struct RowsAttributes {
  std::vector<RowsStep> steps;

  bool operator==(const RowsAttributes&) const = default;
};
struct ReshapeAttributes {
  bool operator==(const ReshapeAttributes&) const = default;
};
struct TransposeAttributes {
  std::vector<std::uint32_t> permutation;  // result axis k is input axis permutation[k]

  bool operator==(const TransposeAttributes&) const = default;
};
struct SliceAttributes {
  std::vector<Dim> begin;          // per axis; the count is the result's size
  std::vector<std::int64_t> step;  // per axis; negative steps go down from begin

  bool operator==(const SliceAttributes&) const = default;
};
struct PadAttributes {
  std::vector<std::int64_t> low;  // per axis
  std::vector<std::int64_t> high;
  double value = 0;

  bool operator==(const PadAttributes&) const = default;
};
struct ConcatAttributes {
  std::uint32_t axis = 0;

  bool operator==(const ConcatAttributes&) const = default;
};
/// result[a…, i…, b…] = table[a…, ids[i…], b…], where the looked-up axis stands between the table's axes a… and b…; N
/// comes first, once, when the table or the ids carry it. The node's inputs are the table and the ids. An id that is
/// negative or not below the size of the axis reads nothing: the element is unspecified, and `forward` gives E_INDEX.
struct GatherAttributes {
  std::uint32_t axis = 0;  // of the table, N counted

  bool operator==(const GatherAttributes&) const = default;
};
/// The shape of a gather along `axis` of the table, which is there and not the batch.
Shape gathered_shape(const Shape& table, const Shape& ids, std::uint32_t axis);

/// A value that is kept from call to call.
struct StateAttributes {
  std::uint32_t index = 0;  // into Graph::states

  bool operator==(const StateAttributes&) const = default;
};

// A loop over the steps of a sequence is a region of the one graph: `scan_slice` and `scan_state` open it, `scan`
// closes it, and what depends on one of the openers belongs to it (see find_loops). All else is computed once, before
// it.

/// This turn's part of a sequence: the operand without its axis `axis`.
struct ScanSliceAttributes {
  ScanId scan;
  std::uint32_t axis = 1;
  bool from_end = false;  // turn 0 takes the last step

  bool operator==(const ScanSliceAttributes&) const = default;
};
/// The state at the beginning of a turn; the operand is its value before the first one.
struct ScanStateAttributes {
  ScanId scan;
  std::uint32_t index = 0;  // of the loop's states

  bool operator==(const ScanStateAttributes&) const = default;
};
/// Where the value of every turn goes in a stacked result.
struct ScanStack {
  std::uint32_t axis = 1;  // of the result: the steps
  bool from_end = false;   // turn 0 gives the last step

  bool operator==(const ScanStack&) const = default;
};
/// Inputs: the scan_state nodes in the order of their indices, then their values behind the turn, then the values to be
/// stacked. The node itself has no value (bool[0]); scan_result picks the results.
struct ScanAttributes {
  ScanId scan;
  Dim steps;  // how many turns
  std::uint32_t state_count = 0;
  std::vector<ScanStack> stacks;

  bool operator==(const ScanAttributes&) const = default;
};
/// A result of the scan that is its operand: its states behind the last turn, then its stacked values.
struct ScanResultAttributes {
  std::uint32_t index = 0;

  bool operator==(const ScanResultAttributes&) const = default;
};

}  // namespace kdlc::graph
