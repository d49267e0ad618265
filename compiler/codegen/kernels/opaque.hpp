// Values that LLVM cannot see through: an empty piece of assembly takes and gives them, and costs no instruction.
#pragma once

#include <functional>

#include "codegen/loops.hpp"

namespace kdlc::codegen {

/// The same sums with AVX-512, each of them computed before anything uses one of the results; for a long epilogue. LLVM
/// orders a block by its stores, and would compute the last sums behind the epilogue of the first: what they share,
/// such as cells that two rows see, it would have to keep in memory.
Values complete(Emitter& emitter, Values sums);

/// Whether the code of an epilogue is complete before the next begins.
enum class Finish { as_llvm_orders, one_by_one };

/// Gives `store` the result of each sum; one by one only where one vector is multiplied in a cycle. For long epilogues:
/// LLVM would take the first step of all, then the second of all, and keep in memory what lies between. The processor
/// overlaps them all the same.
void finish_sums(Emitter& emitter, Values sums, Finish order,
                 const std::function<llvm::Value*(std::size_t index, llvm::Value* sum)>& result_of,
                 const std::function<void(std::size_t index, llvm::Value* result)>& store);

/// The same address with AVX-512 as one that LLVM does not know: what is loaded there is not shared with other loads.
llvm::Value* unknown_address(Emitter& emitter, llvm::Value* address);

}  // namespace kdlc::codegen
