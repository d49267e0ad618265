// A compiled model in this process, called again and again.
#include "driver/batch_runner.hpp"

#include <algorithm>
#include <memory>

#include "diagnostics/kinds.hpp"
#include "kdlc_abi.h"

namespace kdlc::driver {

void BatchRunner::Memory::allocate(std::size_t size, std::size_t alignment) {
  bytes.resize(size + alignment);
  void* place = bytes.data();
  std::size_t space = bytes.size();
  begin = static_cast<std::byte*>(std::align(alignment, size == 0 ? 1 : size, place, space));
}

TensorData make_tensor(const TensorType& type, const std::map<std::string, std::int64_t>& sizes) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    const std::optional<std::int64_t> size = axis.evaluate(sizes);
    KDLC_ASSERT(size.has_value(), "every size follows from the data");
    shape.push_back(*size);
  }
  return TensorData::zeros(type.dtype, std::move(shape));
}

std::unique_ptr<BatchRunner> BatchRunner::make(const Compiled& compiled, const std::string& packed_weights,
                                               Session& session) {
  std::unique_ptr<BatchRunner> runner(new BatchRunner(compiled));
  runner->loaded_ = link::LoadedModel::load(compiled.code, compiled.prefix, session.report);
  if (runner->loaded_ == nullptr) {
    return nullptr;
  }
  constexpr std::size_t kFileAlignment = 64;
  runner->packed_size_ = packed_weights.size();
  runner->weights_bytes_.allocate(packed_weights.size(), kFileAlignment);
  std::transform(packed_weights.begin(), packed_weights.end(), runner->weights_bytes_.begin,
                 [](char letter) { return static_cast<std::byte>(letter); });
  const kdlc_model& model = runner->loaded_->model();
  runner->pool_.emplace(model);
  runner->arena_.allocate(model.arena_bytes, std::max<std::size_t>(model.arena_align, 1));
  return runner;
}

std::optional<std::vector<TensorData>> BatchRunner::run(const std::vector<const TensorData*>& inputs,
                                                        std::int64_t begin, std::int64_t count,
                                                        const std::map<std::string, std::int64_t>& sizes,
                                                        Session& session) {
  const graph::Graph& graph = compiled_.plan.graph;
  std::map<std::string, std::int64_t> known = sizes;
  known[Dim::batch().to_text()] = count;
  std::vector<std::size_t> size_arguments = {static_cast<std::size_t>(count)};
  for (const graph::DimInfo& dim : graph.dims) {
    size_arguments.push_back(static_cast<std::size_t>(known[dim.name]));
  }
  std::vector<const void*> input_pointers;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    const bool has_samples = graph.node(graph.inputs[index].node).type.shape.has_batch();
    const std::int64_t samples = has_samples ? inputs[index]->shape.front() : 1;
    const std::size_t sample_bytes = samples == 0 ? 0 : inputs[index]->bytes.size() / static_cast<std::size_t>(samples);
    const std::size_t offset = has_samples ? static_cast<std::size_t>(begin) * sample_bytes : 0;
    input_pointers.push_back(inputs[index]->bytes.data() + offset);
  }
  std::vector<TensorData> outputs;
  std::vector<void*> output_pointers;
  for (const graph::OutputInfo& output : graph.outputs) {
    outputs.push_back(make_tensor(graph.node(output.node).type, known));
  }
  for (TensorData& output : outputs) {
    output_pointers.push_back(output.bytes.data());
  }
  const kdlc_model& model = loaded_->model();
  kdlc_weights weights{};
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  pool_->enter_into(options);
  int status = model.bind(&weights, weights_bytes_.begin, packed_size_);
  if (status == KDLC_OK) {
    status = model.run(&weights, arena_.begin, model.arena_bytes, &options, nullptr, size_arguments.data(),
                       input_pointers.data(), output_pointers.data());
  }
  if (status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, graph.name, "status " + std::to_string(status));
    return std::nullopt;
  }
  return outputs;
}

}  // namespace kdlc::driver
