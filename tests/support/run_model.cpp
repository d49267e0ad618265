// Runs compiled plans in this process.
#include "support/run_model.hpp"

#include <algorithm>
#include <cstring>
#include <iostream>

#include "catch.hpp"

namespace kdlc::testing {
namespace {

std::string joined_messages(const Report& report) {
  std::string text;
  for (const Message& message : report.messages()) {
    text += message.text + "\n";
  }
  return text;
}

std::size_t element_bytes(std::int32_t dtype) {
  switch (dtype) {
    case KDLC_F16:
    case KDLC_BF16:
    case KDLC_I16:
      return 2;
    case KDLC_F32:
    case KDLC_I32:
      return 4;
    case KDLC_F64:
    case KDLC_I64:
      return 8;
    default:
      return 1;
  }
}

/// Bytes of the tensor for these sizes: n, then the dims.
std::size_t tensor_bytes(const kdlc_tensor& tensor, const std::vector<std::size_t>& sizes) {
  std::size_t bytes = element_bytes(tensor.dtype);
  for (std::int32_t axis = 0; axis < tensor.axis_count; ++axis) {
    const std::int64_t size = tensor.axes[axis];
    bytes *= size >= 0 ? static_cast<std::size_t>(size) : sizes.at(static_cast<std::size_t>(-1 - size));
  }
  return bytes;
}

bool machine_runs(const std::string& cpu) {
  plan::Plan plan;
  plan.arena_align = 64;
  const auto model = compile_and_load(plan, target_of(cpu));
  return model->model().check_cpu() == KDLC_OK;
}

}  // namespace

codegen::Target target_of(const std::string& cpu) {
  Report report;
  const auto target = codegen::find_target("", cpu, report);
  INFO(joined_messages(report));
  REQUIRE(target.has_value());
  return *target;
}

std::vector<std::string> runnable_cpus() {
  static const std::vector<std::string> cpus = [] {
    std::vector<std::string> runnable;
    const codegen::Target native = target_of("native");
    for (const codegen::TargetRow& row : codegen::list_targets()) {
      if (row.triple != native.triple) {
        continue;
      }
      if (machine_runs(row.cpu)) {
        runnable.push_back(row.cpu);
      } else {
        std::cerr << row.cpu << ": not on this machine\n";
      }
    }
    return runnable;
  }();
  return cpus;
}

std::unique_ptr<link::LoadedModel> compile_and_load(const plan::Plan& plan, const codegen::Target& target,
                                                    const std::vector<std::byte>& packed_weights,
                                                    Arithmetic arithmetic) {
  Report report;
  const auto object = codegen::compile(
      plan,
      {.target = target, .prefix = "m", .strict = arithmetic == Arithmetic::strict, .embedded_weights = packed_weights},
      report);
  INFO(joined_messages(report));
  REQUIRE(object.has_value());
  auto model = link::LoadedModel::load(*object, "m", report);
  INFO(joined_messages(report));
  REQUIRE(model != nullptr);
  return model;
}

RunResult run_guarded(const kdlc_model& model, std::size_t n, const std::vector<TensorData>& inputs, Guard guard,
                      const std::vector<std::size_t>& sizes, void* state, const kdlc_options* options) {
  std::vector<std::size_t> all_sizes = {n};
  all_sizes.insert(all_sizes.end(), sizes.begin(), sizes.end());
  if (model.derived_count > 0) {
    std::vector<std::size_t> derived(static_cast<std::size_t>(model.derived_count));
    model.derive(all_sizes.data(), derived.data());
    all_sizes.insert(all_sizes.end(), derived.begin(), derived.end());
  }
  std::vector<GuardedMemory> memory;
  std::vector<const void*> input_pointers;
  std::vector<void*> output_pointers;
  for (std::int32_t k = 0; k < model.input_count; ++k) {
    const std::vector<std::byte>& bytes = inputs.at(static_cast<std::size_t>(k)).bytes;
    REQUIRE(bytes.size() == tensor_bytes(model.inputs[k], all_sizes));
    memory.emplace_back(bytes.size(), element_bytes(model.inputs[k].dtype), guard);
    std::copy(bytes.begin(), bytes.end(), memory.back().data());
    memory.back().make_read_only();
    input_pointers.push_back(memory.back().data());
  }
  const std::size_t first_output = memory.size();
  for (std::int32_t k = 0; k < model.output_count; ++k) {
    memory.emplace_back(tensor_bytes(model.outputs[k], all_sizes), element_bytes(model.outputs[k].dtype), guard);
    std::fill_n(memory.back().data(), memory.back().size(), std::byte{0xff});
    output_pointers.push_back(memory.back().data());
  }
  memory.emplace_back(model.arena_bytes, model.arena_align, guard);
  std::fill_n(memory.back().data(), memory.back().size(), std::byte{0xff});

  RunResult result;
  result.status = model.run(model.embedded, memory.back().data(), model.arena_bytes, options, state, all_sizes.data(),
                            input_pointers.data(), output_pointers.data());
  for (const GuardedMemory& buffer : memory) {
    REQUIRE(buffer.canaries_alive());
  }
  for (std::size_t k = first_output; k + 1 < memory.size(); ++k) {
    result.outputs.emplace_back(memory[k].data(), memory[k].data() + memory[k].size());
  }
  return result;
}

}  // namespace kdlc::testing
