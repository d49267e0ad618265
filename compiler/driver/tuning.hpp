// Choices of the cost model tried out: which blocks and forms of convolutions are fastest where they stand.
//
// Every way to compute the model is a plan of its own, in which some questions are answered by other candidates. All of
// them are called in turn, step by step, and the times of the steps that a question is about are compared. Questions
// that no step shares are tried in the same plans. A question that follows another (the rows of a block, once the
// panels are known) waits until that one is settled, in the next pass. At the end the whole call has to be faster, as
// steps that win one by one can lose together.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "driver/timed_model.hpp"
#include "plan/choices.hpp"
#include "plan/plan.hpp"

namespace kdlc::driver {

/// Plans the model with these answers, and with the candidates of the other questions.
using PlanWith = std::function<plan::Plan(const plan::MeasuredChoices&)>;

enum class TimedBody : std::uint8_t { single, chunk };
/// Every step, or the whole call as if it were one.
enum class TimedScope : std::uint8_t { steps, call };
/// The rounds of each plan, all of them called in turn; nullopt when something failed that was reported.
using TimePlans =
    std::function<std::optional<std::vector<StepRounds>>(const std::vector<plan::Plan>&, TimedBody, TimedScope)>;

/// The answers that were known and one more for each question of the model that its steps show. The cost model's answer
/// stays unless another one is faster by more than the rounds differ.
std::optional<plan::MeasuredChoices> tune(const PlanWith& plan_with, const TimePlans& time_plans,
                                          plan::MeasuredChoices known);

}  // namespace kdlc::driver
