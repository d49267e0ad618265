// Front door of report/: what a model looks like, as text.
#pragma once

#include <string>

#include "check/check.hpp"
#include "plan/plan.hpp"

namespace kdlc::report {

struct SummaryOptions {
  bool colour = false;
  int width = 100;  // columns of the terminal
};
/// A table of layers with types, weights, operations and bytes; totals; what is declared and not reached.
std::string summarise(const check::CheckedModel& model, const SourceSet& sources, const SummaryOptions& options);

/// A table of the steps of a plan: kernel, shape and blocks of each, why, and what it computes and moves.
std::string report_build(const plan::Plan& plan, const plan::Machine& machine, int width);

}  // namespace kdlc::report
