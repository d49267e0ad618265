// Choices of the cost model tried out: which blocks and forms of convolutions are fastest where they stand.
#include "driver/tuning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>

namespace kdlc::driver {

namespace {

/// Convolution or direct sum, then the panels, then the rows.
constexpr int kPasses = 3;
/// A candidate is this much faster in the median of the rounds, and faster at all in three rounds of four.
constexpr double kLeastGain = 0.02;
constexpr double kSurely = 0.75;
/// Of the answers that won, those that gained at least so much are tried in whole calls: all, or the surer ones.
constexpr std::array kLeastGains = {0.0, 0.05, 0.1};
constexpr double kNone = 1;
/// In the other body, whose weights have the same form, it may be no slower than this.
constexpr double kMostLoss = 0.02;

using Names = std::set<std::string>;

void add_choice(const plan::Plan& plan, std::optional<std::uint32_t> choice, Names& names) {
  for (; choice; choice = plan.choices[*choice].follows) {
    names.insert(plan.choices[*choice].question);
  }
}

/// The questions on whose answers a step depends.
Names questions_of(const plan::Plan& plan, const plan::Step& step) {
  Names names;
  if (const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel)) {
    add_choice(plan, contraction->choice, names);
  } else if (const auto* winograd = std::get_if<plan::WinogradStep>(&step.kernel)) {
    add_choice(plan, winograd->choice, names);
  } else if (const auto* loop = std::get_if<plan::LoopStep>(&step.kernel)) {
    for (const plan::Step& inner : loop->steps) {
      names.merge(questions_of(plan, inner));
    }
  }
  return names;
}

const plan::Body& body_of(const plan::Plan& plan, TimedBody body) {
  return body == TimedBody::single ? plan.single : plan.chunk;
}

std::vector<TimedBody> timed_bodies(const plan::Plan& plan) {
  // A chunk of one sample is never computed.
  return plan.chunk.samples > 1 ? std::vector{TimedBody::single, TimedBody::chunk} : std::vector{TimedBody::single};
}

/// A question of this pass.
struct Question {
  plan::Choice choice;   // as the cost model answers it
  std::size_t turn = 0;  // questions of one step have their turns one after the other
};

bool is_open(const plan::Choice& choice, const plan::MeasuredChoices& known) {
  return !choice.candidates.empty() && !known.by_question.contains(choice.question);
}

/// The questions that can be tried now, by their texts.
std::map<std::string, Question> find_questions(const plan::Plan& plan, const plan::MeasuredChoices& known) {
  std::map<std::string, Question> questions;
  for (const plan::Choice& choice : plan.choices) {
    const bool waits = choice.follows && is_open(plan.choices[*choice.follows], known);
    if (is_open(choice, known) && !waits) {
      questions.try_emplace(choice.question, Question{.choice = choice});
    }
  }
  std::map<std::string, Names> neighbours;
  for (const TimedBody body : timed_bodies(plan)) {
    for (const plan::Step& step : body_of(plan, body).steps) {
      const Names names = questions_of(plan, step);
      for (const std::string& name : names) {
        neighbours[name].insert(names.begin(), names.end());
      }
    }
  }
  std::erase_if(questions, [&](const auto& entry) { return !neighbours.contains(entry.first); });
  Names placed;
  for (auto& [name, question] : questions) {
    std::set<std::size_t> taken;
    for (const std::string& other : neighbours.at(name)) {
      if (placed.contains(other)) {
        taken.insert(questions.at(other).turn);
      }
    }
    while (taken.contains(question.turn)) {
      ++question.turn;
    }
    placed.insert(name);
  }
  return questions;
}

/// A way to compute the model: which candidate, of the questions of which turn.
struct Way {
  std::size_t turn = 0;
  std::size_t candidate = 0;
  plan::Plan plan;
};

bool has_same_steps(const plan::Plan& left, const plan::Plan& right) {
  const auto is_same = [](const plan::Step& one, const plan::Step& other) { return one.name == other.name; };
  const auto have_same = [&](const std::vector<plan::Step>& one, const std::vector<plan::Step>& other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(), is_same);
  };
  return have_same(left.single.steps, right.single.steps) && have_same(left.chunk.steps, right.chunk.steps);
}

