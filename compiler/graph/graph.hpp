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

#include "graph/attributes.hpp"
#include "source/source.hpp"
#include "support/typed_id.hpp"
#include "types/tensor_data.hpp"
#include "types/tensor_type.hpp"

namespace kdlc::graph {

struct NodeTag;
using NodeId = TypedId<NodeTag>;
struct RecordTag;
using RecordId = TypedId<RecordTag>;

enum class Op : std::uint8_t {
#define OP(name, attributes, meaning) name,
#include "graph/op.def"
#undef OP
};

std::string_view name_of(Op op);

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
