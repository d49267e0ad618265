// From how many samples on each thread takes some of its own.
#include "plan/shared_samples.hpp"

#include <algorithm>
#include <span>

#include "plan/step_context.hpp"
#include "plan/step_cost.hpp"

namespace kdlc::plan {
namespace {

/// Sharing out samples pays when each thread then has this much to do.
constexpr double kLeastShareNanoseconds = 3000;

double body_nanoseconds(const std::vector<Step>& steps, const Plan& plan, const Machine& machine,
                        std::int64_t samples) {
  const SizeBounds bounds = bounds_of(plan.graph, samples);
  double nanoseconds = 0;
  for (const Step& step : steps) {
    nanoseconds += step_nanoseconds(step, machine, bounds);
  }
  return nanoseconds;
}

}  // namespace

std::int64_t least_shared_samples(const Plan& plan, const Body& single, const Body& chunk, double together,
                                  const Machine& machine) {
  // An output or state that all samples have in common may serve its steps as memory: one thread at a time.
  const auto is_common = [&](const auto& info) { return !plan.graph.node(info.node).type.shape.has_batch(); };
  const std::span<const graph::OutputInfo> outputs = graph::declared_outputs(plan.graph);
  if (std::any_of(outputs.begin(), outputs.end(), is_common) ||
      std::any_of(plan.graph.states.begin(), plan.graph.states.end(), is_common)) {
    return 0;
  }
  const std::int64_t threads = plan.threads.count;
  const double alone = body_nanoseconds(single.steps, plan, machine, 1);
  if (plan.threads.regions.empty()) {
    return threads * std::max<std::int64_t>(1, static_cast<std::int64_t>(kLeastShareNanoseconds / alone));
  }
  for (std::int64_t each = 1; each < chunk.samples; ++each) {
    const double share = each == 1 ? alone : body_nanoseconds(chunk.steps, plan, machine, each);
    if (share < together * static_cast<double>(each * threads)) {
      return each * threads;
    }
  }
  return threads * chunk.samples;
}

}  // namespace kdlc::plan
