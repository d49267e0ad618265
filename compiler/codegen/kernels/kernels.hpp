// One function per step of a plan: appends the step's code at the builder's place, in the emitter's frame.
#pragma once

#include "codegen/emitter.hpp"

namespace kdlc::codegen {

void emit_contraction(Emitter& emitter, const plan::ContractionStep& step);
/// The same, and the sums go through the epilogue of `also` to its output as well.
void emit_contraction(Emitter& emitter, const plan::ContractionStep& step, const plan::ContractionStep& also);
/// By Strassen's form in the calls that it serves, else the plain way.
void emit_contraction_in_best_form(Emitter& emitter, const plan::ContractionStep& step);
void emit_depthwise(Emitter& emitter, const plan::DepthwiseStep& step);
void emit_gather(Emitter& emitter, const plan::GatherStep& step);
void emit_map(Emitter& emitter, const plan::MapStep& step);
void emit_winograd(Emitter& emitter, const plan::WinogradStep& step);
void emit_window(Emitter& emitter, const plan::WindowStep& step);
void emit_reduce(Emitter& emitter, const plan::ReduceStep& step);
void emit_rows(Emitter& emitter, const plan::RowsStep& step);

}  // namespace kdlc::codegen
