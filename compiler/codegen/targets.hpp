// LLVM's side of a target: the machine that makes its objects. Private to codegen/.
#pragma once

#include <memory>

#include "codegen/codegen.hpp"

namespace llvm {
class TargetMachine;
}

namespace kdlc::codegen {

/// A target machine for position-independent code of the small code model; never null for a target of find_target.
std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target);

}  // namespace kdlc::codegen
