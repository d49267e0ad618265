// The cost model of steps: arithmetic at the rate of the vector units beside bytes at the rate of the cache that holds
// them. Contractions take their own model; the rest are counted by vectors.
#include "plan/step_cost.hpp"

#include <algorithm>

#include "plan/contraction_blocks.hpp"
#include "plan/winograd.hpp"

namespace kdlc::plan {
namespace {

constexpr double kCyclesPerNanosecond = 3.0;
constexpr double kCallCycles = 40;  // addresses and the first loads of a step

/// Cycles of one operation on a vector.
double operation_cycles(graph::MapOp op) {
  switch (op) {
    case graph::MapOp::exp:
      return 6;
    case graph::MapOp::expm1:
    case graph::MapOp::log:
    case graph::MapOp::log1p:
    case graph::MapOp::tanh:
    case graph::MapOp::sigmoid:
    case graph::MapOp::erf:
    case graph::MapOp::sin:
    case graph::MapOp::cos:
    case graph::MapOp::power:
      return 12;
    case graph::MapOp::divide:
    case graph::MapOp::remainder:
    case graph::MapOp::sqrt:
    case graph::MapOp::rsqrt:
      return 8;
    case graph::MapOp::operand:
    case graph::MapOp::constant:
      return 0.25;
    case graph::MapOp::cast:
    case graph::MapOp::add:
    case graph::MapOp::subtract:
    case graph::MapOp::multiply:
    case graph::MapOp::minimum:
    case graph::MapOp::maximum:
    case graph::MapOp::negate:
    case graph::MapOp::absolute:
    case graph::MapOp::sign:
    case graph::MapOp::floor:
    case graph::MapOp::ceil:
    case graph::MapOp::round:
    case graph::MapOp::equal:
    case graph::MapOp::not_equal:
    case graph::MapOp::less:
    case graph::MapOp::less_equal:
    case graph::MapOp::greater:
    case graph::MapOp::greater_equal:
    case graph::MapOp::logical_and:
    case graph::MapOp::logical_or:
    case graph::MapOp::logical_not:
    case graph::MapOp::select:
      return 1;
  }
  KDLC_UNREACHABLE("every operation takes time");
}

double expression_cycles(const graph::MapExpression& expression) {
  double cycles = 0;
  for (const graph::MapTerm& term : expression.terms) {
    cycles += operation_cycles(term.op);
  }
  return cycles;
}

/// For each vector of a row: what is made of reductions alone is computed once a row.
double row_program_cycles(const RowsStep& step) {
  const auto is_along_row = [&](std::uint32_t operand) {
    return operand < step.inputs.size() || !step.program[operand - step.inputs.size()].reducer;
  };
  double cycles = 1;
  for (const graph::RowsStep& row : step.program) {
    cycles += 1;
    std::vector<bool> varies;
    for (const graph::MapTerm& term : row.expression.terms) {
      bool is_varying = term.op == graph::MapOp::operand && is_along_row(term.operand);
      for (int argument = 0; argument < graph::operand_count(term.op); ++argument) {
        is_varying = is_varying || varies[term.arguments[static_cast<std::size_t>(argument)]];
      }
      varies.push_back(is_varying);
      cycles += is_varying ? operation_cycles(term.op) : 0;
    }
  }
  return cycles;
}

class Cost {
public:
  Cost(const Machine& machine, const SizeBounds& bounds) : machine_(machine), bounds_(bounds) {}

  double operator()(const MapStep& step) const {
    const double elements = product(step.axes);
    double bytes = bytes_of(step.output);
    for (const Access& input : step.inputs) {
      bytes += bytes_of(input);
    }
    const bool is_vector = std::any_of(step.output.strides.begin(), step.output.strides.end(),
                                       [](const Dim& stride) { return stride == Dim(1); });
    const double lanes = is_vector ? lanes_of(step.output) : 1;
    return longest(elements / lanes * (1 + expression_cycles(step.expression)), elements * bytes);
  }
  double operator()(const ContractionStep& step) const { return contraction_cycles(machine_, step, bounds_, true); }
  double operator()(const WinogradStep& step) const { return winograd_cycles(machine_, step, bounds_); }
  double operator()(const DepthwiseStep& step) const {
    double cells = 1;
    for (const std::int64_t size : step.depth) {
      cells *= static_cast<double>(size);
    }
    const double elements = product(step.positions) * static_cast<double>(step.channels);
    const double cycles = cells + 1 + expression_cycles(step.epilogue);
    return longest(elements / lanes_of(step.output) * cycles, elements * 2 * bytes_of(step.output));
  }
  double operator()(const WindowStep& step) const {
    double cells = 1;
    for (const WindowStep::Axis& axis : step.windows) {
      cells *= static_cast<double>(axis.size);
    }
    const double elements = product(step.positions) * most(step.channels);
    return longest(elements / lanes_of(step.output) * (1.5 * cells + 4 + expression_cycles(step.epilogue)),
                   elements * 2 * bytes_of(step.output));
  }
  double operator()(const ReduceStep& step) const {
    const double elements = product(step.kept) * product(step.reduced);
    return longest(elements / lanes_of(step.input), elements * bytes_of(step.input)) +
           product(step.kept) * (1 + expression_cycles(step.epilogue));
  }
  double operator()(const RowsStep& step) const {
    const double elements = product(step.positions) * most(step.length);
    return longest(elements / lanes_of(step.output) * row_program_cycles(step), elements * 2 * bytes_of(step.output)) +
           product(step.positions) * 20;
  }
  double operator()(const GatherStep& step) const {
    return product(step.axes) * bytes_of(step.output) / 8 + product(step.axes) / lanes_of(step.output);
  }
  double operator()(const LoopStep& step) const {
    double cycles = 0;
    for (const Step& inner : step.steps) {
      cycles += kCallCycles + std::visit(*this, inner.kernel);
    }
    return cycles * most(step.turns);
  }

private:
  [[nodiscard]] double most(const Dim& dim) const {
    return static_cast<double>(std::max<std::int64_t>(dim.upper_bound(bounds_).value_or(1), 0));
  }
  [[nodiscard]] double product(const std::vector<Dim>& sizes) const {
    double result = 1;
    for (const Dim& size : sizes) {
      result *= most(size);
    }
    return result;
  }
  static double bytes_of(const Access& access) { return static_cast<double>(size_bytes(access.dtype)); }
  [[nodiscard]] double lanes_of(const Access& access) const {
    return static_cast<double>(machine_.lanes(access.dtype));
  }
  /// Of computing and moving so many bytes, the one hides the other.
  [[nodiscard]] double longest(double cycles, double bytes) const {
    const double rate = bytes <= 0.6 * static_cast<double>(machine_.l1_bytes) ? 64
                        : machine_.second_cache_holds(bytes)                  ? 24
                                                                              : 6;
    return std::max(cycles, bytes / rate);
  }

  const Machine& machine_;
  const SizeBounds& bounds_;
};

}  // namespace

double step_nanoseconds(const Step& step, const Machine& machine, const SizeBounds& bounds) {
  return (kCallCycles + std::visit(Cost(machine, bounds), step.kernel)) / kCyclesPerNanosecond;
}

}  // namespace kdlc::plan
