// <prefix>_check_inputs: whether every number of the inputs lies in its range, for all samples of a call.
//
//   for each check, for every position:  outside = outside or number < begin or not number < end
#include <kdlc_abi.h>

#include "codegen/interface.hpp"
#include "codegen/kernels/nest.hpp"

namespace kdlc::codegen {
namespace {

/// i1, or a vector of it. NaN lies in no range.
llvm::Value* is_outside(Emitter& emitter, const plan::InputCheck& check, llvm::Value* number, std::int64_t lanes) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const DType dtype = check.input.dtype;
  if (is_float(dtype)) {
    const auto limit = [&](std::int64_t value) { return emitter.constant(dtype, static_cast<double>(value), lanes); };
    return builder.CreateOr(builder.CreateFCmpULT(number, limit(check.begin)),
                            builder.CreateFCmpUGE(number, limit(check.end.constant())));
  }
  llvm::Type* wide = emitter.register_type(DType::i64, lanes);
  llvm::Value* whole = dtype == DType::u8 || dtype == DType::boolean ? builder.CreateZExt(number, wide)
                                                                     : builder.CreateSExt(number, wide);
  llvm::Value* end = emitter.splat(emitter.count(check.end), lanes);
  return builder.CreateOr(builder.CreateICmpSLT(whole, emitter.splat(emitter.integer(check.begin), lanes)),
                          builder.CreateICmpSGE(whole, end));
}

llvm::Value* any_outside(Emitter& emitter, const plan::InputCheck& check) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const View view = emitter.view(check.input);
  const bool is_contiguous = check.input.strides.back() == Dim(1);
  const std::int64_t lanes = is_contiguous ? emitter.lanes(check.input.dtype) : 1;
  Values outer;
  for (std::size_t axis = 0; axis + 1 < check.axes.size(); ++axis) {
    outer.push_back(emitter.count(check.axes[axis]));
  }
  llvm::Value* count = emitter.count(check.axes.back());
  const auto row = [&](std::span<llvm::Value* const> indices, const Values& before) {
    const View numbers = emitter.at(view, indices);
    return carry_parts(emitter, count, lanes, before, [&](const Part& part, const Values& carried) {
      llvm::Value* outside = is_outside(emitter, check, emitter.load(numbers, 0, part), part.lanes);
      if (part.mask != nullptr) {
        outside = builder.CreateAnd(outside, part.mask);
      }
      return Values{builder.CreateOr(carried[0], part.lanes == 1 ? outside : builder.CreateOrReduce(outside))};
    });
  };
  return carry_nest(emitter, outer, {builder.getFalse()}, row)[0];
}

}  // namespace

void emit_check_inputs(Interface& interface) {
  const plan::Plan& plan = interface.plan;
  if (plan.input_checks.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  std::vector<llvm::Type*> types(plan.graph.inputs.size(), builder.getPtrTy());
  types.insert(types.end(), 1 + plan.graph.dims.size(), builder.getInt64Ty());
  llvm::Function* function = llvm::Function::Create(llvm::FunctionType::get(builder.getInt32Ty(), types, false),
                                                    llvm::Function::InternalLinkage,
                                                    interface.options.prefix + "_check_inputs", emitter.module);
  emitter.set_function_attributes(*function);
  function->addFnAttr(llvm::Attribute::NoInline);
  builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", function));
  emitter.frame = {};
  auto argument = function->arg_begin();
  for (std::size_t index = 0; index < plan.graph.inputs.size(); ++index) {
    emitter.frame.inputs.push_back(&*argument++);
  }
  emitter.frame.sizes["N"] = &*argument++;
  for (const graph::DimInfo& dim : plan.graph.dims) {
    emitter.frame.sizes[dim.name] = &*argument++;
  }
  for (const plan::InputCheck& check : plan.input_checks) {
    return_if(emitter, any_outside(emitter, check), KDLC_E_INDEX);
  }
  builder.CreateRet(builder.getInt32(KDLC_OK));
  interface.check_inputs = function;
}

}  // namespace kdlc::codegen
