// The emitter: types, places, memory and shared functions.
#include "codegen/emitter.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Verifier.h>

#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

llvm::Type* scalar_type(llvm::LLVMContext& context, DType dtype, unsigned bool_bits) {
  switch (dtype) {
    case DType::f16:
      return llvm::Type::getHalfTy(context);
    case DType::bf16:
      return llvm::Type::getBFloatTy(context);
    case DType::f32:
      return llvm::Type::getFloatTy(context);
    case DType::f64:
      return llvm::Type::getDoubleTy(context);
    case DType::i8:
    case DType::u8:
      return llvm::Type::getInt8Ty(context);
    case DType::i16:
      return llvm::Type::getInt16Ty(context);
    case DType::i32:
      return llvm::Type::getInt32Ty(context);
    case DType::i64:
      return llvm::Type::getInt64Ty(context);
    case DType::boolean:
      return llvm::Type::getIntNTy(context, bool_bits);
  }
  KDLC_UNREACHABLE("every dtype has a type");
}

llvm::Type* vector_of(llvm::Type* scalar, std::int64_t lanes) {
  return lanes == 1 ? scalar : llvm::FixedVectorType::get(scalar, static_cast<unsigned>(lanes));
}

}  // namespace

Emitter::Emitter(llvm::Module& target_module, const Target& for_target, bool is_strict)
    : module(target_module),
      builder(target_module.getContext()),
      target(for_target),
      machine(for_target.machine),
      strict(is_strict) {
  llvm::FastMathFlags flags;
  flags.setAllowContract(true);
  flags.setNoSignedZeros(true);
  builder.setFastMathFlags(flags);
}

std::int64_t Emitter::lanes(DType dtype) const {
  return machine.lanes(dtype);
}

llvm::Type* Emitter::register_type(DType dtype, std::int64_t lane_count) {
  return vector_of(scalar_type(context(), dtype, 1), lane_count);
}

llvm::Type* Emitter::memory_type(DType dtype, std::int64_t lane_count) {
  return vector_of(scalar_type(context(), dtype, 8), lane_count);
}

llvm::ConstantInt* Emitter::integer(std::int64_t value) {
  return builder.getInt64(static_cast<std::uint64_t>(value));
}

llvm::Constant* Emitter::constant(DType dtype, double value, std::int64_t lane_count) {
  llvm::Type* scalar = register_type(dtype);
  llvm::Constant* element = scalar->isFloatingPointTy()
                                ? llvm::ConstantFP::get(scalar, value)
                                : llvm::ConstantInt::getSigned(scalar, static_cast<std::int64_t>(value));
  return lane_count == 1
             ? element
             : llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(static_cast<unsigned>(lane_count)), element);
}

llvm::Constant* Emitter::zero(DType dtype, std::int64_t lane_count) {
  return llvm::Constant::getNullValue(register_type(dtype, lane_count));
}

// ---- places -----------------------------------------------------------------------------------------------------

llvm::Value* Emitter::pointer(const plan::Access& access) {
  llvm::Value* base = nullptr;
  switch (access.memory) {
    case plan::Memory::input:
      base = frame.inputs.at(access.index);
      break;
    case plan::Memory::output:
      base = frame.outputs.at(access.index);
      break;
    case plan::Memory::arena:
      base = frame.arena;
      break;
    case plan::Memory::weights:
      base = frame.weights;
      break;
    case plan::Memory::status:
      base = frame.status;
      break;
    case plan::Memory::state:
      base = frame.states.at(access.index);
      break;
    case plan::Memory::next_state:
      base = frame.next_states.at(access.index);
      break;
    case plan::Memory::local:
      base = frame.locals.at(access.index);
      break;
  }
  KDLC_ASSERT(base != nullptr, "a function knows the bases that its code mentions");
  return moved(base, DType::u8, access.offset_bytes);
}

View Emitter::view(const plan::Access& access) {
  return {.base = pointer(access),
          .dtype = access.dtype,
          .strides = access.strides,
          .is_local = access.memory == plan::Memory::local};
}

View Emitter::at(const View& view, std::span<llvm::Value* const> indices) {
  KDLC_ASSERT(indices.size() <= view.strides.size(), "a view has an axis for every index");
  View result{.base = view.base, .dtype = view.dtype, .strides = {}, .is_local = view.is_local};
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    result.base = element_pointer(result.base, view.dtype, indices[axis], view.strides[axis]);
  }
  result.strides.assign(view.strides.begin() + static_cast<std::ptrdiff_t>(indices.size()), view.strides.end());
  return result;
}

llvm::Value* Emitter::element_pointer(llvm::Value* base, DType dtype, llvm::Value* index, const Dim& stride) {
  if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(index)) {
    return moved(base, dtype, stride * Dim(known->getSExtValue()));
  }
  if (stride == Dim(0)) {
    return base;
  }
  llvm::Value* stride_bytes = count_once(stride * Dim(element_bytes(dtype)));
  return builder.CreateGEP(builder.getInt8Ty(), base, builder.CreateMul(index, stride_bytes));
}

