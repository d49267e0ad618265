// Front door of graph/: the graph of primitive operations, its builder, verifier, dump and reference evaluator.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graph/map_expression.hpp"
#include "source/source.hpp"
#include "support/typed_id.hpp"
#include "types/tensor_data.hpp"
#include "types/tensor_type.hpp"

namespace kdlc::graph {

struct NodeTag;
using NodeId = TypedId<NodeTag>;
struct RecordTag;
using RecordId = TypedId<RecordTag>;
struct ScanTag;
using ScanId = TypedId<ScanTag>;

enum class Op : std::uint8_t {
#define OP(name, attributes, meaning) name,
#include "graph/op.def"
#undef OP
};

std::string_view name_of(Op op);

// ---- attributes, one struct per primitive ------------------------------------------------------------------------

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

// ---- the graph ---------------------------------------------------------------------------------------------------

using Attributes = std::variant<
#define OP(name, attributes, meaning) attributes,
#include "graph/op.def"
#undef OP
    std::monostate>;

struct Node {
  Op op = Op::map;
  std::vector<NodeId> inputs;
  Attributes attributes;  // the alternative of `op`
  TensorType type;
  std::vector<RecordId> records;  // the applications that it serves; a fused node serves several
};

struct InputInfo {
  std::string name;
  std::string doc;
  Span span;
  NodeId node;
  std::optional<std::int64_t> range_begin;  // `in 0..20000`, half-open
  std::optional<std::int64_t> range_end;
};
struct OutputInfo {
  std::string name;
  std::string doc;
  Span span;
  NodeId node;
  bool is_tap = false;  // shown to the caller's callback, not written to memory of the caller
};
/// How a fresh weight is filled by `random:SEED` and by training.
struct Initializer {
  std::string kind = "glorot_uniform";  // Keras' name
  double value = 0;                     // constant: the value; normal: deviation; uniform: limit
};
struct ParameterInfo {
  std::string path;  // `conv1.kernel`
  TensorType type;   // no batch
  Span span;         // the application that made it
  NodeId node;
  RecordId record;
  Initializer initializer;
  bool trainable = true;
  bool non_negative = false;  // a variance: K607 when the file says otherwise
};
/// A value kept from call to call: zeros before the first.
struct StateInfo {
  std::string name;  // `memory.h`
  Span span;
  NodeId node;  // what the last call left
  NodeId next;  // what this call leaves
};
/// A size known only at run time, `dim T <= 512`.
struct DimInfo {
  std::string name;
  std::optional<std::int64_t> bound;
  Span span;
};

/// What the sizes of a call must fulfil: one of these at least is not negative. `require T % 2 == 0` is two such rules.
struct SizeRule {
  std::vector<Dim> not_negative;
  std::string text;  // for the person who gave the sizes: "`T % 2 == 0` does not hold"
};

/// One application of a layer, block, activation or operator: what a person wrote, never lost on the way down.
struct Record {
  std::string path;  // `stage2.unit.0.conv1`; the bound name and kind when there is no `as`
  std::string kind;  // `conv2d`, `residual`, `+`
  Span span;
  RecordId parent;  // the block application around it
  std::vector<NodeId> inputs;
  std::vector<NodeId> results;  // kept true by passes
  std::vector<TensorType> result_types;
  std::vector<std::uint32_t> parameters;  // indices into Graph::parameters
  std::string details;                    // settings worth a column: `5×5, same, tanh`
  std::string activation;                 // that made its results: `softmax`; `linear` for none; empty: not known
};

/// Nodes are in an order in which inputs come first. Nodes that depend on no input (parameters, constants and what is
/// computed from them) form the *prepare* part: they run once, when weights are embedded or packed. Loops run in every
/// call.
struct Graph {
  std::string name;
  std::string doc;
  IdVector<NodeId, Node> nodes;
  IdVector<RecordId, Record> records;
  std::vector<InputInfo> inputs;
  std::vector<OutputInfo> outputs;  // those of the model, then the taps
  std::vector<ParameterInfo> parameters;
  std::vector<DimInfo> dims;
  std::vector<SizeRule> size_rules;  // what `require` demands of sizes known only at run time
  bool whole_batch = false;          // N is an axis like others: graphs of `train`, which are evaluated batch by batch
  std::vector<StateInfo> states;
  std::uint32_t scan_count = 0;  // loops that were ever begun: the next free ScanId

