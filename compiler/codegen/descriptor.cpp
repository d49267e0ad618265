// <prefix>_model: the constant kdlc_model of runtime/kdlc_abi.h, from which a caller can use a model without its
// header.
#include <algorithm>

#include <kdlc_abi.h>

#include "codegen/interface.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

class DescriptorWriter {
public:
  explicit DescriptorWriter(Interface& interface)
      : interface_(interface),
        graph_(interface.plan.graph),
        derived_(derived_sizes(interface.plan.graph)),
        module_(interface.emitter.module),
        builder_(interface.emitter.builder) {}

  void write() {
    const std::string& prefix = interface_.options.prefix;
    add_public(model(), prefix + "_model");
    add_public(builder_.getInt32(KDLC_ABI_VERSION), prefix + "_abi_" + std::to_string(KDLC_ABI_VERSION));
  }

private:
  llvm::Constant* number(std::int64_t value) { return builder_.getInt64(static_cast<std::uint64_t>(value)); }
  llvm::Constant* count(std::size_t value) { return builder_.getInt32(static_cast<std::uint32_t>(value)); }
  llvm::Constant* null() { return llvm::ConstantPointerNull::get(builder_.getPtrTy()); }
  llvm::Constant* text(const std::string& words) { return builder_.CreateGlobalString(words, "text", 0, &module_); }
  /// Fields in C's layout, which LLVM's unpacked structs have.
  llvm::Constant* record(llvm::ArrayRef<llvm::Constant*> fields) {
    return llvm::ConstantStruct::getAnon(module_.getContext(), fields);
  }

  void add_public(llvm::Constant* value, const std::string& name) {
    new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::ExternalLinkage, value, name);
  }
  /// A constant array and its address; NULL for none.
  llvm::Constant* array(const std::vector<llvm::Constant*>& elements, const char* name) {
    if (elements.empty()) {
      return null();
    }
    auto* type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
    llvm::Constant* value = llvm::ConstantArray::get(type, elements);
    return new llvm::GlobalVariable(module_, type, true, llvm::GlobalValue::PrivateLinkage, value, name);
  }

  llvm::Constant* axis(const Dim& dim) {
    if (dim.is_constant()) {
      return number(dim.constant());
    }
    if (dim.is_batch()) {
      return number(-1);
    }
    for (std::size_t k = 0; k < graph_.dims.size(); ++k) {
      if (dim == Dim::symbol(graph_.dims[k].name)) {
        return number(-2 - static_cast<std::int64_t>(k));
      }
    }
    const auto place = std::find(derived_.begin(), derived_.end(), dim);
    KDLC_ASSERT(place != derived_.end(), "an axis is a number, the batch, a declared dim or derived");
    return number(-2 - static_cast<std::int64_t>(graph_.dims.size()) - (place - derived_.begin()));
  }

  template <class Info>
  llvm::Constant* tensor(const Info& info, std::int64_t range_begin, std::int64_t range_end) {
    const TensorType& type = graph_.node(info.node).type;
    std::vector<llvm::Constant*> axes;
    for (const Dim& dim : type.shape.axes) {
      axes.push_back(axis(dim));
    }
    const Dim elements = type.shape.without_batch().element_count();
    const auto element_bytes = static_cast<std::int64_t>(size_bytes(type.dtype));
    const std::int64_t sample_bytes = elements.is_constant() ? elements.constant() * element_bytes : 0;
    return record({text(info.name), text(info.doc), count(static_cast<std::size_t>(abi_dtype(type.dtype))),
                   count(axes.size()), array(axes, "axes"), number(sample_bytes), number(range_begin),
                   number(range_end)});
  }

  static kdlc_dtype abi_dtype(DType dtype) {
    switch (dtype) {
      case DType::f16:
        return KDLC_F16;
      case DType::bf16:
        return KDLC_BF16;
      case DType::f32:
        return KDLC_F32;
      case DType::f64:
        return KDLC_F64;
      case DType::i8:
        return KDLC_I8;
      case DType::i16:
        return KDLC_I16;
      case DType::i32:
        return KDLC_I32;
      case DType::i64:
        return KDLC_I64;
      case DType::u8:
        return KDLC_U8;
      case DType::boolean:
        return KDLC_BOOL;
    }
    KDLC_UNREACHABLE("every dtype has a number in the ABI");
  }

  llvm::Constant* inputs() {
    std::vector<llvm::Constant*> tensors;
    for (const graph::InputInfo& input : graph_.inputs) {
      tensors.push_back(tensor(input, input.range_begin.value_or(0), input.range_end.value_or(0)));
    }
    return array(tensors, "inputs");
  }
  llvm::Constant* outputs() { return tensors(graph::declared_outputs(graph_), "outputs"); }
  llvm::Constant* tensors(std::span<const graph::OutputInfo> infos, const char* name) {
    std::vector<llvm::Constant*> all;
    for (const graph::OutputInfo& info : infos) {
      all.push_back(tensor(info, 0, 0));
    }
    return array(all, name);
  }
  llvm::Constant* tap_names() {
    std::vector<llvm::Constant*> names;
    for (const graph::OutputInfo& tap : graph::tapped_outputs(graph_)) {
      names.push_back(text(tap.name));
    }
    return array(names, "tap_names");
  }
  llvm::Constant* derived_names() {
    std::vector<llvm::Constant*> names;
    for (const Dim& size : derived_) {
      names.push_back(text(size.to_text()));
    }
    return array(names, "derived_names");
  }
  llvm::Constant* dims() {
    std::vector<llvm::Constant*> bounds;
    for (const graph::DimInfo& dim : graph_.dims) {
      bounds.push_back(record({text(dim.name), number(dim.bound.value_or(0))}));
    }
    return array(bounds, "dims");
  }

  /// Field by field as in struct kdlc_model.
  llvm::Constant* model() {
    const plan::Plan& plan = interface_.plan;
    const Target& target = interface_.options.target;
    return record({builder_.getInt32(KDLC_ABI_VERSION),
                   count(graph_.inputs.size()),
                   count(graph::declared_outputs(graph_).size()),
                   count(graph_.dims.size()),
                   text(graph_.name),
                   text(graph_.doc),
                   text(target.triple + " " + target.cpu),
                   inputs(),
                   outputs(),
                   dims(),
                   number(plan.arena_bytes),
                   number(plan.arena_align),
                   number(plan.chunk.samples),
                   number(plan.packed_bytes),
                   builder_.getInt64(plan.model_hash),
                   interface_.embedded != nullptr ? static_cast<llvm::Constant*>(interface_.embedded) : null(),
                   interface_.check_cpu,
                   interface_.bind,
                   interface_.run,
                   count(graph::tapped_outputs(graph_).size()),
                   tap_names(),
                   tensors(graph::tapped_outputs(graph_), "taps"),
                   count(derived_.size()),
                   derived_names(),
                   interface_.derive != nullptr ? static_cast<llvm::Constant*>(interface_.derive) : null(),
                   number(plan.streams),
                   number(plan.state_bytes),
                   interface_.reset != nullptr ? static_cast<llvm::Constant*>(interface_.reset) : null(),
                   number(plan.threads.count)});
  }

  Interface& interface_;
  const graph::Graph& graph_;
  std::vector<Dim> derived_;
  llvm::Module& module_;
  llvm::IRBuilder<>& builder_;
};

}  // namespace

void emit_descriptor(Interface& interface) {
  DescriptorWriter(interface).write();
}

}  // namespace kdlc::codegen
