// Kernels compiled, and loaded by ORC.
#include "unit/codegen/kernel_runner.hpp"

#include <stdexcept>

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>

#include "codegen/emit.hpp"

namespace kdlc::testing {
namespace {

using Function = void (*)(void* const*, void* const*, void*, void*, const std::int64_t*);

std::vector<llvm::Value*> load_all(codegen::Emitter& emitter, llvm::Value* array, std::size_t count, llvm::Type* type) {
  std::vector<llvm::Value*> values;
  for (std::size_t index = 0; index < count; ++index) {
    llvm::Value* address = emitter.builder.CreateConstGEP1_64(type, array, index);
    values.push_back(emitter.builder.CreateLoad(type, address));
  }
  return values;
}

std::string emit_form(const KernelForm& form, codegen::Emit kind) {
  llvm::LLVMContext context;
  llvm::Module module("kernel", context);
  codegen::set_target(module, form.target);
  codegen::Emitter emitter(module, form.target, form.strict);
  llvm::Type* pointer = emitter.builder.getPtrTy();
  auto* type =
      llvm::FunctionType::get(emitter.builder.getVoidTy(), {pointer, pointer, pointer, pointer, pointer}, false);
  llvm::Function* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, "kernel", module);
  emitter.set_function_attributes(*function);
  emitter.builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
  emitter.frame.inputs = load_all(emitter, function->getArg(0), form.input_count, pointer);
  emitter.frame.outputs = load_all(emitter, function->getArg(1), form.output_count, pointer);
  emitter.frame.arena = function->getArg(2);
  emitter.frame.weights = function->getArg(3);
  const auto sizes = load_all(emitter, function->getArg(4), form.symbols.size(), emitter.builder.getInt64Ty());
  for (std::size_t index = 0; index < sizes.size(); ++index) {
    emitter.frame.sizes[form.symbols[index]] = sizes[index];
  }
  form.emit(emitter);
  emitter.builder.CreateRetVoid();
  return codegen::emit_module(module, form.target, kind);
}

template <class T>
T check(llvm::Expected<T> value) {
  if (!value) {
    throw std::runtime_error(llvm::toString(value.takeError()));
  }
  return std::move(*value);
}

}  // namespace

codegen::Target target_for(const std::string& cpu, const std::string& triple) {
  Report report;
  auto target = codegen::find_target(triple, cpu, report);
  if (!target) {
    throw std::runtime_error("no target " + triple + " " + cpu);
  }
  return *target;
}

bool machine_runs(const codegen::Target& target) {
  const codegen::Target native = target_for("");
  return native.triple == target.triple && native.machine.vector_bytes >= target.machine.vector_bytes;
}

std::string assembly_of(const KernelForm& form) {
  return emit_form(form, codegen::Emit::assembly);
}
std::string object_of(const KernelForm& form) {
  return emit_form(form, codegen::Emit::object);
}

struct Kernel::Loaded {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  Function function = nullptr;
};

Kernel::Kernel(const KernelForm& form) : loaded_(std::make_unique<Loaded>()) {
  const std::string object = object_of(form);
  loaded_->jit = check(llvm::orc::LLJITBuilder().create());
  if (auto error = loaded_->jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object))) {
    throw std::runtime_error(llvm::toString(std::move(error)));
  }
  loaded_->function = check(loaded_->jit->lookup("kernel")).toPtr<Function>();
}

Kernel::~Kernel() = default;

void Kernel::run(const Places& places) const {
  loaded_->function(places.inputs.data(), places.outputs.data(), places.arena, places.weights, places.sizes.data());
}

}  // namespace kdlc::testing
