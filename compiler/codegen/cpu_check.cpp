// Asks the processor whether it has what the code was compiled for: CPUID in <prefix>_check_cpu, XGETBV in
// <prefix>_forward.
#include <array>
#include <map>
#include <memory>

#include <kdlc_abi.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/TargetParser/Triple.h>

#include "codegen/interface.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

enum Register : unsigned { kEax, kEbx, kEcx, kEdx };

/// Where CPUID tells of one of LLVM's features: leaf and subleaf, register, bit.
struct CpuidBit {
  const char* feature;
  std::uint32_t leaf;
  std::uint32_t subleaf;
  Register reg;
  unsigned bit;
};

// Every feature for which LLVM may choose an instruction in code without intrinsics, by the order of the leaves.
// Intel's manual, volume 2A, CPUID; AMD's volume 3, appendix E.
constexpr std::array kCpuidBits = {
    CpuidBit{"sse3", 1, 0, kEcx, 0},
    CpuidBit{"pclmul", 1, 0, kEcx, 1},
    CpuidBit{"ssse3", 1, 0, kEcx, 9},
    CpuidBit{"fma", 1, 0, kEcx, 12},
    CpuidBit{"cx16", 1, 0, kEcx, 13},
    CpuidBit{"sse4.1", 1, 0, kEcx, 19},
    CpuidBit{"sse4.2", 1, 0, kEcx, 20},
    CpuidBit{"movbe", 1, 0, kEcx, 22},
    CpuidBit{"popcnt", 1, 0, kEcx, 23},
    CpuidBit{"avx", 1, 0, kEcx, 28},
    CpuidBit{"f16c", 1, 0, kEcx, 29},
    CpuidBit{"bmi", 7, 0, kEbx, 3},
    CpuidBit{"avx2", 7, 0, kEbx, 5},
    CpuidBit{"bmi2", 7, 0, kEbx, 8},
    CpuidBit{"avx512f", 7, 0, kEbx, 16},
    CpuidBit{"avx512dq", 7, 0, kEbx, 17},
    CpuidBit{"adx", 7, 0, kEbx, 19},
    CpuidBit{"avx512ifma", 7, 0, kEbx, 21},
    CpuidBit{"avx512cd", 7, 0, kEbx, 28},
    CpuidBit{"avx512bw", 7, 0, kEbx, 30},
    CpuidBit{"avx512vl", 7, 0, kEbx, 31},
    CpuidBit{"avx512vbmi", 7, 0, kEcx, 1},
    CpuidBit{"avx512vbmi2", 7, 0, kEcx, 6},
    CpuidBit{"gfni", 7, 0, kEcx, 8},
    CpuidBit{"avx512vnni", 7, 0, kEcx, 11},
    CpuidBit{"avx512bitalg", 7, 0, kEcx, 12},
    CpuidBit{"avx512vpopcntdq", 7, 0, kEcx, 14},
    CpuidBit{"avx512fp16", 7, 0, kEdx, 23},
    CpuidBit{"avxvnni", 7, 1, kEax, 4},
    CpuidBit{"avx512bf16", 7, 1, kEax, 5},
    CpuidBit{"avxifma", 7, 1, kEax, 23},
    CpuidBit{"sahf", 0x80000001, 0, kEcx, 0},
    CpuidBit{"lzcnt", 0x80000001, 0, kEcx, 5},
};

constexpr std::uint32_t kOsxsave = 1U << 27;  // CPUID 1, ECX: the system uses XSAVE, so XGETBV may be executed
constexpr std::uint64_t kAvxState = 0x6;      // XCR0: xmm and upper halves of ymm
constexpr std::uint64_t kAvx512State = 0xe6;  // and masks, upper halves of zmm, zmm16 to 31

std::unique_ptr<llvm::MCSubtargetInfo> make_subtarget(const Target& target) {
  std::string error;
  const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(target.triple, error);
  KDLC_ASSERT(llvm_target != nullptr, "a target of find_target is known to LLVM");
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      llvm_target->createMCSubtargetInfo(target.triple, target.cpu, target.features));
}

bool is_x86(const Interface& interface) {
  return llvm::Triple(interface.options.target.triple).isX86();
}

/// The bits of XCR0 that must be set; 0 when the code keeps to SSE.
std::uint64_t needed_state(const llvm::MCSubtargetInfo& subtarget) {
  if (subtarget.checkFeatures("+avx512f")) {
    return kAvx512State;
  }
  return subtarget.checkFeatures("+avx") ? kAvxState : 0;
}

