// The loops of a contraction around its micro-kernel.
#pragma once

#include <span>

#include "codegen/emitter.hpp"
#include "plan/plan.hpp"

namespace kdlc::codegen {

/// Whether the calls of the function at hand take the panels in both directions.
bool turns_around(const Emitter& emitter, const plan::ContractionStep& step);

/// 1 in every other turn of the loop at hand; no identifier of the language has a space in it.
inline const char* const kBackwardsSymbol = "backwards 0";
/// Whether the turns of the loop at hand take panels and depth in both directions.
bool alternates(const Emitter& emitter, const plan::ContractionStep& step);

/// `views`: left, right, output and operands of the epilogue. `also`: what else is done with the sums, whose output and
/// operands stand behind those of the step; or nullptr.
void emit_contraction_loops(Emitter& emitter, const plan::ContractionStep& step, const plan::ContractionStep* also,
                            std::span<const View> views);

}  // namespace kdlc::codegen
