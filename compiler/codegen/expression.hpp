// Elementwise expressions as vector code.
#pragma once

#include <span>
#include <vector>

#include "codegen/emitter.hpp"
#include "graph/map_expression.hpp"

namespace kdlc::codegen {

/// The value of `expression` for operands of `lanes` lanes in register form (1: scalars). A scalar among vectors stands
/// for all lanes; what depends on scalars alone is computed as one. An empty expression is operand 0. No call to any
/// library; integers wrap; division by an integer zero gives 0.
llvm::Value* emit_expression(Emitter& emitter, const graph::MapExpression& expression,
                             std::span<llvm::Value* const> operands, std::int64_t lanes);

/// `value` as another element type: floats to integers towards zero and saturating, anything to bool is "not 0".
llvm::Value* emit_cast(Emitter& emitter, llvm::Value* value, DType from, DType to, std::int64_t lanes);

/// a × b + sum, fused for floats where the target can.
llvm::Value* emit_multiply_add(Emitter& emitter, DType dtype, llvm::Value* a, llvm::Value* b, llvm::Value* sum);

/// Whether an expression calls for functions of ten instructions and more, such as exp.
bool calls_functions(const graph::MapExpression& expression);
/// Whether it calls for this one.
bool calls_function(const graph::MapExpression& expression, graph::MapOp function);

/// The element type as which an expression sees its operand `index`; `otherwise` where it does not mention it.
DType operand_dtype(const graph::MapExpression& expression, std::uint32_t index, DType otherwise);

/// `left` and `right` joined by a reducer (sum for mean), NaN going through maximum and minimum.
llvm::Value* emit_combine(Emitter& emitter, graph::Reducer reducer, DType dtype, llvm::Value* left, llvm::Value* right);
/// What a reducer starts from: 0, 1, the lowest, the highest.
llvm::Constant* reducer_identity(Emitter& emitter, graph::Reducer reducer, DType dtype, std::int64_t lanes);
/// All lanes of `value` joined to one scalar, by halves: a fixed order.
llvm::Value* emit_combine_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype, llvm::Value* value);
/// The same for each of several values of one type, in the same order, with fewer instructions than one by one.
std::vector<llvm::Value*> emit_combine_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype,
                                             std::span<llvm::Value* const> values);
/// The same as lanes of one vector (a scalar for one value), which has as many as there are values: a power of two, at
/// most the lanes of each of them.
llvm::Value* emit_combine_to_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype,
                                   std::span<llvm::Value* const> values);

}  // namespace kdlc::codegen
