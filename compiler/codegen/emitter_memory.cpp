// Loads and stores: whole vectors, masked ones, gathered and scattered lanes.
#include <algorithm>
#include <bit>
#include <numeric>

#include "codegen/emitter.hpp"

namespace kdlc::codegen {
namespace {

/// The alignment that every element of the tensor surely has: inputs and outputs promise no more.
llvm::Align element_align(DType dtype) {
  return llvm::Align(size_bytes(dtype));
}

/// Addresses of the part's elements as a vector of pointers, for strides that are neither 0 nor 1.
llvm::Value* lane_pointers(Emitter& emitter, llvm::Value* first, DType dtype, const Dim& stride, std::int64_t lanes) {
  const std::int64_t unit = stride.is_constant() ? stride.constant() * element_bytes(dtype) : 1;
  std::vector<llvm::Constant*> numbers;
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    numbers.push_back(emitter.integer(lane * unit));
  }
  llvm::Value* offsets = llvm::ConstantVector::get(numbers);
  if (!stride.is_constant()) {
    llvm::Value* stride_bytes = emitter.count_once(stride * Dim(element_bytes(dtype)));
    offsets = emitter.builder.CreateMul(offsets, emitter.splat(stride_bytes, lanes));
  }
  return emitter.builder.CreateGEP(emitter.builder.getInt8Ty(), first, offsets);
}

llvm::Value* load_lanes(Emitter& emitter, llvm::Value* first, DType dtype, const Dim& stride, std::int64_t lanes) {
  llvm::Value* result = llvm::PoisonValue::get(emitter.memory_type(dtype, lanes));
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    llvm::Value* address = emitter.element_pointer(first, dtype, emitter.integer(lane), stride);
    llvm::Value* element = emitter.builder.CreateAlignedLoad(emitter.memory_type(dtype), address, element_align(dtype));
    result = emitter.builder.CreateInsertElement(result, element, emitter.integer(lane));
  }
  return result;
}

/// Whether memory goes on behind the last element of the view, so that a whole vector may be touched.
bool holds_vector(const Emitter& emitter, const View& view, const Part& part) {
  return view.is_local && part.lanes * element_bytes(view.dtype) <= emitter.machine.vector_bytes;
}

}  // namespace

llvm::Value* Emitter::splat(llvm::Value* scalar, std::int64_t lane_count) {
  return lane_count == 1 ? scalar : builder.CreateVectorSplat(static_cast<unsigned>(lane_count), scalar);
}

llvm::Value* Emitter::load_scalar(llvm::Value* address, DType dtype) {
  llvm::Value* value = builder.CreateAlignedLoad(memory_type(dtype), address, element_align(dtype));
  return dtype == DType::boolean ? builder.CreateICmpNE(value, builder.getInt8(0)) : value;
}

void Emitter::store_scalar(llvm::Value* value, llvm::Value* address, DType dtype) {
  builder.CreateAlignedStore(dtype == DType::boolean ? builder.CreateZExt(value, builder.getInt8Ty()) : value, address,
                             element_align(dtype));
}

llvm::Value* Emitter::load(const View& view, std::size_t axis, const Part& part) {
  const Dim& stride = view.strides.at(axis);
  llvm::Value* first = element_pointer(view.base, view.dtype, part.index, stride);
  if (stride == Dim(0) || part.lanes == 1) {
    return splat(load_scalar(first, view.dtype), part.lanes);
  }
  llvm::Type* type = memory_type(view.dtype, part.lanes);
  const llvm::Align align = element_align(view.dtype);
  llvm::Value* value = nullptr;
  const bool is_whole = part.mask == nullptr || holds_vector(*this, view, part);
  if (stride == Dim(1) && is_whole) {
    value = builder.CreateAlignedLoad(type, first, align);
    // What an absent lane holds is nobody's value, and must not become one.
    value = part.mask == nullptr ? value : builder.CreateSelect(part.mask, value, llvm::Constant::getNullValue(type));
  } else if (part.mask != nullptr) {
    value = stride == Dim(1)
                ? builder.CreateMaskedLoad(type, first, align, part.mask, llvm::Constant::getNullValue(type))
                : builder.CreateMaskedGather(type, lane_pointers(*this, first, view.dtype, stride, part.lanes), align,
                                             part.mask, llvm::Constant::getNullValue(type));
  } else {
    value = load_lanes(*this, first, view.dtype, stride, part.lanes);
  }
  return view.dtype == DType::boolean ? builder.CreateICmpNE(value, llvm::Constant::getNullValue(type)) : value;
}

void Emitter::store(llvm::Value* value, const View& view, std::size_t axis, const Part& part) {
  const Dim& stride = view.strides.at(axis);
  llvm::Value* first = element_pointer(view.base, view.dtype, part.index, stride);
  if (part.lanes == 1) {
    store_scalar(value, first, view.dtype);
    return;
  }
  if (view.dtype == DType::boolean) {
    value = builder.CreateZExt(value, memory_type(view.dtype, part.lanes));
  }
  const llvm::Align align = element_align(view.dtype);
  if (part.mask != nullptr && stride == Dim(1) && holds_vector(*this, view, part)) {
    // A load of all lanes waits for a store of some until that has left the processor's store buffer.
    llvm::Value* before = builder.CreateAlignedLoad(value->getType(), first, align);
    builder.CreateAlignedStore(builder.CreateSelect(part.mask, value, before), first, align);
  } else if (part.mask != nullptr && stride == Dim(1)) {
    builder.CreateMaskedStore(value, first, align, part.mask);
  } else if (part.mask != nullptr) {
    builder.CreateMaskedScatter(value, lane_pointers(*this, first, view.dtype, stride, part.lanes), align, part.mask);
  } else if (stride == Dim(1)) {
    builder.CreateAlignedStore(value, first, align);
  } else {
    for (std::int64_t lane = 0; lane < part.lanes; ++lane) {
      llvm::Value* address = element_pointer(first, view.dtype, integer(lane), stride);
      builder.CreateAlignedStore(builder.CreateExtractElement(value, integer(lane)), address, align);
    }
  }
}

void Emitter::store_first(llvm::Value* value, const View& view, const Part& part, std::int64_t count) {
  constexpr int kMostStores = 2;
  if (part.mask == nullptr || view.is_local || count >= part.lanes ||
      std::popcount(static_cast<std::uint64_t>(count)) > kMostStores) {
    store(value, view, 0, part);
    return;
  }
  std::int64_t first = 0;
  for (std::int64_t lanes = part.lanes / 2; lanes > 0; lanes /= 2) {
    if ((count & lanes) != 0) {
      store(lanes_of(value, first, lanes), view, 0,
            {.index = builder.CreateAdd(part.index, integer(first)), .lanes = lanes});
      first += lanes;
    }
  }
}

llvm::Value* Emitter::lanes_of(llvm::Value* value, std::int64_t first, std::int64_t lane_count) {
  if (lane_count == 1) {
    return builder.CreateExtractElement(value, integer(first));
  }
  std::vector<int> chosen(static_cast<std::size_t>(lane_count));
  std::iota(chosen.begin(), chosen.end(), static_cast<int>(first));
  return builder.CreateShuffleVector(value, chosen);
}

}  // namespace kdlc::codegen
