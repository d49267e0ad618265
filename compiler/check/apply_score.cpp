// Applies losses and metrics of the catalogue.
#include <fmt/format.h>

#include "check/arguments.hpp"
#include "check/settings.hpp"
#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

ScoreSide side_of(const TrainState& state, const BoundLayer& bound, std::size_t place) {
  ScoreSide side;
  side.input = &bound.application.inputs[place];
  const graph::Graph& graph = state.training.graph;
  const graph::NodeId node = bound.nodes[place];
  if (node.has_value() && graph.node(node).op == graph::Op::input) {
    const std::uint32_t index = graph::attributes<graph::InputAttributes>(graph.node(node)).index;
    side.target = state.training.sources[index].target;
    side.model_value = state.training.sources[index].model_value;
    if (side.model_value.has_value()) {
      side.meaning = meaning_of(*state.model, side.model_value);
    }
  }
  return side;
}

bool is_model_output(const TrainState& state, const ScoreSide& side) {
  return side.model_value.has_value() && state.model->node(side.model_value).op != graph::Op::input;
}

/// K503, with both arguments exchanged as the cure.
bool report_swapped(Body& body, const TrainState& state, const ScoreCheck& check) {
  const bool is_swapped = check.output.target.has_value() && is_model_output(state, check.target);
  if (!is_swapped) {
    return false;
  }
  const SourceSet& sources = body.elaboration.sources;
  const Span& first = check.output.input->span;
  const Span& second = check.target.input->span;
  Message& message = body.elaboration.pending.add(first, diag::ScoreSwapped, std::string(check.score.name),
                                                  check.output.input->text, check.target.input->text);
  message.label(second, "what the model computed stands first");
  message.helps.push_back(
      {"exchange them", {{first, std::string(sources.text(second))}, {second, std::string(sources.text(first))}}});
  return true;
}

/// The weights of samples and classes; false after reporting.
bool check_weights(Body& body, const catalogue::Application& application) {
  Report& report = body.elaboration.pending;
  const bool takes_weight = application.layer->inputs.size() > 2 && application.input_index[2];
  if (takes_weight) {
    const catalogue::BoundInput& weight = application.inputs[*application.input_index[2]];
    Shape column{{Dim::batch(), Dim(1)}};
    Shape values = application.type().shape;
    if (values.axis_count() > 1) {
      values.axes.pop_back();
    }
    const bool fits =
        weight.type.shape == Shape{{Dim::batch()}} || weight.type.shape == column || weight.type.shape == values;
    if (!fits || weight.type.dtype != application.type().dtype) {
      report
          .add(weight.span, diag::ScoreTypes, std::string(application.layer->name),
               fmt::format("a weight for each sample, `{}[N]`, or for each value, `{}`",
                           name_of(application.type().dtype), TensorType{application.type().dtype, values}.to_text()),
               weight.text, weight.type.to_text())
          .label(application.inputs[0].span, application.type().to_text());
      return false;
    }
  }
  for (std::size_t index = 0; index < application.layer->settings.size(); ++index) {
    const auto* list = std::get_if<catalogue::SettingList>(&application.settings[index].value.value);
    if (application.layer->settings[index].name != "class_weights" || list == nullptr) {
      continue;
    }
    const Dim& classes = application.type().shape.axes.back();
    if (!(classes == Dim(static_cast<std::int64_t>(list->size())))) {
      report.add(application.settings[index].span, diag::SettingRange, application.settings[index].value.to_text(),
                 "class_weights", application.text, fmt::format("a list of {}, one for each class", classes.to_text()));
      return false;
    }
  }
  return true;
}

/// `axis` must be one of the output's own.
bool check_axis(const catalogue::Application& application) {
  for (std::size_t index = 0; index < application.layer->settings.size(); ++index) {
    const auto* axis = std::get_if<std::int64_t>(&application.settings[index].value.value);
    if (application.layer->settings[index].name != "axis" || axis == nullptr) {
      continue;
    }
    const auto count = static_cast<std::int64_t>(application.type().shape.axis_count());
    const std::int64_t place = *axis < 0 ? *axis + count : *axis;
    if (count > 1 && (place < 1 || place >= count)) {
      application.report->add(application.settings[index].span, diag::SettingRange, std::to_string(*axis), "axis",
                              application.text, fmt::format("an axis of one sample, 1 to {}", count - 1));
      return false;
    }
  }
  return true;
}

