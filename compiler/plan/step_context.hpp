// What every step is built from: places of values, sizes for this body, and the table of prepared tensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/graph.hpp"
#include "plan/merge_axes.hpp"
#include "plan/placement.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

/// The most that every symbol can be: N, and the declared dims.
using SizeBounds = std::map<std::string, std::int64_t>;
SizeBounds bounds_of(const graph::Graph& graph, std::int64_t samples);

/// The prepared tensors that steps were built for. Those that are read get a place, 64-byte aligned.
class PreparedTable {
public:
  /// The index of the node's tensor.
  std::uint32_t add(const graph::Graph& graph, graph::NodeId node, const std::string& name);
  /// The same for what only some calls read: it is placed behind all others.
  std::uint32_t add_behind(const graph::Graph& graph, graph::NodeId node, const std::string& name);
  /// Of those that do not come behind.
  [[nodiscard]] std::int64_t front_bytes() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Places those that are read, by index; nothing is added any more. Returns their bytes.
  std::int64_t close(const std::vector<bool>& is_read);
  [[nodiscard]] std::int64_t offset_bytes(std::uint32_t index) const { return entries_[index].tensor.offset_bytes; }
  /// In the order in which they lie.
  [[nodiscard]] const std::vector<PreparedTensor>& placed() const { return placed_; }

private:
  struct Entry {
    PreparedTensor tensor;
    bool is_behind = false;
  };
  std::uint32_t enter(const graph::Graph& graph, graph::NodeId node, const std::string& name, bool is_behind);
  std::vector<Entry> entries_;
  std::unordered_map<graph::NodeId, std::uint32_t> index_;
  std::vector<PreparedTensor> placed_;
};

/// An operand packed for a contraction: see ContractionStep::right.
struct PackedOperand {
  graph::NodeId node;
  std::int64_t vectors = 1;                  // per panel
  std::int64_t lanes = 1;                    // per vector
  std::int64_t outer_stride = 0;             // elements from one outer position to the next
  std::int64_t columns_at_once = 0;          // of a Winograd step
  std::int64_t winograd_tile = 0;            // transformed for tiles of this size; 0: as they are
  bool is_left = false;                      // not in panels, but [column][depth]: the left operand of the step
  std::optional<std::uint32_t> choice = {};  // of the panels or of Winograd's form, in Plan::choices
  std::optional<graph::NodeId> seven = {};   // beside `node`, for Strassen's form
  ContractionBlock seven_block = {};         // whose panels those are
  std::int64_t seven_columns = 0;            // StrassenForm::columns_at_once
};

/// The state of planning: the graph grows by packing nodes, everything else is looked up.
struct StepContext {
  graph::Graph& graph;
  const IdVector<graph::NodeId, bool>& prepared;  // of the nodes before planning
  const PlacedGraph& placed;
  const Options& options;
  PreparedTable& prepared_table;
  std::unordered_map<graph::NodeId, PackedOperand>& packed;  // by contraction
  std::vector<Choice>& choices;                              // of the plan
  std::int64_t samples = 1;                                  // the most that N can be
  bool is_single = false;                                    // N is 1
  SizeBounds bounds;
  std::vector<Buffer> scratch_buffers;  // numbered behind placed.buffers

  [[nodiscard]] const graph::Node& node(graph::NodeId id) const { return graph.nodes[id]; }
  /// N becomes 1 in the body for one sample.
  [[nodiscard]] Dim size(const Dim& dim) const { return is_single && dim.is_batch() ? Dim(1) : dim; }
  /// The most that a size can be in this body.
  [[nodiscard]] std::int64_t most(const Dim& dim) const;
  /// Of all parameters of the model.
  [[nodiscard]] std::int64_t parameter_bytes() const;
  /// The number of a new scratch buffer.
  std::uint32_t add_scratch(Buffer buffer);
  /// Where a value is; prepared values are entered into the table.
  Placement place(graph::NodeId id);
  [[nodiscard]] std::string name_of(graph::NodeId id) const;
};

/// An access without strides to a placement.
Access access_of(const Placement& place, DType dtype);

/// Strides of an operand over the axes of `shape`, against which it broadcasts (right-aligned; 0 where it repeats).
Strides broadcast_strides(const Placement& place, const Shape& operand, const Shape& shape);

/// `strides[axes[0]], strides[axes[1]], …`
Strides select(const Strides& strides, const std::vector<std::size_t>& axes);

/// Appends `tail` to the strides of an access.
void append(Strides& strides, const Strides& tail);

/// A group with at least one axis: an empty one gets an axis of size 1 and stride 0.
AxisGroup with_one_axis(AxisGroup group);

// One function per kind of step.
Step build_map(StepContext& context, graph::NodeId id);
/// Whether two places are the same, element by element.
bool same_place(const Placement& left, const Placement& right);
Step build_copy(StepContext& context, graph::NodeId from, const Placement& to, const Shape& shape, DType dtype,
                const std::string& name);
/// The same for two places of one type.
Step build_place_copy(const StepContext& context, const Placement& from, const Placement& to, const TensorType& type,
                      const std::string& name);
/// Several steps where rows are filtered minimally: see winograd_rows.hpp.
std::vector<Step> build_contraction(StepContext& context, graph::NodeId id);
Step build_window(StepContext& context, graph::NodeId id);
Step build_reduce(StepContext& context, graph::NodeId id);
Step build_rows(StepContext& context, graph::NodeId id);
/// Border and, where the operand does not write inside it, the copy.
std::vector<Step> build_pad(StepContext& context, graph::NodeId id);
/// Copies of the operands that do not write inside it.
std::vector<Step> build_concat(StepContext& context, graph::NodeId id);
Step build_gather(StepContext& context, graph::NodeId id);
Step build_transpose(StepContext& context, graph::NodeId id);
/// All steps of a node; none for what is there without one.
std::vector<Step> build_steps(StepContext& context, graph::NodeId id);
/// Copies of the initial states, and the loop with what its turns compute.
std::vector<Step> build_loop(StepContext& context, graph::NodeId id);
/// The copy of a loop's result that two consumers want in their own places.
std::vector<Step> build_second_result(StepContext& context, graph::NodeId id);
/// For a slice, reshape or step of a sequence that is no view.
Step build_view_copy(StepContext& context, graph::NodeId id);

}  // namespace kdlc::plan
