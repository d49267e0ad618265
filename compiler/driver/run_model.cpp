// Running a compiled model in this process on tensors.
#include "driver/run_model.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
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

/// `[2, 5]`: the place of an element counted in row-major order.
std::string place_text(const std::vector<std::int64_t>& shape, std::int64_t element) {
  std::vector<std::string> places;
  for (std::size_t axis = shape.size(); axis-- > 0; element /= shape[axis]) {
    places.push_back(std::to_string(element % shape[axis]));
  }
  std::string text = "[";
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    text += (place == places.rbegin() ? "" : ", ") + *place;
  }
  return text + "]";
}

/// False after reporting the first number outside the input's range. NaN lies in no range.
bool fit_range(const graph::InputInfo& input, const GivenTensor& given, Report& report) {
  if (!input.range_begin || !input.range_end) {
    return true;
  }
  const auto begin = static_cast<double>(*input.range_begin);
  const auto end = static_cast<double>(*input.range_end);
  for (std::int64_t element = 0; element < given.data.element_count(); ++element) {
    const double number = given.data.at(element);
    if (!(number >= begin && number < end)) {
      report.add(Span{}, diag::DataOutsideRange, given.file, fmt::format("{}", number),
                 place_text(given.data.shape, element), input.name,
                 fmt::format("{}..{}", *input.range_begin, *input.range_end));
      return false;
    }
  }
  return true;
}

/// The inputs in the order of their declaration; nullopt after reporting all that is wrong with them.
std::optional<std::vector<const void*>> order_inputs(const graph::Graph& graph,
                                                     const std::map<std::string, GivenTensor>& inputs,
                                                     KnownSizes& sizes, Report& report) {
  std::vector<const void*> pointers;
  bool is_fine = true;
  for (const graph::InputInfo& input : graph.inputs) {
    const TensorType& type = graph.node(input.node).type;
    const auto given = inputs.find(input.name);
    if (given == inputs.end()) {
      report.add(Span{}, diag::InputNotGiven, input.name, type.to_text()).help("`--input " + input.name + "=FILE.npy`");
      is_fine = false;
      continue;
    }
    is_fine =
        fit_input(input.name, type, given->second, sizes, report) && fit_range(input, given->second, report) && is_fine;
    pointers.push_back(given->second.data.bytes.data());
  }
  return is_fine ? std::optional(std::move(pointers)) : std::nullopt;
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

/// One call of the model; its status.
int call(const kdlc_model& model, std::string_view packed_weights, const std::vector<std::size_t>& sizes,
         const std::vector<const void*>& inputs, std::vector<TensorData>& outputs, std::vector<CollectedTap> taps) {
  const AlignedBytes weights_bytes(packed_weights.size(), 64);
  std::copy(packed_weights.begin(), packed_weights.end(), static_cast<char*>(weights_bytes.get()));
  kdlc_weights weights{};
  if (const int status = model.bind(&weights, weights_bytes.get(), packed_weights.size()); status != KDLC_OK) {
    return status;
  }
  std::vector<void*> output_pointers;
  output_pointers.reserve(outputs.size());
  for (TensorData& output : outputs) {
    output_pointers.push_back(output.bytes.data());
  }
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  options.tap = collect_tap;
  options.tap_context = &taps;
  const ThreadPool pool(model);
  pool.enter_into(options);
  const AlignedBytes arena(model.arena_bytes, model.arena_align);
  return model.run(&weights, arena.get(), model.arena_bytes, &options, sizes.data(), inputs.data(),
                   output_pointers.data());
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
  const auto pointers = order_inputs(graph, inputs, known, session.report);
  if (!pointers.has_value()) {
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
  if (const int status = call(loaded->model(), packed_weights, sizes, *pointers, outputs, collect_into(graph, outputs));
      status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, graph.name, status_text(status));
    return std::nullopt;
  }
  return outputs;
}

}  // namespace kdlc::driver