std::vector<Way> find_ways(const PlanWith& plan_with, const plan::Plan& base, const plan::MeasuredChoices& known,
                           const std::map<std::string, Question>& questions) {
  std::set<std::pair<std::size_t, std::size_t>> wanted;
  for (const auto& [name, question] : questions) {
    for (std::size_t candidate = 0; candidate < question.choice.candidates.size(); ++candidate) {
      wanted.emplace(question.turn, candidate);
    }
  }
  std::vector<Way> ways;
  for (const auto& [turn, candidate] : wanted) {
    plan::MeasuredChoices answers = known;
    for (const auto& [name, question] : questions) {
      if (question.turn == turn && candidate < question.choice.candidates.size()) {
        answers.by_question[name] = {question.choice.candidates[candidate], 0};
      }
    }
    Way way{.turn = turn, .candidate = candidate, .plan = plan_with(answers)};
    // Else the times of a step would be those of another piece of the model.
    if (has_same_steps(base, way.plan)) {
      ways.push_back(std::move(way));
    }
  }
  return ways;
}

/// How the times of some steps compare with those of the cost model's choice.
struct Comparison {
  double median = 1;  // of the ratios of the rounds
  double worst = 1;   // of those in which it is fastest, kSurely of all
};

Comparison compare(const StepRounds& base, const StepRounds& other, const std::vector<std::size_t>& steps) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < base[steps.front()].size(); ++round) {
    double before = 0;
    double after = 0;
    for (const std::size_t step : steps) {
      before += base[step][round];
      after += other[step][round];
    }
    ratios.push_back(before > 0 ? after / before : 1);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto at = [&](double share) {
    return ratios[static_cast<std::size_t>(share * static_cast<double>(ratios.size() - 1))];
  };
  return {.median = at(0.5), .worst = at(kSurely)};
}

/// The times of a pass.
struct Times {
  TimedBody body;
  std::vector<StepRounds> of_plans;  // the cost model's choices first, then the ways
};

/// The answer to a question: the fastest of the ways that won, or the cost model's.
plan::MeasuredChoice settle(const std::string& name, const Question& question, const plan::Plan& base,
                            const std::vector<Way>& ways, const std::vector<Times>& times) {
  plan::MeasuredChoice best{question.choice.taken, 0};
  for (std::size_t index = 0; index < ways.size(); ++index) {
    const Way& way = ways[index];
    if (way.turn != question.turn || way.candidate >= question.choice.candidates.size()) {
      continue;
    }
    bool wins = false;
    bool loses = false;
    double ratio = 1;
    for (const Times& one : times) {
      std::vector<std::size_t> steps;
      for (std::size_t step = 0; step < body_of(base, one.body).steps.size(); ++step) {
        if (questions_of(base, body_of(base, one.body).steps[step]).contains(name)) {
          steps.push_back(step);
        }
      }
      if (steps.empty()) {
        continue;
      }
      const Comparison comparison = compare(one.of_plans.front(), one.of_plans[index + 1], steps);
      wins = wins || (comparison.median < 1 - kLeastGain && comparison.worst < 1);
      loses = loses || comparison.median > 1 + kMostLoss;
      ratio = std::min(ratio, comparison.median);
    }
    if (wins && !loses && 1 - ratio > best.gain) {
      best = {question.choice.candidates[way.candidate], 1 - ratio};
    }
  }
  return best;
}

