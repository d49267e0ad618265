// make_plan: kernels for every node, places for every value, one body for a sample and one for a chunk.
#include "plan/plan.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "plan/arena.hpp"
#include "plan/band_chain.hpp"
#include "plan/bands.hpp"
#include "plan/chunk.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/contraction_roles.hpp"
#include "plan/fetch_ahead.hpp"
#include "plan/handovers.hpp"
#include "plan/head_loops.hpp"
#include "plan/input_checks.hpp"
#include "plan/loops.hpp"
#include "plan/pack.hpp"
#include "plan/pipelines.hpp"
#include "plan/pool_results.hpp"
#include "plan/regions.hpp"
#include "plan/resolve_places.hpp"
#include "plan/shared_samples.hpp"
#include "plan/size_rules.hpp"
#include "plan/split_reductions.hpp"
#include "plan/states.hpp"
#include "plan/step_accesses.hpp"
#include "plan/step_context.hpp"
#include "plan/strassen.hpp"
#include "plan/weight_order.hpp"

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

/// The nodes that run, in order.
std::vector<NodeId> forward_nodes(const IdVector<NodeId, bool>& prepared) {
  std::vector<NodeId> result;
  for (const NodeId id : prepared.ids()) {
    if (!prepared[id]) {
      result.push_back(id);
    }
  }
  return result;
}

/// Contractions whose left operand is prepared and whose right one is not change sides, so that weights are packed.
void put_weights_right(Graph& graph, const IdVector<NodeId, bool>& prepared) {
  for (Node& node : graph.nodes) {
    if (node.op != Op::contraction) {
      continue;
    }
    auto& attributes = std::get<graph::ContractionAttributes>(node.attributes);
    if (attributes.windows.empty() && prepared[node.inputs[0]] && !prepared[node.inputs[1]]) {
      std::swap(node.inputs[0], node.inputs[1]);
      std::swap(attributes.left, attributes.right);
    }
  }
}

}  // namespace

std::vector<Step> build_steps(StepContext& context, NodeId id) {
  const Op op = context.node(id).op;
  switch (op) {
    case Op::input:
    case Op::parameter:
    case Op::constant:
    case Op::state:
    case Op::scan_state:
      return {};
    case Op::scan_result:
      return build_second_result(context, id);
    case Op::scan:
      return build_loop(context, id);
    case Op::map:
      return {build_map(context, id)};
    case Op::contraction:
      return build_contraction(context, id);
    case Op::window_reduce:
      return {build_window(context, id)};
    case Op::reduce:
      return {build_reduce(context, id)};
    case Op::rows:
      return {build_rows(context, id)};
    case Op::reshape:
    case Op::slice:
    case Op::scan_slice:
      if (context.placed.is_alias[id]) {
        return {};
      }
      return {build_view_copy(context, id)};
    case Op::transpose:
      return {build_transpose(context, id)};
    case Op::pad:
      return build_pad(context, id);
    case Op::concat:
      return build_concat(context, id);
    case Op::gather:
      return {build_gather(context, id)};
  }
  KDLC_UNREACHABLE("every primitive has a step");
}