  [[nodiscard]] const Node& node(NodeId id) const { return nodes[id]; }
};

template <class T>
const T& attributes(const Node& node) {
  return std::get<T>(node.attributes);
}

/// For each node, whether it depends on no input and has a size known when compiling (a weight repeated to the batch
/// has not).
IdVector<NodeId, bool> find_prepared(const Graph& graph);
/// The rule for one node, when it is known for all nodes before it.
bool is_prepared(const Node& node, const IdVector<NodeId, bool>& earlier);
/// The rule for a whole call under its sizes.
bool holds(const SizeRule& rule, const std::map<std::string, std::int64_t>& sizes);
/// For each node, the loop whose turns compute it; none for what is computed once (a scan and its results too).
IdVector<NodeId, ScanId> find_loops(const Graph& graph);
/// For each node, how many times it is used by nodes, outputs and states.
IdVector<NodeId, std::uint32_t> count_uses(const Graph& graph);

/// The outputs of the model itself, and the taps behind them.
std::span<const OutputInfo> declared_outputs(const Graph& graph);
std::span<const OutputInfo> tapped_outputs(const Graph& graph);
/// The node whose elements these are, some or all of them, in any order and as any integer type that holds them: behind
/// reshapes, transposes, slices, repeats and widening casts.
NodeId moved_from(const Graph& graph, NodeId value);
/// Whether the node is a map of one operand that gives its elements as they are, or as an integer type that holds every
/// value of theirs.
bool keeps_whole_numbers(const Graph& graph, const Node& node);

/// The graph with its batch as an ordinary size that is known only at run time: the first of its dims, called `name`,
/// at most `bound`. So the rest of the compiler takes graphs over the whole batch (Graph::whole_batch), in which N is
/// reduced, sliced and joined: they have no samples, one body, and memory for `bound`.
Graph name_batch(Graph graph, const std::string& name, std::int64_t bound);

/// Appends nodes and infers their types. Asserts what the caller must have checked; never reports.
class Builder {
public:
  explicit Builder(Graph& graph) : graph_(graph) {}

  /// Nodes made from now on serve this record (none when default).
  void set_record(RecordId record) { record_ = record; }
  [[nodiscard]] RecordId record() const { return record_; }
  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] const TensorType& type(NodeId node) const { return graph_.nodes[node].type; }

  NodeId input(InputInfo info, TensorType type);
  NodeId parameter(ParameterInfo info);
  NodeId constant(std::string name, TensorData data);
  NodeId scalar(double value, DType dtype);
  /// The output type is the broadcast of all operands.
  NodeId map(MapExpression expression, std::vector<NodeId> operands);
  NodeId map1(MapOp op, NodeId operand);
  NodeId map2(MapOp op, NodeId left, NodeId right);
  NodeId cast(NodeId operand, DType dtype);
  /// The operand repeated to a larger shape.
  NodeId broadcast_to(NodeId operand, const Shape& shape);
  NodeId contraction(ContractionAttributes attributes, NodeId left, NodeId right,
                     std::vector<NodeId> epilogue_operands = {});
  NodeId window_reduce(WindowReduceAttributes attributes, NodeId operand);
  NodeId reduce(Reducer reducer, NodeId operand, std::vector<std::uint32_t> axes, bool keep);
  /// `dtype` is that of the last step, named so that the caller's expectation is checked.
  NodeId rows(RowsAttributes attributes, std::vector<NodeId> operands, DType dtype);
  NodeId reshape(NodeId operand, Shape shape);
  NodeId transpose(NodeId operand, std::vector<std::uint32_t> permutation);
  /// `count[k]` elements of axis k from begin[k] in steps of step[k].
  NodeId slice(NodeId operand, std::vector<Dim> begin, std::vector<Dim> count, std::vector<std::int64_t> step);
  NodeId pad(NodeId operand, std::vector<std::int64_t> low, std::vector<std::int64_t> high, double value);
  NodeId concat(std::vector<NodeId> operands, std::uint32_t axis);
  NodeId gather(NodeId table, NodeId ids, std::uint32_t axis);
  /// `info.next` is set later, when it is known.
  NodeId state(StateInfo info, TensorType type);
  ScanId begin_scan() { return ScanId{graph_.scan_count++}; }
  NodeId scan_slice(ScanSliceAttributes attributes, NodeId sequence);
  NodeId scan_state(ScanStateAttributes attributes, NodeId initial);
  /// Closes the loop; gives the final states, then the stacked values.
  std::vector<NodeId> scan(ScanAttributes attributes, const std::vector<NodeId>& states,
                           const std::vector<NodeId>& next, const std::vector<NodeId>& stacked);
  /// A node of any kind with a known type and its own records, taken as it is: what passes use to rebuild.
  NodeId add(Node node);

private:
  Graph& graph_;
  RecordId record_;
};

/// What is wrong with a graph (inputs before uses, types that agree with their operation, attributes in range), one
/// sentence each; empty when nothing is. Run after every pass.
std::vector<std::string> verify(const Graph& graph);

/// Stable text, one node a line: `--dump=graph` and goldens.
std::string dump(const Graph& graph);

/// The tensors of a graph by value: the plain scalar evaluator, sums in double. The batch axis of every batch-carrying
/// value is `batch`, other symbols as given. Used to prepare weights, and as the reference of random tests.
struct Evaluation {
  std::map<std::string, std::int64_t> sizes;  // "N" and declared dims
  std::vector<TensorData> inputs;             // by Graph::inputs
  std::vector<TensorData> parameters;         // by Graph::parameters
  std::vector<TensorData> states = {};        // by Graph::states; zeros when there are none
};
/// The values of `wanted`, in that order; computes only what they need.
std::vector<TensorData> evaluate(const Graph& graph, const Evaluation& evaluation, const std::vector<NodeId>& wanted);

}  // namespace kdlc::graph
