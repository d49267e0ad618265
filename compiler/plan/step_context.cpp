// Look-ups that all step builders share.
#include "plan/step_context.hpp"

#include <algorithm>

#include "plan/arena.hpp"

namespace kdlc::plan {

SizeBounds bounds_of(const graph::Graph& graph, std::int64_t samples) {
  SizeBounds bounds = {{Dim::batch().to_text(), samples}};
  for (const graph::DimInfo& dim : graph.dims) {
    KDLC_ASSERT(dim.bound.has_value(), "a size known only at run time has a bound");
    bounds[dim.name] = *dim.bound;
  }
  return bounds;
}

namespace {

constexpr std::int64_t kWeightAlign = 64;

}  // namespace

std::uint32_t PreparedTable::enter(const graph::Graph& graph, graph::NodeId node, const std::string& name,
                                   bool is_behind) {
  const auto [entry, is_new] = index_.try_emplace(node, static_cast<std::uint32_t>(entries_.size()));
  if (is_new) {
    entries_.push_back({{node, name, 0, graph.nodes[node].type.bytes_per_sample()}, is_behind});
  }
  Entry& known = entries_[entry->second];
  known.is_behind = known.is_behind && is_behind;
  return entry->second;
}

std::uint32_t PreparedTable::add(const graph::Graph& graph, graph::NodeId node, const std::string& name) {
  return enter(graph, node, name, false);
}

std::uint32_t PreparedTable::add_behind(const graph::Graph& graph, graph::NodeId node, const std::string& name) {
  return enter(graph, node, name, true);
}

std::int64_t PreparedTable::front_bytes() const {
  std::int64_t bytes = 0;
  for (const Entry& entry : entries_) {
    bytes += entry.is_behind ? 0 : round_up(entry.tensor.size_bytes, kWeightAlign);
  }
  return bytes;
}

std::int64_t PreparedTable::close(const std::vector<bool>& is_read) {
  std::int64_t bytes = 0;
  for (const bool is_behind : {false, true}) {
    for (std::size_t index = 0; index < entries_.size(); ++index) {
      Entry& entry = entries_[index];
      if (entry.is_behind == is_behind && is_read[index]) {
        entry.tensor.offset_bytes = bytes;
        bytes += round_up(entry.tensor.size_bytes, kWeightAlign);
        placed_.push_back(entry.tensor);
      }
    }
  }
  return bytes;
}

Placement StepContext::place(graph::NodeId id) {
  if (id.value < placed.places.size() && placed.places[id]) {
    return *placed.places[id];
  }
  return {Memory::weights, prepared_table.add(graph, id, name_of(id)), 0, dense_strides(graph.nodes[id].type.shape)};
}

std::int64_t StepContext::most(const Dim& dim) const {
  const std::optional<std::int64_t> bound = dim.upper_bound(bounds);
  KDLC_ASSERT(bound.has_value(), "every size is bounded");
  return std::max<std::int64_t>(*bound, 0);
}

std::int64_t StepContext::parameter_bytes() const {
  std::int64_t bytes = 0;
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    bytes += parameter.type.bytes_per_sample();
  }
  return bytes;
}

std::uint32_t StepContext::add_scratch(Buffer buffer) {
  scratch_buffers.push_back(std::move(buffer));
  return static_cast<std::uint32_t>(placed.buffers.size() + scratch_buffers.size() - 1);
}

std::string StepContext::name_of(graph::NodeId id) const {
  const graph::Node& node = graph.nodes[id];
  if (node.op == graph::Op::parameter) {
    return graph.parameters[graph::attributes<graph::ParameterAttributes>(node).index].path;
  }
  if (!node.records.empty()) {
    return graph.records[node.records.front()].path;
  }
  return std::string(graph::name_of(node.op));
}

bool same_place(const Placement& left, const Placement& right) {
  return left.memory == right.memory && left.index == right.index && left.offset == right.offset &&
         left.strides == right.strides;
}

Access access_of(const Placement& place, DType dtype) {
  return {.memory = place.memory,
          .index = place.index,
          .offset_bytes = place.offset * Dim(static_cast<std::int64_t>(size_bytes(dtype))),
          .dtype = dtype,
          .strides = {}};
}

Strides broadcast_strides(const Placement& place, const Shape& operand, const Shape& shape) {
  Strides strides(shape.axes.size());
  KDLC_ASSERT(operand.axes.size() <= shape.axes.size(), "a broadcast operand has no more axes than the result");
  const std::size_t skipped = shape.axes.size() - operand.axes.size();
  for (std::size_t axis = 0; axis < operand.axes.size(); ++axis) {
    if (operand.axes[axis] != Dim(1)) {
      strides[skipped + axis] = place.strides[axis];
    }
  }
  return strides;
}

Strides select(const Strides& strides, const std::vector<std::size_t>& axes) {
  Strides result;
  result.reserve(axes.size());
  std::transform(axes.begin(), axes.end(), std::back_inserter(result), [&](std::size_t axis) { return strides[axis]; });
  return result;
}

void append(Strides& strides, const Strides& tail) {
  strides.insert(strides.end(), tail.begin(), tail.end());
}

AxisGroup with_one_axis(AxisGroup group) {
  if (group.sizes.empty()) {
    group.sizes.emplace_back(1);
    for (Strides& strides : group.strides) {
      strides.emplace_back(0);
    }
  }
  return group;
}

}  // namespace kdlc::plan