/// True when an earlier message offered a type for the target with which this score has no quarrel: one mistake is one
/// message.
bool fits_mended_target(TrainState& state, const ScoreCheck& check) {
  const auto mended =
      check.target.target ? state.mended_targets.find(*check.target.target) : state.mended_targets.end();
  if (mended == state.mended_targets.end()) {
    return false;
  }
  catalogue::BoundInput target = *check.target.input;
  target.type = mended->second;
  ScoreCheck as_mended = check;
  as_mended.target.input = &target;
  Report scratch;
  return check_score_types(state, scratch, as_mended);
}

/// The primitives; an empty term while some value has no code.
void lower(Body& body, TrainState& state, const BoundLayer& bound, const PreludeScore& score, Training::Term& term) {
  graph::Builder& builder = *body.elaboration.builder;
  const bool is_compiled =
      score.loss != nullptr ? catalogue::is_compiled(*score.loss) : catalogue::is_compiled(*score.metric);
  bool has_nodes = is_compiled;
  for (const graph::NodeId node : bound.nodes) {
    has_nodes = has_nodes && node.has_value();
  }
  if (!has_nodes) {
    state.training.is_complete = false;
    if (!is_compiled && body.elaboration.options.code_needed == CodeNeeded::model_and_scores) {
      body.elaboration.pending.add(bound.application.span, diag::NotCompiledYet,
                                   fmt::format("`{}`", bound.application.layer->name));
    }
    return;
  }
  const catalogue::Inferred inferred;
  catalogue::Lowering lowering{bound.application, builder, bound.nodes, {}, inferred};
  term.contributions = score.loss != nullptr ? catalogue::contributions(*score.loss, lowering)
                                             : catalogue::contributions(*score.metric, lowering);
  std::vector<graph::NodeId> sums;
  for (const graph::NodeId contribution : term.contributions) {
    sums.push_back(builder.reduce(graph::Reducer::sum, contribution, {0}, false));
  }
  term.value = score.loss != nullptr ? catalogue::combine(*score.loss, bound.application, builder, sums) : sums[0];
}

}  // namespace

Value apply_score(Body& body, const PreludeScore& score, const ApplicationSite& site, Arguments arguments) {
  TrainState& state = *body.elaboration.train;
  const catalogue::Layer& call =
      score.loss != nullptr ? catalogue::call_of(*score.loss) : catalogue::call_of(*score.metric);
  std::optional<BoundLayer> bound = bind_layer(body, call, site, arguments);
  if (!bound || !catalogue::check_ranges(bound->application)) {
    return {Unknown{}};
  }
  catalogue::Application& application = bound->application;
  const catalogue::Score& declared = score.loss != nullptr ? score.loss->score : catalogue::score_of(*score.metric);
  const ScoreCheck check{declared,
                         score.loss,
                         score.metric,
                         application,
                         site.name_span,
                         side_of(state, *bound, 0),
                         side_of(state, *bound, 1)};
  Report& report = body.elaboration.pending;
  if (fits_mended_target(state, check)) {
    return {Unknown{}};
  }
  if (report_swapped(body, state, check) || !check_score_types(state, report, check) || !check_axis(application) ||
      !check_weights(body, application) || (declared.check != nullptr && !declared.check(application)) ||
      !check_score_meaning(state, report, check) || !check_score_labels(state, report, check)) {
    return {Unknown{}};
  }
  if (score.loss != nullptr && check.output.model_value.has_value()) {
    state.scored.emplace_back(check.output.model_value, score.loss);
  }
  if (score.loss != nullptr && check.target.target) {
    state.fitted_targets.insert(*check.target.target);
  }
  Training::Term term;
  term.loss = score.loss;
  term.metric = score.metric;
  lower(body, state, *bound, score, term);
  const graph::NodeId node = term.value;
  term.application = application;
  term.application.report = nullptr;
  if (node.has_value()) {
    state.terms.insert_or_assign(node, std::move(term));
  }
  return {Tensor{node, {application.type().dtype, {}}}};
}

}  // namespace kdlc::check
