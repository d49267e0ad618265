// Evaluates maps and row programs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/evaluate_parts.hpp"
#include "graph/reduction.hpp"
#include "graph/rounding.hpp"
#include "graph/tensor_reader.hpp"

namespace kdlc::graph {

namespace {

/// Elements at a time: the columns of a few terms stay in the first-level cache.
constexpr std::int64_t kBlock = 512;

std::vector<TensorReader> readers_of(const Operands& operands, const std::vector<std::int64_t>& shape) {
  std::vector<TensorReader> readers;
  readers.reserve(operands.size());
  for (const TensorData* operand : operands) {
    readers.emplace_back(*operand, shape, broadcast_strides(operand->shape, shape));
  }
  return readers;
}

/// Reduces a column to one number, rounded to its type.
Column reduce_column(Reducer reducer, DType dtype, const Column& column, std::size_t count) {
  Column result(dtype, 1);
  if (is_float(dtype)) {
    double total = first_value<double>(reducer, dtype);
    for (std::size_t index = 0; index < count; ++index) {
      total = combine(reducer, total, column.floats[index]);
    }
    total = reducer == Reducer::mean ? total / static_cast<double>(count) : total;
    result.floats[0] = round_to_float(total, dtype);
  } else {
    std::int64_t total = first_value<std::int64_t>(reducer, dtype);
    for (std::size_t index = 0; index < count; ++index) {
      total = combine(reducer, total, column.integers[index]);
    }
    result.integers[0] = wrap_to_integer(total, dtype);
  }
  return result;
}

/// Runs the steps of a row program on one row after another.
class RowsRunner {
public:
  RowsRunner(const RowsAttributes& rows, const Operands& operands, std::size_t length)
      : rows_(rows), length_(length), operand_count_(operands.size()) {
    for (const TensorData* operand : operands) {
      columns_.emplace_back(operand->dtype, length);
    }
    for (const RowsStep& step : rows.steps) {
      evaluators_.emplace_back(step.expression, operands[0]->dtype, length);
      columns_.emplace_back(evaluators_.back().dtype(), length);
    }
  }

  const Column& run(std::vector<TensorReader>& readers) {
    for (std::size_t index = 0; index < operand_count_; ++index) {
      readers[index].read(columns_[index], length_);
    }
    for (std::size_t step = 0; step < rows_.steps.size(); ++step) {
      const Column& values = evaluators_[step].run(
          length_, [&](std::uint32_t operand, Column& column, std::size_t) { column = columns_[operand]; });
      Column& result = columns_[operand_count_ + step];
      if (const std::optional<Reducer> reducer = rows_.steps[step].reducer) {
        const Column number = reduce_column(*reducer, evaluators_[step].dtype(), values, length_);
        result.floats.assign(result.floats.size(), number.floats.empty() ? 0 : number.floats[0]);
        result.integers.assign(result.integers.size(), number.integers.empty() ? 0 : number.integers[0]);
      } else {
        result = values;
      }
    }
    return columns_.back();
  }

private:
  const RowsAttributes& rows_;
  std::size_t length_;
  std::size_t operand_count_;
  std::vector<ExpressionEvaluator> evaluators_;
  std::vector<Column> columns_;  // the operands' rows, then the steps' results
};

}  // namespace

void evaluate_map(const MapExpression& expression, const Operands& operands, TensorData& result) {
  const std::int64_t total = result.element_count();
  const std::int64_t block = std::min(total, kBlock);
  ExpressionEvaluator evaluator(expression, operands.empty() ? result.dtype : operands[0]->dtype,
                                static_cast<std::size_t>(block));
  // An operand that several terms read stands in one term (equal terms are made once), except after hand-made
  // rewriting; so each operand term has a reader of its own.
  std::vector<std::uint32_t> read_operands;
  for (const MapTerm& term : expression.terms) {
    if (term.op == MapOp::operand) {
      read_operands.push_back(term.operand);
    }
  }
  if (expression.terms.empty()) {
    read_operands.push_back(0);
  }
  Operands tensors;
  for (const std::uint32_t operand : read_operands) {
    tensors.push_back(operands[operand]);
  }
  std::vector<TensorReader> readers = readers_of(tensors, result.shape);
  for (std::int64_t begin = 0; begin < total; begin += block) {
    const auto count = static_cast<std::size_t>(std::min(block, total - begin));
    std::size_t next_reader = 0;
    const Column& values = evaluator.run(
        count, [&](std::uint32_t, Column& column, std::size_t wanted) { readers[next_reader++].read(column, wanted); });
    write_column(result, begin, values, count);
  }
}

void evaluate_rows(const RowsAttributes& rows, const Operands& operands, TensorData& result) {
  const std::int64_t length = result.shape.back();
  const std::int64_t total = result.element_count();
  if (total == 0) {
    return;
  }
  std::vector<TensorReader> readers = readers_of(operands, result.shape);
  RowsRunner runner(rows, operands, static_cast<std::size_t>(length));
  for (std::int64_t begin = 0; begin < total; begin += length) {
    write_column(result, begin, runner.run(readers), static_cast<std::size_t>(length));
  }
}

}  // namespace kdlc::graph
