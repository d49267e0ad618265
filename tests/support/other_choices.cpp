// Answers to the questions of a model that the cost model would not give: what measuring may come to.
#include "support/other_choices.hpp"

#include <random>

namespace kdlc::testing {

plan::MeasuredChoices other_choices(const graph::Graph& graph, plan::Options options, std::uint64_t seed) {
  constexpr int kLongestChain = 3;  // Winograd's form or the direct sum, panels, rows
  plan::MeasuredChoices answers;
  options.measured = &answers;
  options.candidates = 8;
  std::mt19937_64 random(seed);
  for (int pass = 0; pass < kLongestChain; ++pass) {
    const plan::Plan plan = plan::make_plan(graph, options);
    for (const plan::Choice& choice : plan.choices) {
      if (!choice.candidates.empty()) {
        answers.by_question.try_emplace(
            choice.question, plan::MeasuredChoice{choice.candidates[random() % choice.candidates.size()], 0.1});
      }
    }
  }
  return answers;
}

}  // namespace kdlc::testing
