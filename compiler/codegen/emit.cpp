// Optimises a module and turns it into an object, assembly or IR text.
#include "codegen/emit.hpp"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Triple.h>

#include "codegen/targets.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// No function of any library exists: nothing may be recognised as one, or turned into a call of one.
llvm::TargetLibraryInfoImpl no_library(const llvm::Module& module) {
  llvm::TargetLibraryInfoImpl library{llvm::Triple(module.getTargetTriple())};
  library.disableAllFunctions();
  return library;
}

/// The kernels arrive vectorised, unrolled and blocked for their target: passes that would do it again cost time and
/// undo the choice of registers, so they are off.
llvm::PipelineTuningOptions tuning_for_finished_kernels() {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopInterleaving = false;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  tuning.CallGraphProfile = false;
  return tuning;
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager call_graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning_for_finished_kernels());
  // The first registration of an analysis wins.
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(no_library(module)); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(call_graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, call_graph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

std::string generate(llvm::Module& module, llvm::TargetMachine& machine, llvm::CodeGenFileType type) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(no_library(module)));
  const bool cannot = machine.addPassesToEmitFile(passes, stream, nullptr, type, /*DisableVerify=*/true);
  KDLC_ASSERT(!cannot, "every target of the table writes objects and assembly");
  passes.run(module);
  return {bytes.begin(), bytes.end()};
}

void assert_verifies(const llvm::Module& module) {
  std::string problems;
  llvm::raw_string_ostream stream(problems);
  if (llvm::verifyModule(module, &stream)) {
    KDLC_UNREACHABLE(("the module verifies: " + problems).c_str());
  }
}

}  // namespace

void set_target(llvm::Module& module, const Target& target) {
  const auto machine = make_target_machine(target);
  module.setTargetTriple(machine->getTargetTriple().str());
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  if (machine->getTargetTriple().isRISCV64()) {
    module.addModuleFlag(llvm::Module::Error, "target-abi", llvm::MDString::get(module.getContext(), "lp64d"));
  }
}

std::string emit_module(llvm::Module& module, const Target& target, Emit emit) {
  assert_verifies(module);
  const auto machine = make_target_machine(target);
  optimise(module, *machine);
  switch (emit) {
    case Emit::object:
      return generate(module, *machine, llvm::CodeGenFileType::ObjectFile);
    case Emit::assembly:
      return generate(module, *machine, llvm::CodeGenFileType::AssemblyFile);
    case Emit::llvm: {
      std::string text;
      llvm::raw_string_ostream(text) << module;
      return text;
    }
  }
  KDLC_UNREACHABLE("every kind of output is handled");
}

}  // namespace kdlc::codegen
