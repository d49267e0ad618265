// Applies layers of the catalogue: bind, infer, make the weights, lower.
#include <algorithm>

#include <fmt/format.h>

#include "check/argument_mistakes.hpp"
#include "check/arguments.hpp"
#include "check/elaboration.hpp"
#include "check/settings.hpp"
#include "check/shape_chains.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

Value value_of_results(std::vector<Tensor> results) {
  if (results.size() == 1) {
    return {std::move(results.front())};
  }
  Tuple tuple;
  for (Tensor& result : results) {
    tuple.items.push_back({std::move(result)});
  }
  return {std::move(tuple)};
}

/// A weights file is looked up by name, so a layer that takes its name from its place deserves a word.
void note_unnamed(Body& body, const ApplicationSite& site, const catalogue::Application& application) {
  const Elaboration& elaboration = body.elaboration;
  const bool has_file = elaboration.weights && !elaboration.weights->random_seed;
  if (site.as == nullptr && has_file && !body.naming.is_whole_name) {
    body.elaboration.pending
        .add(site.span, diag::UnnamedWeights, std::string(application.layer->name), application.path)
        .help(fmt::format("name it: `{} as …`", application.layer->name));
  }
}

/// The nodes of the layer's weights; nullopt after K220 or K331.
std::optional<std::vector<graph::NodeId>> make_weights(Body& body, const catalogue::Application& application,
                                                       const catalogue::Inferred& inferred, RecordScope& scope) {
  std::vector<graph::NodeId> nodes;
  bool all_made = true;
  for (const catalogue::WeightSpec& spec : inferred.weights) {
    WeightRequest request{fmt::format("{}.{}", application.path, spec.name),
                          application.text,
                          spec.type,
                          spec.initializer,
                          spec.trainable,
                          spec.non_negative,
                          application.span};
    const std::optional<std::uint32_t> index = request_weight(body, std::move(request), scope.id());
    if (!index) {
      all_made = false;
      continue;
    }
    scope.record().parameters.push_back(*index);
    nodes.push_back(body.elaboration.builder->graph().parameters[*index].node);
  }
  return all_made ? std::optional(nodes) : std::nullopt;
}

std::vector<Tensor> lower(Body& body, const BoundLayer& bound, const catalogue::Inferred& inferred,
                          std::vector<graph::NodeId> weights) {
  std::vector<Tensor> results;
  for (const TensorType& type : inferred.results) {
    results.push_back({{}, type});
  }
  const catalogue::Layer& layer = *bound.application.layer;
  if (layer.lower == nullptr) {
    body.elaboration.is_complete = false;
    if (body.elaboration.options.code_needed != CodeNeeded::nothing) {
      body.elaboration.pending.add(bound.application.span, diag::NotCompiledYet, fmt::format("`{}`", layer.name));
    }
    return results;
  }
  if (bound.has_unknown_function) {
    body.elaboration.is_complete = false;
    return results;
  }
  for (const graph::NodeId node : bound.nodes) {
    if (!node.has_value()) {
      return results;
    }
  }
  catalogue::Lowering lowering{bound.application, *body.elaboration.builder, bound.nodes, std::move(weights), inferred};
  const std::vector<graph::NodeId> nodes = layer.lower(lowering);
  KDLC_ASSERT(nodes.size() == results.size(), "lowering gives as many results as inference");
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    KDLC_ASSERT(body.elaboration.builder->type(nodes[index]) == results[index].type,
                "lowering gives the inferred types");
    results[index].node = nodes[index];
  }
  return results;
}

/// The activation whose range the result of a recurrent layer keeps: gates of 0 to 1 bring it nearer to 0. Empty where
/// both directions are added, or gates are none.
std::string activation_of_recurrent(const catalogue::Application& application) {
  using catalogue::ValueRange;
  const auto named = [&](std::string_view setting) {
    const catalogue::FunctionValue* given = application.function(setting);
    return catalogue::find_activation(given == nullptr ? application.word(setting) : given->name);
  };
  const auto& settings = application.layer->settings;
  const bool has_gates =
      std::ranges::find(settings, "recurrent_activation", &catalogue::Setting::name) != settings.end();
  const catalogue::Activation* gate = has_gates ? named("recurrent_activation") : nullptr;
  const catalogue::Activation* activation = named("activation");
  const bool is_sum = application.word("direction") == "both" && application.word("merge") == "sum";
  const bool is_bounded =
      activation != nullptr && (activation->gives == ValueRange::signed_unit || activation->gives == ValueRange::unit);
  if (is_sum || !is_bounded || (has_gates && (gate == nullptr || gate->gives != ValueRange::unit))) {
    return "";
  }
  return std::string(activation->name);
}

/// The activation that makes the results of an application; empty where none of the catalogue does.
std::string activation_of(const catalogue::Application& application) {
  const catalogue::Layer& layer = *application.layer;
  if (catalogue::find_activation(layer.name) != nullptr) {
    return std::string(layer.name);
  }
  const auto has = [&](std::string_view name) {
    return std::ranges::find(layer.settings, name, &catalogue::Setting::name) != layer.settings.end();
  };
  if (has("sequences")) {
    return activation_of_recurrent(application);
  }
  if (!has("activation")) {
    return "";
  }
  const catalogue::FunctionValue* function = application.function("activation");
  return function == nullptr ? "linear" : function->name;
}

}  // namespace

Value apply_layer(Body& body, const catalogue::Layer& layer, const ApplicationSite& site, Arguments arguments) {
  std::optional<BoundLayer> bound = bind_layer(body, layer, site, arguments);
  if (!bound) {
    return {Unknown{}};
  }
  catalogue::Application& application = bound->application;
  warn_of_swapped_roles(application, arguments, body.elaboration.pending);
  application.path = application_path(body, std::string(layer.name), site.as);
  if (!catalogue::check_ranges(application)) {
    return {Unknown{}};
  }
  const std::size_t said = body.elaboration.pending.size();
  const std::optional<catalogue::Inferred> inferred = layer.infer(application);
  if (!inferred) {
    tell_axes_alone(body.elaboration.pending, said, application);
    note_chains(body.elaboration, said, bound->nodes);
    return {Unknown{}};
  }
  graph::Record record;
  record.path = application.path;
  record.kind = std::string(layer.name);
  record.span = site.span;
  record.inputs = bound->nodes;
  record.details = inferred->details;
  record.activation = bound->has_unknown_function ? "" : activation_of(application);
  RecordScope scope(body, std::move(record));
  if (!inferred->weights.empty() && body.elaboration.train != nullptr) {
    body.elaboration.pending.add(site.span, diag::TrainWeights, site.name)
        .help("apply it in the model, and give the loss its value");
    return {Unknown{}};
  }
  if (const syntax::FnDecl* formula = body.elaboration.formula; formula != nullptr && !inferred->weights.empty()) {
    body.elaboration.pending.add(site.span, diag::FormulaWeights, site.name, formula->name.text)
        .label(formula->name.span, "a formula")
        .help("what has weights is a block: `block name(x) { return … }`");
    return {Unknown{}};
  }
  std::optional<std::vector<graph::NodeId>> weights = make_weights(body, application, *inferred, scope);
  if (!weights) {
    return {Unknown{}};
  }
  if (!weights->empty()) {
    note_unnamed(body, site, application);
  }
  const std::size_t first_node = body.elaboration.builder->graph().nodes.size();
  std::vector<Tensor> results = lower(body, *bound, *inferred, std::move(*weights));
  check_lookups(body, first_node, site, layer.name);
  scope.finish(results);
  return value_of_results(std::move(results));
}

}  // namespace kdlc::check
