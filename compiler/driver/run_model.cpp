// Running a compiled model in this process on tensors.
#include "driver/run_model.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "driver/data_range.hpp"
#include "driver/thread_pool.hpp"
#include "kdlc_abi.h"
#include "link/link.hpp"

namespace kdlc::driver {

namespace {

/// Memory aligned as the model wants it.
class AlignedBytes {
public:
  AlignedBytes(std::size_t size, std::size_t alignment)
      : alignment_(alignment), bytes_(::operator new(size == 0 ? 1 : size, std::align_val_t{alignment})) {}
  ~AlignedBytes() { ::operator delete(bytes_, std::align_val_t{alignment_}); }
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;
  [[nodiscard]] void* get() const { return bytes_; }

private:
  std::size_t alignment_;
  void* bytes_;
};

/// Sizes known at run time, by name, with the input that said so first.
struct KnownSize {
  std::int64_t value = 0;
  std::string file;
};
using KnownSizes = std::map<std::string, KnownSize>;

std::string shape_text(const TensorData& data) {
  std::string text(name_of(data.dtype));
  text += "[";
  for (std::size_t axis = 0; axis < data.shape.size(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(data.shape[axis]);
  }
  return text + "]";
}

/// Compares an input with its declaration and learns the sizes that it brings; false after reporting.
bool fit_input(const std::string& name, const TensorType& type, const GivenTensor& given, KnownSizes& sizes,
               Report& report) {
  const auto refuse = [&] {
    report.add(Span{}, diag::DataShape, given.file, shape_text(given.data), name, type.to_text());
    return false;
  };
  if (given.data.dtype != type.dtype || given.data.shape.size() != type.shape.axis_count()) {
    return refuse();
  }
  for (std::size_t axis = 0; axis < given.data.shape.size(); ++axis) {
    const Dim& declared = type.shape.axes[axis];
    const std::int64_t size = given.data.shape[axis];
    if (declared.is_constant() && declared.constant() != size) {
      return refuse();
    }
    if (declared.is_symbol()) {
      const auto [known, is_new] = sizes.try_emplace(declared.to_text(), KnownSize{size, given.file});
      if (!is_new && known->second.value != size) {
        report.add(Span{}, diag::DataSizes, declared.to_text(), known->second.value, known->second.file, size,
                   given.file);
        return false;
      }
    }
  }
  return true;
}

/// The inputs in the order of their declaration; nullopt after reporting all that is wrong with them.
std::optional<std::vector<const TensorData*>> order_inputs(const graph::Graph& graph,
                                                           const std::map<std::string, GivenTensor>& inputs,
                                                           KnownSizes& sizes, Report& report) {
  std::vector<const TensorData*> ordered;
  bool is_fine = true;
  for (const graph::InputInfo& input : graph.inputs) {
    const TensorType& type = graph.node(input.node).type;
    const auto given = inputs.find(input.name);
    if (given == inputs.end()) {
      report.add(Span{}, diag::InputNotGiven, input.name, type.to_text()).help("`--input " + input.name + "=FILE.npy`");
      is_fine = false;
      continue;
    }
    is_fine = fit_input(input.name, type, given->second, sizes, report) &&
              fits_range("input", input.name, {input.range_begin, input.range_end}, given->second, report) && is_fine;
    ordered.push_back(&given->second.data);
  }
  return is_fine ? std::optional(std::move(ordered)) : std::nullopt;
}

std::string status_text(int status) {
  switch (status) {
    case KDLC_E_SIZE:
      return "a size is outside its bound";
    case KDLC_E_INDEX:
      return "an id is outside its table";
    case KDLC_E_CPU:
      return "this processor lacks instructions that the code needs";
    default:
      return "status " + std::to_string(status);
  }
}

/// Outputs and taps with memory for the sizes that are known now.
std::vector<TensorData> make_outputs(const graph::Graph& graph, const std::map<std::string, std::int64_t>& sizes) {
  std::vector<TensorData> outputs;
  for (const graph::OutputInfo& output : graph.outputs) {
    const TensorType& type = graph.node(output.node).type;
    std::vector<std::int64_t> shape;
    for (const Dim& axis : type.shape.axes) {
      const std::optional<std::int64_t> size = axis.evaluate(sizes);
      KDLC_ASSERT(size.has_value(), "every size of an output follows from the inputs");
      shape.push_back(*size);
    }
    outputs.push_back(TensorData::zeros(type.dtype, std::move(shape)));
  }
  return outputs;
}

/// Where the samples of a tap are collected.
struct CollectedTap {
  std::string_view name;
  std::byte* data = nullptr;
  std::size_t sample_bytes = 0;  // of the whole value when all samples share it
};

/// The callback of the model: samples first to first + n - 1 of the value of that name.
void collect_tap(void* context, const char* name, std::size_t first, std::size_t n, const void* data) {
  for (const CollectedTap& tap : *static_cast<const std::vector<CollectedTap>*>(context)) {
    if (tap.name == name) {
      std::copy_n(static_cast<const std::byte*>(data), n * tap.sample_bytes, tap.data + first * tap.sample_bytes);
    }
  }
}

/// A place for each tap among `outputs`.
std::vector<CollectedTap> collect_into(const graph::Graph& graph, std::vector<TensorData>& outputs) {
  std::vector<CollectedTap> taps;
  for (std::size_t index = graph::declared_outputs(graph).size(); index < outputs.size(); ++index) {
    const graph::OutputInfo& tap = graph.outputs[index];
    TensorData& value = outputs[index];
    const bool has_batch = graph.node(tap.node).type.shape.has_batch();
    const auto samples = static_cast<std::size_t>(has_batch ? std::max<std::int64_t>(value.shape.front(), 1) : 1);
    taps.push_back({tap.name, value.bytes.data(), value.bytes.size() / samples});
  }
  return taps;
}

/// Bytes from one sample to the next; 0 for a tensor that all samples share.
std::size_t sample_stride(const TensorType& type, std::size_t bytes, std::size_t samples) {
  return type.shape.has_batch() && samples > 0 ? bytes / samples : 0;
}

/// The places of a run's tensors, and how far the next sample is in each.
struct Tensors {
  std::vector<const std::byte*> inputs;
  std::vector<std::size_t> input_strides;
  std::vector<std::byte*> outputs;
  std::vector<std::size_t> output_strides;
};

Tensors find_tensors(const graph::Graph& graph, const std::vector<const TensorData*>& inputs,
                     std::vector<TensorData>& outputs, std::size_t samples) {
  Tensors tensors;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    const std::vector<std::byte>& bytes = inputs[index]->bytes;
    tensors.inputs.push_back(bytes.data());
    tensors.input_strides.push_back(sample_stride(graph.node(graph.inputs[index].node).type, bytes.size(), samples));
  }
  for (std::size_t index = 0; index < outputs.size(); ++index) {
    std::vector<std::byte>& bytes = outputs[index].bytes;
    tensors.outputs.push_back(bytes.data());
    tensors.output_strides.push_back(sample_stride(graph.node(graph.outputs[index].node).type, bytes.size(), samples));
  }
  return tensors;
}

/// All samples; the first status that is not OK. A model that keeps states begins with fresh ones and is called for as
/// many samples at a time as it has streams, so that each goes on where the one of its stream before it ended.
int call(const kdlc_model& model, std::string_view packed_weights, std::vector<std::size_t> sizes,
         const Tensors& tensors, const std::vector<CollectedTap>& taps) {
  const AlignedBytes weights_bytes(packed_weights.size(), 64);
  std::copy(packed_weights.begin(), packed_weights.end(), static_cast<char*>(weights_bytes.get()));
  kdlc_weights weights{};
  if (const int status = model.bind(&weights, weights_bytes.get(), packed_weights.size()); status != KDLC_OK) {
    return status;
  }
  const ThreadPool pool(model);
  const AlignedBytes arena(model.arena_bytes, model.arena_align);
  std::vector<std::uint64_t> state(model.state_bytes / sizeof(std::uint64_t), 0);
  const std::size_t samples = sizes[0];
  const std::size_t most = model.streams > 0 ? model.streams : samples;
  for (std::size_t first = 0; first < samples; first += most) {
    sizes[0] = std::min(most, samples - first);
    std::vector<const void*> inputs;
    std::vector<void*> outputs;
    std::vector<CollectedTap> moved_taps = taps;
    for (std::size_t index = 0; index < tensors.inputs.size(); ++index) {
      inputs.push_back(tensors.inputs[index] + first * tensors.input_strides[index]);
    }
    for (std::size_t index = 0; index < tensors.outputs.size(); ++index) {
      outputs.push_back(tensors.outputs[index] + first * tensors.output_strides[index]);
    }
    for (std::size_t index = 0; index < taps.size(); ++index) {
      moved_taps[index].data += first * tensors.output_strides[tensors.outputs.size() - taps.size() + index];
    }
    kdlc_options options{};
    options.struct_bytes = sizeof options;
    options.tap = collect_tap;
    options.tap_context = &moved_taps;
    pool.enter_into(options);
    if (const int status = model.run(&weights, arena.get(), model.arena_bytes, &options, state.data(), sizes.data(),
                                     inputs.data(), outputs.data());
        status != KDLC_OK) {
      return status;
    }
  }
  return KDLC_OK;
}

/// What the sizes of the inputs break: a bound, or a rule of the model; nullopt for nothing.
std::optional<std::string> find_broken_size(const plan::Plan& plan, const std::map<std::string, std::int64_t>& sizes) {
  for (const graph::DimInfo& dim : plan.graph.dims) {
    if (dim.bound && sizes.at(dim.name) > *dim.bound) {
      return fmt::format("`{}` is {} in the inputs, but at most {}", dim.name, sizes.at(dim.name), *dim.bound);
    }
  }
  for (const graph::SizeRule& rule : plan.size_rules) {
    if (!graph::holds(rule, sizes)) {
      std::string given;
      for (const graph::DimInfo& dim : plan.graph.dims) {
        given += fmt::format("{}`{}` {}", given.empty() ? ", with " : " and ", dim.name, sizes.at(dim.name));
      }
      return rule.text + given;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<TensorData>> run_model(const Compiled& compiled, const std::string& packed_weights,
                                                 const std::map<std::string, GivenTensor>& inputs, Session& session) {
  const graph::Graph& graph = compiled.plan.graph;
  KnownSizes known;
  const auto ordered = order_inputs(graph, inputs, known, session.report);
  if (!ordered.has_value()) {
    return std::nullopt;
  }
  const std::string batch = Dim::batch().to_text();
  std::map<std::string, std::int64_t> size_of = {{batch, known.contains(batch) ? known[batch].value : 1}};
  std::vector<std::size_t> sizes = {static_cast<std::size_t>(size_of[batch])};
  for (const graph::DimInfo& dim : graph.dims) {
    size_of[dim.name] = known[dim.name].value;
    sizes.push_back(static_cast<std::size_t>(known[dim.name].value));
  }
  if (const auto broken = find_broken_size(compiled.plan, size_of)) {
    session.report.add(Span{}, diag::ModelRefused, graph.name, *broken);
    return std::nullopt;
  }
  const auto loaded = link::LoadedModel::load(compiled.code, compiled.prefix, session.report);
  if (loaded == nullptr) {
    return std::nullopt;
  }
  std::vector<TensorData> outputs = make_outputs(graph, size_of);
  session.enter("running");
  const Tensors tensors = find_tensors(graph, *ordered, outputs, sizes[0]);
  if (const int status = call(loaded->model(), packed_weights, sizes, tensors, collect_into(graph, outputs));
      status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, graph.name, status_text(status));
    return std::nullopt;
  }
  return outputs;
}

}  // namespace kdlc::driver
