// The reference evaluator's meaning of each primitive, by value. Shapes are numbers here.
#pragma once

#include <vector>

#include "graph/graph.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::graph {

using Operands = std::vector<const TensorData*>;

/// Sizes as numbers: what N and the declared dims are in this evaluation.
using Sizes = std::map<std::string, std::int64_t>;
std::vector<std::int64_t> known_shape(const Shape& shape, const Sizes& sizes);

/// `result` has its type and shape, and is filled.
void evaluate_map(const MapExpression& expression, const Operands& operands, TensorData& result);
void evaluate_rows(const RowsAttributes& rows, const Operands& operands, TensorData& result);
/// Without the epilogue: the sums, rounded to the operands' type, in the shape of the output.
TensorData evaluate_contraction(const ContractionAttributes& contraction, const TensorData& left,
                                const TensorData& right, const std::vector<std::int64_t>& shape);
TensorData evaluate_reduce(const ReduceAttributes& reduce, const TensorData& operand,
                           const std::vector<std::int64_t>& shape);
TensorData evaluate_window_reduce(const WindowReduceAttributes& reduce, const TensorData& operand,
                                  const std::vector<std::int64_t>& shape);
void evaluate_transpose(const TransposeAttributes& transpose, const TensorData& operand, TensorData& result);
void evaluate_slice(const SliceAttributes& slice, const TensorData& operand, const Sizes& sizes, TensorData& result);
void evaluate_pad(const PadAttributes& pad, const TensorData& operand, TensorData& result);
/// The attributes of a gather, and which operands carry the batch: shapes are numbers here.
struct GatherForm {
  std::uint32_t axis = 0;
  bool table_has_batch = false;
  bool ids_have_batch = false;
};
void evaluate_gather(const GatherForm& gather, const TensorData& table, const TensorData& ids, TensorData& result);
/// The part of a sequence at `step` of `axis`, and the other way round.
void take_step(const TensorData& sequence, std::uint32_t axis, std::int64_t step, TensorData& part);
void put_step(const TensorData& part, std::uint32_t axis, std::int64_t step, TensorData& sequence);
void evaluate_concat(const ConcatAttributes& concat, const Operands& operands, TensorData& result);

}  // namespace kdlc::graph
