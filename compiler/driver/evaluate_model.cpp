// Losses and metrics of a model over a data set, batch by batch.
#include "driver/evaluate_model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "codegen/codegen.hpp"
#include "driver/batch_runner.hpp"
#include "driver/bind_weights.hpp"
#include "driver/evaluate_data.hpp"
#include "driver/evaluation_graph.hpp"
#include "driver/model_options.hpp"
#include "passes/passes.hpp"

namespace kdlc::driver {

namespace {

using check::Training;

bool is_formula(const Training::Term& term) {
  return term.loss == nullptr && term.metric == nullptr;
}

/// What a term has gathered so far.
struct Gathered {
  catalogue::ScoreState state;
  double weighted_value = 0;  // of a formula: its values times samples
};

/// Adds what each sample of a batch contributes, in double.
void add_samples(const TensorData& contribution, std::vector<double>& sums) {
  const std::int64_t samples = contribution.shape.front();
  const auto each = static_cast<std::size_t>(samples == 0 ? 0 : contribution.element_count() / samples);
  sums.resize(std::max(sums.size(), each), 0);
  for (std::int64_t index = 0; index < contribution.element_count(); ++index) {
    sums[static_cast<std::size_t>(index) % each] += contribution.at(index);
  }
}

TensorData slice_samples(const TensorData& data, std::int64_t begin, std::int64_t count) {
  TensorData part;
  part.dtype = data.dtype;
  part.shape = data.shape;
  const std::size_t sample =
      data.bytes.size() / static_cast<std::size_t>(std::max<std::int64_t>(data.shape.front(), 1));
  part.shape.front() = count;
  const auto first = data.bytes.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(begin) * sample);
  part.bytes.assign(first, first + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(count) * sample));
  return part;
}

std::optional<Compiled> compile_graph(const graph::Graph& graph, const check::CheckedModel& model, Session& session) {
  const std::optional<codegen::Target> target = find_target(session);
  const auto plan_as = target ? plan_options(*target, graph, session) : std::nullopt;
  if (!plan_as) {
    return std::nullopt;
  }
  const std::string prefix = prefix_of(graph, session.arguments);
  session.enter("optimising");
  graph::Graph better = passes::optimise(passes::forget_states(graph), {.strict = session.arguments.strict});
  session.enter("planning");
  plan::Plan plan = plan::make_plan(std::move(better), *plan_as);
  Compiled compiled{std::move(plan), *target, prefix, model.weights, {}, {}};
  session.enter("generating code for");
  const CompileOptions options{.place = WeightsPlace::external};
  std::optional<std::string> code =
      codegen::compile(compiled.plan, codegen_options(compiled, options, session.arguments), session.report);
  if (!code) {
    return std::nullopt;
  }
  compiled.code = std::move(*code);
  return compiled;
}

/// Evaluates the user's own formulas on whole batches.
class Formulas {
public:
  Formulas(const check::CheckedModel& model, const EvaluationGraph& evaluation)
      : model_(model), evaluation_(evaluation) {}

  /// Values that depend on weights only; nullopt after reporting weights that are missing.
  bool prepare(const std::string& path, Session& session) {
    std::vector<graph::NodeId> wanted;
    for (const auto& input : evaluation_.formula_inputs) {
      if (input.prepared) {
        wanted.push_back(*input.prepared);
      }
    }
    if (wanted.empty()) {
      return true;
    }
    const auto weights = bind_weights(path, model_.graph, model_.weights, session);
    if (!weights) {
      return false;
    }
    graph::Evaluation evaluation;
    evaluation.parameters = *weights;
    prepared_ = graph::evaluate(model_.graph, evaluation, wanted);
    return true;
  }

  [[nodiscard]] double value(const Training::Term& term, const DataSet& data, std::int64_t begin, std::int64_t count,
                             const std::vector<TensorData>& outputs) const {
    graph::Evaluation evaluation;
    evaluation.sizes = data.sizes;
    evaluation.sizes[Dim::batch().to_text()] = count;
    std::size_t next = 0;
    for (const auto& input : evaluation_.formula_inputs) {
      if (input.output) {
        evaluation.inputs.push_back(outputs[*input.output]);
      } else if (input.input) {
        evaluation.inputs.push_back(slice_samples(*data.tensors[*input.input], begin, count));
      } else {
        evaluation.inputs.push_back(input.prepared ? prepared_[next++] : TensorData{});
      }
    }
    return graph::evaluate(model_.training->graph, evaluation, {term.value}).front().at(0);
  }

private:
  const check::CheckedModel& model_;
  const EvaluationGraph& evaluation_;
  std::vector<TensorData> prepared_;
};