void Emitter::fetch(llvm::Value* address, Cache cache) {
  constexpr int kRead = 0;
  const unsigned locality = cache == Cache::first ? 3 : 2;
  constexpr int kData = 1;
  builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {address->getType()},
                          {address, builder.getInt32(kRead), builder.getInt32(locality), builder.getInt32(kData)});
}

llvm::Value* Emitter::moved(llvm::Value* base, DType dtype, const Dim& elements) {
  if (!elements.is_constant()) {
    return builder.CreateGEP(builder.getInt8Ty(), base, count_once(elements * Dim(element_bytes(dtype))));
  }
  const std::int64_t offset = elements.constant() * element_bytes(dtype);
  return offset == 0 ? base : builder.CreateConstGEP1_64(builder.getInt8Ty(), base, static_cast<std::uint64_t>(offset));
}

// ---- functions -----------------------------------------------------------------------------------------------------

void Emitter::set_function_attributes(llvm::Function& function) {
  const std::string width = std::to_string(std::max<std::int64_t>(machine.vector_bytes * 8, 128));
  function.addFnAttr(llvm::Attribute::NoUnwind);
  function.addFnAttr("no-builtins");
  function.addFnAttr("target-cpu", target.cpu);
  function.addFnAttr("target-features", target.features);
  // Both: LLVM halves 512-bit vectors for processors that it believes slow at them.
  function.addFnAttr("prefer-vector-width", width);
  function.addFnAttr("min-legal-vector-width", width);
}

void Emitter::call_shared(const std::string& key, const std::string& name, std::span<const Argument> arguments,
                          std::span<const Dim> dims, const std::function<void(std::span<const View>)>& body) {
  std::vector<std::string> symbols;
  const auto add_symbols = [&symbols](const Dim& dim) {
    const std::vector<std::string> mentioned = dim.symbols();
    symbols.insert(symbols.end(), mentioned.begin(), mentioned.end());
  };
  std::for_each(dims.begin(), dims.end(), add_symbols);
  for (const Argument& argument : arguments) {
    std::for_each(argument.access->strides.begin(), argument.access->strides.end(), add_symbols);
  }
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());

  llvm::Function*& function = shared_[key];
  if (function == nullptr) {
    std::vector<llvm::Type*> types(arguments.size(), builder.getPtrTy());
    types.insert(types.end(), symbols.size(), builder.getInt64Ty());
    auto* type = llvm::FunctionType::get(builder.getVoidTy(), types, false);
    function = llvm::Function::Create(type, llvm::Function::InternalLinkage, name, module);
    set_function_attributes(*function);
    function->addFnAttr(llvm::Attribute::NoInline);

    const llvm::IRBuilder<>::InsertPoint caller = builder.saveIP();
    const Frame caller_frame = std::move(frame);
    frame = {};
    std::vector<View> views;
    for (std::size_t index = 0; index < arguments.size(); ++index) {
      const auto number = static_cast<unsigned>(index);
      if (arguments[index].read_only) {
        function->addParamAttr(number, llvm::Attribute::NoAlias);
        function->addParamAttr(number, llvm::Attribute::ReadOnly);
      }
      views.push_back({.base = function->getArg(number),
                       .dtype = arguments[index].access->dtype,
                       .strides = arguments[index].access->strides,
                       .is_local = arguments[index].access->memory == plan::Memory::local});
    }
    for (std::size_t index = 0; index < symbols.size(); ++index) {
      frame.sizes[symbols[index]] = function->getArg(static_cast<unsigned>(arguments.size() + index));
    }
    builder.SetInsertPoint(llvm::BasicBlock::Create(context(), "entry", function));
    body(views);
    builder.CreateRetVoid();
    frame = caller_frame;
    builder.restoreIP(caller);
  }

  std::vector<llvm::Value*> values;
  for (const Argument& argument : arguments) {
    values.push_back(pointer(*argument.access));
  }
  for (const std::string& symbol : symbols) {
    values.push_back(count(Dim::symbol(symbol)));
  }
  builder.CreateCall(function, values);
}

// ---- keys
// ------------------------------------------------------------------------------------------------------------

std::string describe(const plan::Access& access) {
  const char* place = access.memory == plan::Memory::local ? "local " : "";
  return fmt::format("{}{}[{}]", place, name_of(access.dtype), describe(access.strides));
}

std::string describe(std::span<const Dim> dims) {
  std::string text;
  for (const Dim& dim : dims) {
    text += dim.to_text() + ";";
  }
  return text;
}

std::string describe(const graph::MapExpression& expression) {
  std::string text;
  for (const graph::MapTerm& term : expression.terms) {
    text += fmt::format("{}:{}({},{},{}){}/{:a}/{};", static_cast<int>(term.op), name_of(term.dtype), term.arguments[0],
                        term.arguments[1], term.arguments[2], term.operand, term.number, term.integer);
  }
  return text;
}

}  // namespace kdlc::codegen