/// `tuned` without the answers that it adds to `before` and that gained less than `least`: there the cost model's stay,
/// which are those of `base`.
plan::MeasuredChoices without_small_gains(const plan::MeasuredChoices& tuned, const plan::MeasuredChoices& before,
                                          const plan::Plan& base, double least) {
  plan::MeasuredChoices kept = tuned;
  for (const auto& [name, answer] : tuned.by_question) {
    if (answer.gain == 0 || answer.gain >= least || before.by_question.contains(name)) {
      continue;
    }
    const auto asked =
        std::find_if(base.choices.begin(), base.choices.end(),
                     [&question = name](const plan::Choice& choice) { return choice.question == question; });
    if (asked != base.choices.end()) {
      kept.by_question[name] = {asked->taken, 0};
    } else {
      kept.by_question.erase(name);  // a question that only comes up behind another answer
    }
  }
  return kept;
}

/// The ratio of the whole calls' times to those of the first plan, of each plan; no more than 1 only where no body
/// becomes slower.
std::optional<std::vector<double>> compare_calls(const std::vector<plan::Plan>& plans, const TimePlans& time_plans) {
  std::vector<double> best(plans.size(), 1);
  std::vector<double> worst(plans.size(), 0);
  for (const TimedBody body : timed_bodies(plans.front())) {
    const auto times = time_plans(plans, body, TimedScope::call);
    if (!times) {
      return std::nullopt;
    }
    for (std::size_t index = 0; index < plans.size(); ++index) {
      const double ratio = compare(times->front(), (*times)[index], {0}).median;
      best[index] = std::min(best[index], ratio);
      worst[index] = std::max(worst[index], ratio);
    }
  }
  std::vector<double> ratios;
  for (std::size_t index = 0; index < plans.size(); ++index) {
    ratios.push_back(worst[index] <= 1 ? best[index] : worst[index]);
  }
  return ratios;
}

/// As many of the answers as make the whole call faster: what a step leaves in the caches is not in its own time, and
/// the fastest of many candidates owes a part of its gain to luck.
std::optional<plan::MeasuredChoices> confirm(const PlanWith& plan_with, const TimePlans& time_plans,
                                             const plan::MeasuredChoices& before, const plan::MeasuredChoices& tuned) {
  std::vector<plan::Plan> plans = {plan_with(before)};
  std::vector<plan::MeasuredChoices> answers = {without_small_gains(tuned, before, plans.front(), kNone)};
  for (const double least : kLeastGains) {
    plan::MeasuredChoices kept = without_small_gains(tuned, before, plans.front(), least);
    if (kept.by_question != answers.front().by_question && kept.by_question != answers.back().by_question) {
      plans.push_back(plan_with(kept));
      answers.push_back(std::move(kept));
    }
  }
  if (plans.size() == 1) {
    return answers.front();
  }
  const auto ratios = compare_calls(plans, time_plans);
  if (!ratios) {
    return std::nullopt;
  }
  const auto fastest = std::min_element(ratios->begin(), ratios->end());
  return answers[static_cast<std::size_t>(fastest - ratios->begin())];
}

}  // namespace

std::optional<plan::MeasuredChoices> tune(const PlanWith& plan_with, const TimePlans& time_plans,
                                          plan::MeasuredChoices known) {
  const plan::MeasuredChoices before = known;
  for (int pass = 0; pass < kPasses; ++pass) {
    const plan::Plan base = plan_with(known);
    const std::map<std::string, Question> questions = find_questions(base, known);
    if (questions.empty()) {
      break;
    }
    const std::vector<Way> ways = find_ways(plan_with, base, known, questions);
    std::vector<plan::Plan> plans = {base};
    for (const Way& way : ways) {
      plans.push_back(way.plan);
    }
    std::vector<Times> times;
    for (const TimedBody body : timed_bodies(base)) {
      auto rounds = time_plans(plans, body, TimedScope::steps);
      if (!rounds) {
        return std::nullopt;
      }
      times.push_back({body, std::move(*rounds)});
    }
    for (const auto& [name, question] : questions) {
      known.by_question[name] = settle(name, question, base, ways, times);
    }
  }
  return confirm(plan_with, time_plans, before, known);
}

}  // namespace kdlc::driver