llvm::Value* has_all_bits(llvm::IRBuilder<>& builder, llvm::Value* word, std::uint64_t bits) {
  llvm::Value* wanted = llvm::ConstantInt::get(word->getType(), bits);
  return builder.CreateICmpEQ(builder.CreateAnd(word, wanted), wanted);
}

/// {eax, ebx, ecx, edx} of CPUID.
llvm::Value* emit_cpuid(llvm::IRBuilder<>& builder, std::uint32_t leaf, std::uint32_t subleaf) {
  llvm::Type* word = builder.getInt32Ty();
  auto* result = llvm::StructType::get(word, word, word, word);
  auto* type = llvm::FunctionType::get(result, {word, word}, false);
  auto* instruction = llvm::InlineAsm::get(type, "cpuid", "={ax},={bx},={cx},={dx},0,2,~{dirflag},~{fpsr},~{flags}",
                                           /*hasSideEffects=*/true);
  return builder.CreateCall(instruction, {builder.getInt32(leaf), builder.getInt32(subleaf)});
}

llvm::Value* emit_xgetbv(llvm::IRBuilder<>& builder) {
  return builder.CreateIntrinsic(llvm::Intrinsic::x86_xgetbv, {}, {builder.getInt32(0)});
}

struct Leaf {
  std::uint32_t number;
  std::uint32_t subleaf;
  auto operator<=>(const Leaf&) const = default;
};
using LeafBits = std::map<Leaf, std::array<std::uint32_t, 4>>;

LeafBits needed_bits(const llvm::MCSubtargetInfo& subtarget) {
  LeafBits needed;
  for (const CpuidBit& bit : kCpuidBits) {
    if (subtarget.checkFeatures("+" + std::string(bit.feature))) {
      needed[{bit.leaf, bit.subleaf}][bit.reg] |= 1U << bit.bit;
    }
  }
  if (needed_state(subtarget) != 0) {
    needed[{1, 0}][kEcx] |= kOsxsave;
  }
  return needed;
}

/// Leaves beyond the highest answer with those of another one, so the highest is asked first. Leaf 7 tells its highest
/// subleaf in EAX.
void check_highest_leaf(Emitter& emitter, const Leaf& leaf) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* highest = builder.CreateExtractValue(emit_cpuid(builder, leaf.number & 0x80000000U, 0), kEax);
  return_if(emitter, builder.CreateICmpULT(highest, builder.getInt32(leaf.number)), KDLC_E_CPU);
  if (leaf.subleaf != 0) {
    llvm::Value* highest_subleaf = builder.CreateExtractValue(emit_cpuid(builder, leaf.number, 0), kEax);
    return_if(emitter, builder.CreateICmpULT(highest_subleaf, builder.getInt32(leaf.subleaf)), KDLC_E_CPU);
  }
}

void check_x86(Interface& interface) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  const auto subtarget = make_subtarget(interface.options.target);
  for (const auto& [leaf, registers] : needed_bits(*subtarget)) {
    check_highest_leaf(emitter, leaf);
    llvm::Value* answer = emit_cpuid(builder, leaf.number, leaf.subleaf);
    for (const Register reg : {kEax, kEbx, kEcx, kEdx}) {
      if (registers[reg] != 0) {
        llvm::Value* has_them = has_all_bits(builder, builder.CreateExtractValue(answer, reg), registers[reg]);
        return_if(emitter, builder.CreateNot(has_them), KDLC_E_CPU);
      }
    }
  }
  if (llvm::Value* state_is_kept = emit_state_is_kept(interface)) {
    return_if(emitter, builder.CreateNot(state_is_kept), KDLC_E_CPU);
  }
}

}  // namespace

llvm::Value* emit_state_is_kept(Interface& interface) {
  if (!is_x86(interface)) {
    return nullptr;
  }
  const std::uint64_t state = needed_state(*make_subtarget(interface.options.target));
  if (state == 0) {
    return nullptr;
  }
  return has_all_bits(interface.emitter.builder, emit_xgetbv(interface.emitter.builder), state);
}

void emit_check_cpu(Interface& interface) {
  llvm::IRBuilder<>& builder = interface.emitter.builder;
  interface.check_cpu = begin_interface_function(
      interface, "check_cpu", llvm::FunctionType::get(builder.getInt32Ty(), false), llvm::Function::ExternalLinkage);
  // The targets of other kinds are their architectures' baselines, which every processor that can load the object has.
  if (is_x86(interface)) {
    check_x86(interface);
  }
  builder.CreateRet(builder.getInt32(KDLC_OK));
}

}  // namespace kdlc::codegen
