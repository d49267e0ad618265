// From a module to its text or object: the only place, with targets.cpp, that knows LLVM's machinery of passes and
// targets.
#pragma once

#include <string>

#include <llvm/IR/Module.h>

#include "codegen/codegen.hpp"

namespace kdlc::codegen {

/// Sets triple, data layout and position independence.
void set_target(llvm::Module& module, const Target& target);

/// Optimises the module in place and returns what `emit` names. Asserts that the module verifies.
std::string emit_module(llvm::Module& module, const Target& target, Emit emit);

}  // namespace kdlc::codegen
