// What the elementwise and reducing kernels share: their arguments, their lanes, and nests that carry values.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "codegen/emitter.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {

/// The inputs, then the output, as arguments of a shared kernel. An input is read-only unless it starts where the
/// output does: a step that works in place does so element by element.
std::vector<Emitter::Argument> kernel_arguments(const std::vector<plan::Access>& inputs, const plan::Access& output);

/// Text that tells kernels of one form apart: every access without its place.
std::string describe_all(const std::vector<Emitter::Argument>& arguments);

/// Lanes at which every element type among the accesses and the expression's terms fits one register; bool counts as
/// one byte.
std::int64_t common_lanes(const Emitter& emitter, std::span<const Emitter::Argument> arguments,
                          std::span<const graph::MapExpression* const> expressions);

/// Loops over all positions of `counts`, outermost first, handing values from turn to turn.
using NestBody = std::function<Values(std::span<llvm::Value* const> indices, const Values& values)>;
Values carry_nest(Emitter& emitter, std::span<llvm::Value* const> counts, Values initial, const NestBody& body);

/// The operands of an epilogue: the value itself, then the elements `part` along axis 0 of each view.
Values epilogue_values(Emitter& emitter, llvm::Value* value, std::span<const View> operands, const Part& part);

}  // namespace kdlc::codegen
