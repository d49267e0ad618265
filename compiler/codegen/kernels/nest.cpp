// Arguments, lanes and nests of the elementwise and reducing kernels.
#include "codegen/kernels/nest.hpp"

#include <algorithm>

namespace kdlc::codegen {
namespace {

bool starts_where(const plan::Access& left, const plan::Access& right) {
  return left.memory == right.memory && left.index == right.index && left.offset_bytes == right.offset_bytes;
}

}  // namespace

std::vector<Emitter::Argument> kernel_arguments(const std::vector<plan::Access>& inputs, const plan::Access& output) {
  std::vector<Emitter::Argument> arguments;
  for (const plan::Access& input : inputs) {
    arguments.push_back({.access = &input, .read_only = !starts_where(input, output)});
  }
  arguments.push_back({.access = &output});
  return arguments;
}

std::string describe_all(const std::vector<Emitter::Argument>& arguments) {
  std::string text;
  for (const Emitter::Argument& argument : arguments) {
    text += describe(*argument.access) + (argument.read_only ? "r;" : "w;");
  }
  return text;
}

std::int64_t common_lanes(const Emitter& emitter, std::span<const Emitter::Argument> arguments,
                          std::span<const graph::MapExpression* const> expressions) {
  std::int64_t lanes = emitter.machine.vector_bytes;
  for (const Emitter::Argument& argument : arguments) {
    lanes = std::min(lanes, emitter.lanes(argument.access->dtype));
  }
  for (const graph::MapExpression* expression : expressions) {
    for (const graph::MapTerm& term : expression->terms) {
      lanes = std::min(lanes, emitter.lanes(term.dtype));
    }
  }
  return lanes;
}

Values carry_nest(Emitter& emitter, std::span<llvm::Value* const> counts, Values initial, const NestBody& body) {
  Values indices;
  const std::function<Values(Values)> descend = [&](Values values) -> Values {
    if (indices.size() == counts.size()) {
      return body(indices, values);
    }
    const Range range{.begin = emitter.integer(0), .end = counts[indices.size()], .step = 1};
    return carry(emitter, range, std::move(values), [&](llvm::Value* index, const Values& carried) {
      indices.push_back(index);
      Values next = descend(carried);
      indices.pop_back();
      return next;
    });
  };
  return descend(std::move(initial));
}

Values epilogue_values(Emitter& emitter, llvm::Value* value, std::span<const View> operands, const Part& part) {
  Values values = {value};
  for (const View& operand : operands) {
    values.push_back(emitter.load(operand, 0, part));
  }
  return values;
}

}  // namespace kdlc::codegen
