// Values that LLVM cannot see through: an empty piece of assembly takes and gives them, and costs no instruction.
#pragma once

#include "codegen/loops.hpp"

namespace kdlc::codegen {

/// The same sums with AVX-512, each of them computed before anything uses one of the results; for a long epilogue. LLVM
/// orders a block by its stores, and would compute the last sums behind the epilogue of the first: what they share,
/// such as cells that two rows see, it would have to keep in memory.
Values complete(Emitter& emitter, Values sums);

/// The same address with AVX-512 as one that LLVM does not know: what is loaded there is not shared with other loads.
llvm::Value* unknown_address(Emitter& emitter, llvm::Value* address);

}  // namespace kdlc::codegen
