// The memories of a plan's calls, chunk by chunk.
#include "support/run_plan.hpp"

#include <algorithm>

#include "plan/local_values.hpp"
#include "support/plan_executor.hpp"

namespace kdlc::testing {
namespace {

Block part_of(TensorData& tensor, const TensorType& type, std::int64_t first, std::int64_t samples) {
  const auto bytes = static_cast<std::int64_t>(tensor.bytes.size());
  if (!type.shape.has_batch()) {
    return {tensor.bytes.data(), bytes};
  }
  const std::int64_t sample_bytes = bytes / tensor.shape.front();
  return {tensor.bytes.data() + first * sample_bytes, samples * sample_bytes};
}

}  // namespace

std::vector<TensorData> run_plan(const plan::Plan& plan, const std::vector<TensorData>& inputs,
                                 const std::vector<TensorData>& parameters, std::int64_t batch,
                                 const std::map<std::string, std::int64_t>& dims, std::vector<TensorData>* states,
                                 Way way) {
  std::map<std::string, std::int64_t> all_sizes = dims;
  all_sizes["N"] = batch;
  std::vector<TensorData> given = inputs;
  std::vector<TensorData> outputs;
  for (const graph::OutputInfo& output : plan.graph.outputs) {
    const TensorType& type = plan.graph.nodes[output.node].type;
    std::vector<std::int64_t> shape;
    for (const Dim& axis : type.shape.axes) {
      shape.push_back(axis.evaluate(all_sizes).value());
    }
    outputs.push_back(TensorData::zeros(type.dtype, shape));
  }
  std::vector<std::byte> weights = plan::pack_weights(plan, parameters);
  // Signalling garbage: a step that reads what nobody wrote gives NaN.
  std::vector<std::byte> arena(static_cast<std::size_t>(plan.arena_bytes), std::byte{0xff});
  std::vector<TensorData> before = states != nullptr ? *states : std::vector<TensorData>();
  std::vector<TensorData> next = before;
  KDLC_ASSERT(before.size() == plan.graph.states.size(), "every state of the model is given");
  for (std::int64_t first = 0; first < batch;) {
    const std::int64_t rest = batch - first;
    const bool is_together = way == Way::together && !plan.threads.regions.empty();
    const plan::Body& body = rest == 1 || is_together ? plan.single : plan.chunk;
    Memories memories{.inputs = {},
                      .outputs = {},
                      .arena = {arena.data(), plan.arena_bytes},
                      .weights = {weights.data(), plan.packed_bytes},
                      .states = {},
                      .next_states = {},
                      .locals = {},
                      .sizes = dims};
    const std::int64_t samples = std::min(rest, body.samples);
    memories.sizes["N"] = samples;
    for (std::size_t index = 0; index < given.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.inputs[index].node].type;
      memories.inputs.push_back(part_of(given[index], type, first, samples));
    }
    for (std::size_t index = 0; index < outputs.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.outputs[index].node].type;
      memories.outputs.push_back(part_of(outputs[index], type, first, samples));
    }
    for (std::size_t index = 0; index < next.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.states[index].node].type;
      memories.states.push_back(part_of(before[index], type, first, samples));
      memories.next_states.push_back(part_of(next[index], type, first, samples));
    }
    if (is_together) {
      execute(plan.threads.regions, memories);
    } else {
      // As the function of a body keeps them: see local_values.hpp.
      const plan::LocalSteps with_locals = plan::with_locals(body.steps);
      std::vector<std::vector<std::byte>> locals;
      for (const std::int64_t bytes : with_locals.local_bytes) {
        locals.emplace_back(static_cast<std::size_t>(bytes), std::byte{0xff});
        memories.locals.push_back({locals.back().data(), bytes});
      }
      execute(with_locals.steps, memories);
    }
    first += samples;
  }
  if (states != nullptr) {
    *states = next;
  }
  return outputs;
}

}  // namespace kdlc::testing