namespace {

/// Outputs that no step wrote in place: inputs, weights, and values that are an output twice.
void copy_to_outputs(StepContext& context, std::vector<Step>& steps) {
  for (std::size_t index = 0; index < context.graph.outputs.size(); ++index) {
    const graph::OutputInfo output = context.graph.outputs[index];
    const Placement place = context.place(output.node);
    if (place.memory == Memory::output && place.index == index) {
      continue;
    }
    const TensorType type = context.node(output.node).type;
    const Placement target{Memory::output, static_cast<std::uint32_t>(index), 0, dense_strides(type.shape)};
    steps.push_back(build_copy(context, output.node, target, type.shape, type.dtype, output.name));
  }
}

/// The states that no step left in place.
void copy_to_states(StepContext& context, std::vector<Step>& steps) {
  for (std::uint32_t index = 0; index < context.graph.states.size(); ++index) {
    const graph::StateInfo state = context.graph.states[index];
    const TensorType type = context.node(state.node).type;
    const Placement target{Memory::next_state, index, 0, dense_strides(type.shape)};
    if (!same_place(context.place(state.next), target)) {
      steps.push_back(build_copy(context, state.next, target, type.shape, type.dtype, state.name));
    }
  }
}

struct BuiltBody {
  Body body;
  std::vector<Buffer> buffers;
};

BuiltBody build_body(Plan& plan, const PlacedGraph& placed, const IdVector<NodeId, bool>& prepared,
                     const Options& options, PreparedTable& table, std::unordered_map<NodeId, PackedOperand>& packed,
                     std::int64_t samples, bool is_single) {
  StepContext context{.graph = plan.graph,
                      .prepared = prepared,
                      .placed = placed,
                      .options = options,
                      .prepared_table = table,
                      .packed = packed,
                      .choices = plan.choices,
                      .samples = samples,
                      .is_single = is_single,
                      .bounds = bounds_of(plan.graph, samples),
                      .scratch_buffers = {}};
  BuiltBody built;
  const IdVector<NodeId, graph::ScanId> loops = graph::find_loops(plan.graph);
  for (const NodeId id : forward_nodes(prepared)) {
    if (loops[id].has_value()) {
      continue;  // the node that closes a loop builds its turns
    }
    std::vector<Step> steps = build_steps(context, id);
    std::move(steps.begin(), steps.end(), std::back_inserter(built.body.steps));
  }
  copy_to_outputs(context, built.body.steps);
  copy_to_states(context, built.body.steps);
  pool_results(built.body.steps, options.machine, options.strict);
  built.body.samples = samples;
  built.buffers = placed.buffers;
  built.buffers.insert(built.buffers.end(), context.scratch_buffers.begin(), context.scratch_buffers.end());
  return built;
}

/// Of one sample with every declared size at its bound.
std::int64_t count_multiply_adds(const Graph& graph, const IdVector<NodeId, bool>& prepared) {
  const SizeBounds bounds = bounds_of(graph, 1);
  const IdVector<NodeId, graph::ScanId> loops = graph::find_loops(graph);
  const std::map<graph::ScanId, Dim> turns = turns_of_loops(graph);
  std::int64_t total = 0;
  for (const NodeId id : forward_nodes(prepared)) {
    const Node& node = graph.node(id);
    if (node.op != Op::contraction) {
      continue;
    }
    Dim products = node.type.shape.without_batch().element_count();
    for (const RoleAxis& axis : find_roles(graph, node).depth) {
      products = products * axis.size;
    }
    products = loops[id].has_value() ? products * turns.at(loops[id]) : products;
    total += products.upper_bound(bounds).value_or(0);
  }
  return total;
}

/// Room for the taps of a chunk behind the rest of the arena: they are outputs that the caller gives no memory for.
void place_taps(Plan& plan) {
  const SizeBounds bounds = bounds_of(plan.graph, 1);
  for (const graph::OutputInfo& tap : graph::tapped_outputs(plan.graph)) {
    const TensorType& type = plan.graph.node(tap.node).type;
    const std::int64_t samples = type.shape.has_batch() ? plan.chunk.samples : 1;
    const std::optional<std::int64_t> elements = type.shape.without_batch().element_count().upper_bound(bounds);
    KDLC_ASSERT(elements.has_value(), "every size of run time has a bound");
    plan.tap_offsets.push_back(round_up(plan.arena_bytes, kArenaAlign));
    plan.arena_bytes =
        plan.tap_offsets.back() + samples * *elements * static_cast<std::int64_t>(size_bytes(type.dtype));
  }
}

/// Weights that outgrow the second cache by less than this factor leave enough of themselves there for the next call.
constexpr double kTurnsAroundUpTo = 3;

/// How `single`, with places not yet resolved, is computed by several threads. Returns the buffers of its regions.
std::vector<Buffer> plan_threads(Plan& plan, BuiltBody single, const Body& chunk, const Options& options,
                                 std::size_t first_scratch) {
  const SizeBounds bounds = bounds_of(plan.graph, 1);
  const auto scratch_bytes = [&](std::uint32_t index) {
    const Buffer& buffer = single.buffers[index];
    return round_up(bytes_of(buffer, bounds), kArenaAlign);
  };
  Threads& threads = plan.threads;
  threads.count = options.threads;
  const std::size_t buffer_count = single.buffers.size();
  if (!options.strict) {
    SplitOptions split{.parts = options.threads};
    split.least_bytes = options.meeting_nanoseconds > 0 ? split.least_bytes : 0;
    split_reductions(single.body.steps, single.buffers, split);
  }
  keep_sources(single.body.steps, single.buffers);
  std::vector<Unit> units = band_units(single.body.steps, single.buffers, options.machine);
  std::vector<Unit> heads = head_units(single.body.steps, single.buffers, options, bounds, scratch_bytes);
  std::move(heads.begin(), heads.end(), std::back_inserter(units));
  const RegionOptions region_options{.threads = options.threads,
                                     .meeting_nanoseconds = options.meeting_nanoseconds,
                                     .machine = options.machine,
                                     .bounds = bounds,
                                     .scratch_bytes = scratch_bytes};
  std::vector<Unit> pipelines = pipeline_units(single.body.steps, region_options);
  std::move(pipelines.begin(), pipelines.end(), std::back_inserter(units));
  std::sort(units.begin(), units.end(), [](const Unit& left, const Unit& right) { return left.begin < right.begin; });
  TogetherPlan together = make_regions(single.body.steps, units, region_options);
  threads.regions = std::move(together.regions);
  threads.least_samples = least_shared_samples(plan, single.body, chunk, together.nanoseconds, options.machine);
  for (std::size_t index = first_scratch; index < buffer_count; ++index) {
    Buffer& buffer = single.buffers[index];
    const std::int64_t elements =
        scratch_bytes(static_cast<std::uint32_t>(index)) / static_cast<std::int64_t>(size_bytes(buffer.dtype));
    buffer = {.elements = Dim(elements * options.threads), .has_batch = false, .dtype = buffer.dtype};
  }
  return std::move(single.buffers);
}

/// Which tensors of the table some call reads.
std::vector<bool> find_read(const std::vector<std::vector<Moment>>& bodies, const PreparedTable& table) {
  std::vector<bool> is_read(table.size(), false);
  for (const std::vector<Moment>& moments : bodies) {
    for (const Moment& moment : moments) {
      for (Step* step : moment) {
        for_each_access(*step, [&](const Access& access) {
          if (access.memory == Memory::weights) {
            is_read[access.index] = true;
          }
        });
      }
    }
  }
  return is_read;
}

/// Places the weights that are read, and in the arena what the bodies and the regions of threads write. Returns the
/// bytes of the arena.
std::int64_t give_places(Plan& plan, BuiltBody& single, BuiltBody& chunk, const std::vector<Buffer>& threads_buffers,
                         PreparedTable& table, const Machine& machine) {
  std::vector<Region>& regions = plan.threads.regions;
  leave_out_plain_weights(single.body.steps, 1);
  leave_out_plain_weights(chunk.body.steps, chunk.body.samples);
  leave_out_plain_weights(regions);
  const std::vector<Moment> in_single = moments_of(single.body);
  const std::vector<Moment> in_chunk = moments_of(chunk.body);
  const std::vector<Moment> in_threads = moments_of(regions);
  plan.packed_bytes = table.close(find_read({in_single, in_chunk, in_threads}, table));
  const SizeBounds bounds = bounds_of(plan.graph, chunk.body.samples);
  // A line that one thread writes over another one's costs both of them a message.
  return std::max({resolve_places(in_single, 1, single.buffers, table, bounds),
                   resolve_places(in_chunk, chunk.body.samples, chunk.buffers, table, bounds),
                   resolve_places(in_threads, 1, threads_buffers, table, bounds_of(plan.graph, 1), machine.l2_bytes / 2,
                                  handovers_of(regions, threads_buffers.size()))});
}

/// The plan for a given chunk.
Plan plan_for_chunk(Graph graph, const Options& options, std::int64_t chunk_samples) {
  Plan plan;
  plan.graph = std::move(graph);
  narrow_input_ranges(plan.graph);
  plan.input_checks = find_input_checks(plan.graph);
  const IdVector<NodeId, bool> prepared = graph::find_prepared(plan.graph);
  put_weights_right(plan.graph, prepared);
  plan.multiply_adds = count_multiply_adds(plan.graph, prepared);
  const PlacedGraph placed = place_values(plan.graph, prepared);
  PreparedTable table;
  std::unordered_map<NodeId, PackedOperand> packed;

  // The chunk comes first: it decides how wide the panels of packed weights are, and the single sample follows.
  BuiltBody chunk = build_body(plan, placed, prepared, options, table, packed, chunk_samples, false);
  BuiltBody single = build_body(plan, placed, prepared, options, table, packed, 1, true);
  const std::int64_t front_bytes = table.front_bytes();
  if (front_bytes > options.machine.l2_bytes / 2) {
    fetch_weights_ahead(single.body.steps);
    fetch_weights_ahead(chunk.body.steps);
  }
  fetch_rows_ahead(single.body.steps, options.machine);
  const std::vector<Buffer> threads_buffers =
      options.threads > 1 ? plan_threads(plan, single, chunk.body, options, placed.buffers.size())
                          : std::vector<Buffer>{};
  // Behind the regions: threads share rows and heads of whole steps.
  compute_in_bands(single.body.steps, single.buffers, options.machine);
  single.body.steps = loop_over_heads(std::move(single.body.steps), single.buffers, options, bounds_of(plan.graph, 1));
  chunk.body.steps =
      loop_over_heads(std::move(chunk.body.steps), chunk.buffers, options, bounds_of(plan.graph, chunk_samples));
  plan.arena_bytes = give_places(plan, single, chunk, threads_buffers, table, options.machine);
  plan.single = std::move(single.body);
  plan.chunk = std::move(chunk.body);
  plan.arena_align = kArenaAlign;
  const auto cache_bytes = static_cast<double>(options.machine.l2_bytes);
  const auto weight_bytes = static_cast<double>(front_bytes);
  if (weight_bytes > 0.75 * cache_bytes && weight_bytes < kTurnsAroundUpTo * cache_bytes) {
    turn_around(plan.single, plan.arena_bytes);
    plan.arena_bytes += kArenaAlign;
  }
  take_panels_together(plan.single.steps, options.machine);
  take_panels_together(plan.threads.regions, options.machine);
  if (!options.strict) {
    alternate(plan.single.steps, options.machine);
    alternate(plan.threads.regions, options.machine);
  }
  place_taps(plan);
  if (options.threads > 1) {
    plan.threads.arena_stride = round_up(plan.arena_bytes, kArenaAlign);
    plan.arena_bytes = plan.threads.arena_stride * options.threads;
  }
  place_states(plan, options.streams);
  plan.prepared = table.placed();
  plan.size_rules = find_size_rules(plan.graph);
  plan.model_hash = hash_of(plan);
  return plan;
}

}  // namespace

Plan make_plan(Graph graph, const Options& options) {
  const std::int64_t most_samples = streams_of(graph, options.streams).value_or(INT64_MAX);
  if (options.chunk > 0) {
    return plan_for_chunk(std::move(graph), options, std::min(options.chunk, most_samples));
  }
  // A first plan shows how much memory a sample takes and how many weights it reads. Each thread has a chunk of its
  // own.
  Options alone = options;
  alone.threads = 1;
  const std::int64_t chunk = std::min(choose_chunk(options.machine, plan_for_chunk(graph, alone, 1)), most_samples);
  return plan_for_chunk(std::move(graph), options, chunk);
}

}  // namespace kdlc::plan
