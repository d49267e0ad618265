// <prefix>_bind, which checks a packed weights file in memory, and <prefix>_embedded, the weights inside the object.
#include <cstring>

#include <kdlc_abi.h>

#include "codegen/interface.hpp"
#include "codegen/loops.hpp"
#include "codegen/packed_file.hpp"

namespace kdlc::codegen {
namespace {

constexpr std::int64_t kAlign = 64;  // of the tensors, and so of the file's first byte

llvm::Value* load_field(Emitter& emitter, llvm::Value* header, std::size_t offset, llvm::Type* type) {
  return emitter.builder.CreateLoad(type,
                                    emitter.builder.CreateConstGEP1_64(emitter.builder.getInt8Ty(), header, offset));
}

void check_field(Emitter& emitter, llvm::Value* header, std::size_t offset, llvm::ConstantInt* wanted) {
  llvm::Value* found = load_field(emitter, header, offset, wanted->getType());
  return_if(emitter, emitter.builder.CreateICmpNE(found, wanted), KDLC_E_WEIGHTS);
}

void check_header(Interface& interface, llvm::Value* bytes, llvm::Value* size) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  const auto packed_bytes = static_cast<std::uint64_t>(interface.plan.packed_bytes);
  std::uint64_t magic = 0;
  std::memcpy(&magic, kPackedMagic, sizeof magic);

  return_if(emitter, builder.CreateICmpULT(size, builder.getInt64(sizeof(kdlc_packed_header) + packed_bytes)),
            KDLC_E_WEIGHTS);
  llvm::Value* low_bits =
      builder.CreateAnd(builder.CreatePtrToInt(bytes, builder.getInt64Ty()), emitter.integer(kAlign - 1));
  return_if(emitter, builder.CreateIsNotNull(low_bits), KDLC_E_WEIGHTS);
  check_field(emitter, bytes, offsetof(kdlc_packed_header, magic), builder.getInt64(magic));
  check_field(emitter, bytes, offsetof(kdlc_packed_header, version), builder.getInt32(kPackedVersion));
  check_field(emitter, bytes, offsetof(kdlc_packed_header, hash), builder.getInt64(interface.plan.model_hash));
  check_field(emitter, bytes, offsetof(kdlc_packed_header, bytes), builder.getInt64(packed_bytes));
}

/// The formula of packed_file.cpp, over the same words.
llvm::Value* emit_checksum(Interface& interface, llvm::Value* tensors) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* prime = builder.getInt64(kChecksumPrime);
  const std::int64_t words = interface.plan.packed_bytes / 8;
  const Range range{.begin = emitter.integer(0), .end = emitter.integer(words), .step = 1};
  Values sum = carry(emitter, range, {builder.getInt64(kChecksumStart)}, [&](llvm::Value* index, const Values& values) {
    llvm::Value* word =
        builder.CreateLoad(builder.getInt64Ty(), builder.CreateGEP(builder.getInt64Ty(), tensors, index));
    return Values{builder.CreateMul(builder.CreateXor(values[0], word), prime)};
  });
  llvm::Value* last = builder.getInt64(0);
  for (std::int64_t byte = words * 8; byte < interface.plan.packed_bytes; ++byte) {
    llvm::Value* value = load_field(emitter, tensors, static_cast<std::size_t>(byte), builder.getInt8Ty());
    llvm::Value* shifted =
        builder.CreateShl(builder.CreateZExt(value, builder.getInt64Ty()), emitter.integer(byte % 8 * 8));
    last = builder.CreateOr(last, shifted);
  }
  return interface.plan.packed_bytes % 8 == 0 ? sum[0] : builder.CreateMul(builder.CreateXor(sum[0], last), prime);
}

}  // namespace

void emit_bind(Interface& interface) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  auto* type = llvm::FunctionType::get(builder.getInt32Ty(),
                                       {builder.getPtrTy(), builder.getPtrTy(), builder.getInt64Ty()}, false);
  llvm::Function* function = begin_interface_function(interface, "bind", type, llvm::Function::ExternalLinkage);
  llvm::Value* weights = function->getArg(0);
  llvm::Value* bytes = function->getArg(1);
  return_if(emitter, any_null(emitter, {weights, bytes}), KDLC_E_NULL);
  check_header(interface, bytes, function->getArg(2));

  llvm::Value* tensors = builder.CreateConstGEP1_64(builder.getInt8Ty(), bytes, sizeof(kdlc_packed_header));
  llvm::Value* wanted = load_field(emitter, bytes, offsetof(kdlc_packed_header, checksum), builder.getInt64Ty());
  return_if(emitter, builder.CreateICmpNE(emit_checksum(interface, tensors), wanted), KDLC_E_WEIGHTS);
  llvm::Value* cpu = builder.CreateCall(interface.check_cpu, {});
  return_if(emitter, builder.CreateIsNotNull(cpu), KDLC_E_CPU);

  builder.CreateStore(tensors, weights);
  llvm::Value* hash_address = builder.CreateConstGEP1_64(builder.getInt8Ty(), weights, offsetof(kdlc_weights, hash));
  builder.CreateStore(builder.getInt64(interface.plan.model_hash), hash_address);
  builder.CreateRet(builder.getInt32(KDLC_OK));
  interface.bind = function;
}

void emit_embedded(Interface& interface) {
  if (!interface.options.embedded_weights) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::LLVMContext& context = emitter.context();
  const std::vector<std::byte>& bytes = *interface.options.embedded_weights;
  llvm::Constant* tensors = llvm::ConstantPointerNull::get(emitter.builder.getPtrTy());
  if (!bytes.empty()) {
    // One array of bytes: an array of floats takes LLVM six times as long.
    const llvm::StringRef raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    llvm::Constant* array = llvm::ConstantDataArray::getRaw(raw, bytes.size(), emitter.builder.getInt8Ty());
    auto* data = new llvm::GlobalVariable(emitter.module, array->getType(), true, llvm::GlobalValue::InternalLinkage,
                                          array, interface.options.prefix + "_tensors");
    data->setAlignment(llvm::Align(kAlign));
    data->setSection(".rodata");
    tensors = data;
  }
  llvm::Constant* weights =
      llvm::ConstantStruct::getAnon(context, {tensors, emitter.builder.getInt64(interface.plan.model_hash)});
  interface.embedded =
      new llvm::GlobalVariable(emitter.module, weights->getType(), true, llvm::GlobalValue::ExternalLinkage, weights,
                               interface.options.prefix + "_embedded");
}

}  // namespace kdlc::codegen