/// `  37 %  [#####     ]` on a terminal, rewritten in place.
void show_progress(std::int64_t done, std::int64_t all, Session& session) {
  constexpr std::int64_t kWidth = 30;
  if (!session.console.shows_progress() || all == 0) {
    return;
  }
  const auto filled = static_cast<std::size_t>(kWidth * done / all);
  session.console.tell(fmt::format("\r{:3} % [{:<{}}]{}", 100 * done / all, std::string(filled, '#'), kWidth,
                                   done == all ? "\r\033[K" : ""));
}

EvaluatedLine finish_line(const Training::Result& line, bool is_loss, std::vector<Gathered>::const_iterator gathered,
                          std::int64_t samples) {
  EvaluatedLine result;
  result.name = line.name;
  result.is_loss = is_loss;
  for (const Training::Term& term : line.terms) {
    std::vector<double> values;
    if (is_formula(term)) {
      values = {samples == 0 ? 0 : gathered->weighted_value / static_cast<double>(samples)};
      result.is_mean_of_batches = true;
    } else {
      values = term.loss != nullptr ? catalogue::finish(*term.loss, term.application, gathered->state)
                                    : catalogue::finish(*term.metric, term.application, gathered->state);
    }
    result.values.resize(std::max(result.values.size(), values.size()), 0);
    for (std::size_t index = 0; index < values.size(); ++index) {
      result.values[index] += term.factor * values[index];
    }
    ++gathered;
  }
  return result;
}

}  // namespace

std::optional<Evaluated> evaluate_model(check::CheckedModel model, const std::string& path,
                                        const std::map<std::string, GivenTensor>& data, std::int64_t batch,
                                        Session& session) {
  const Training& training = *model.training;
  const EvaluationGraph evaluation = make_evaluation_graph(model);
  const std::optional<DataSet> set = order_data(evaluation.graph, training.targets, data, session);
  if (!set) {
    return std::nullopt;
  }
  const std::optional<Compiled> compiled = compile_graph(evaluation.graph, model, session);
  const auto packed = compiled ? pack_bound_weights(path, *compiled, session) : std::nullopt;
  Formulas formulas(model, evaluation);
  if (!packed || !formulas.prepare(path, session)) {
    return std::nullopt;
  }
  const auto runner = BatchRunner::make(*compiled, codegen::packed_file(compiled->plan, *packed), session);
  if (runner == nullptr) {
    return std::nullopt;
  }
  session.enter("evaluating");
  Evaluated evaluated;
  evaluated.samples = set->samples;
  std::vector<Gathered> gathered(evaluation.terms.size());
  const std::vector<const Training::Result*> lines = lines_of(training);
  for (std::int64_t begin = 0; begin < set->samples; begin += batch) {
    const std::int64_t count = std::min(batch, set->samples - begin);
    const auto outputs = runner->run(set->tensors, begin, count, set->sizes, session);
    if (!outputs) {
      return std::nullopt;
    }
    std::size_t place = 0;
    for (const Training::Result* line : lines) {
      for (const Training::Term& term : line->terms) {
        Gathered& into = gathered[place];
        into.state.resize(evaluation.terms[place].outputs.size());
        for (std::size_t index = 0; index < into.state.size(); ++index) {
          add_samples((*outputs)[evaluation.terms[place].outputs[index]], into.state[index]);
        }
        if (is_formula(term)) {
          into.weighted_value += static_cast<double>(count) * formulas.value(term, *set, begin, count, *outputs);
        }
        ++place;
      }
    }
    ++evaluated.batches;
    show_progress(begin + count, set->samples, session);
  }
  auto next = gathered.cbegin();
  for (std::size_t index = 0; index < lines.size(); ++index) {
    evaluated.lines.push_back(finish_line(*lines[index], index < training.losses.size(), next, set->samples));
    next += static_cast<std::ptrdiff_t>(lines[index]->terms.size());
    if (evaluated.lines.back().is_loss) {
      evaluated.total_loss += evaluated.lines.back().values.front();
    }
  }
  return evaluated;
}

}  // namespace kdlc::driver
