// The loops of a contraction around its micro-kernel.
#pragma once

#include <span>

#include "codegen/emitter.hpp"
#include "plan/plan.hpp"

namespace kdlc::codegen {

/// Whether the calls of the function at hand take the panels in both directions.
bool turns_around(const Emitter& emitter, const plan::ContractionStep& step);

/// `views`: left, right, output and operands of the epilogue. `also`: what else is done with the sums, whose output and
/// operands stand behind those of the step; or nullptr.
void emit_contraction_loops(Emitter& emitter, const plan::ContractionStep& step, const plan::ContractionStep* also,
                            std::span<const View> views);

}  // namespace kdlc::codegen
