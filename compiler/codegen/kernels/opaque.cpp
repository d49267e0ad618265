// Empty pieces of assembly that take and give values.
#include "codegen/kernels/opaque.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <llvm/IR/InlineAsm.h>

namespace kdlc::codegen {
namespace {

bool is_avx512(const Emitter& emitter) {
  return emitter.machine.has_masks && std::string_view(emitter.target.triple).starts_with("x86_64");
}

llvm::Value* through_assembly(Emitter& emitter, llvm::Type* result, const Values& values,
                              const std::string& constraints) {
  std::vector<llvm::Type*> types;
  for (const llvm::Value* value : values) {
    types.push_back(value->getType());
  }
  return emitter.builder.CreateCall(llvm::InlineAsm::get(llvm::FunctionType::get(result, types, false), "", constraints,
                                                         /*hasSideEffects=*/false),
                                    values);
}

}  // namespace

Values complete(Emitter& emitter, Values sums) {
  const auto is_whole = [&](const llvm::Value* sum) {
    return static_cast<std::int64_t>(sum->getType()->getPrimitiveSizeInBits()) == emitter.machine.vector_bytes * 8;
  };
  if (!is_avx512(emitter) || sums.size() < 2 || !std::all_of(sums.begin(), sums.end(), is_whole)) {
    return sums;
  }
  // `v` is any vector register; each result is in that of its sum.
  std::string results;
  std::string arguments;
  std::vector<llvm::Type*> types;
  for (std::size_t number = 0; number < sums.size(); ++number) {
    results += number == 0 ? "=v" : ",=v";
    arguments += "," + std::to_string(number);
    types.push_back(sums[number]->getType());
  }
  llvm::Value* all =
      through_assembly(emitter, llvm::StructType::get(emitter.context(), types), sums, results + arguments);
  for (std::size_t number = 0; number < sums.size(); ++number) {
    sums[number] = emitter.builder.CreateExtractValue(all, {static_cast<unsigned>(number)});
  }
  return sums;
}

void finish_sums(Emitter& emitter, Values sums, Finish order,
                 const std::function<llvm::Value*(std::size_t index, llvm::Value* sum)>& result_of,
                 const std::function<void(std::size_t index, llvm::Value* result)>& store) {
  const bool is_in_order = order == Finish::one_by_one && emitter.machine.multiply_adds_a_cycle == 1;
  for (std::size_t index = 0; index < sums.size(); ++index) {
    llvm::Value* result = result_of(index, sums[index]);
    if (is_in_order && index + 1 < sums.size()) {
      const Values both = complete(emitter, {result, sums[index + 1]});
      result = both[0];
      sums[index + 1] = both[1];
    }
    store(index, result);
  }
}

llvm::Value* unknown_address(Emitter& emitter, llvm::Value* address) {
  return is_avx512(emitter) ? through_assembly(emitter, address->getType(), {address}, "=r,0") : address;
}

}  // namespace kdlc::codegen
