// The table of `kdlc build --report`: kernel and blocks of each step, and why.
#include <fmt/format.h>

#include "report/report.hpp"
#include "report/step_facts.hpp"
#include "report/text_table.hpp"

namespace kdlc::report {

namespace {

/// 1234567 → "1.23 M".
std::string short_number(double value) {
  constexpr double kThousand = 1000;
  constexpr std::string_view kUnits = "kMGT";
  if (value < kThousand) {
    return fmt::format("{:.0f}", value);
  }
  std::size_t unit = 0;
  for (value /= kThousand; value >= kThousand && unit + 1 < kUnits.size(); ++unit) {
    value /= kThousand;
  }
  return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::string table_of(const std::vector<StepFacts>& steps, int width) {
  std::vector<std::vector<std::string>> rows;
  for (const StepFacts& step : merge_repeats(steps)) {
    rows.push_back({std::string(2 * step.depth, ' ') + step.name, step.kernel, step.shape, step.blocks, step.reason,
                    short_number(step.operations), short_number(step.weight_bytes), short_number(step.moved_bytes)});
  }
  return layout_table({{.title = "step", .wraps = true},
                       {.title = "kernel"},
                       {.title = "shape", .wraps = true},
                       {.title = "block", .wraps = true},
                       {.title = "why", .wraps = true},
                       {.title = "FLOPs", .align = Align::right},
                       {.title = "weights, B", .align = Align::right},
                       {.title = "moved, B", .align = Align::right}},
                      rows, static_cast<std::size_t>(width));
}

}  // namespace

std::string report_build(const plan::Plan& plan, const plan::Machine& machine, int width) {
  std::string text = fmt::format("{}: vectors of {} bytes, {} registers{}; arena {} bytes, packed weights {} bytes\n",
                                 plan.graph.name, machine.vector_bytes, machine.vector_registers,
                                 machine.has_fma ? ", fused multiply-adds" : "", plan.arena_bytes, plan.packed_bytes);
  text += "\none sample\n" + table_of(describe_steps(plan, plan.single, machine, 1), width);
  if (plan.chunk.samples > 1) {
    text += fmt::format("\nchunk of {} samples\n", plan.chunk.samples) +
            table_of(describe_steps(plan, plan.chunk, machine, plan.chunk.samples), width);
  }
  return text;
}

}  // namespace kdlc::report
