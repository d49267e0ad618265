// Names of weights (language, 2.6), and the weights that `layer`s share.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

void append_segment(std::string& path, std::string_view segment) {
  if (segment.empty()) {
    return;
  }
  path += path.empty() ? "" : ".";
  path += segment;
}

void report_clash(Elaboration& elaboration, const WeightRequest& request, const graph::ParameterInfo& first) {
  // One message for a layer, though its bias clashes as well as its kernel.
  for (const Message& message : elaboration.pending.messages()) {
    if (message.kind == &diag::WeightNameTwice && message.span == request.span) {
      return;
    }
  }
  elaboration.pending.add(request.span, diag::WeightNameTwice, request.path)
      .at_caret("needs a name of its own")
      .label(first.span, fmt::format("`{}` is made here", first.path))
      .help("give one of them another name with `as`, or declare a `layer` to use one set of weights twice");
}

void report_other_sizes(Elaboration& elaboration, const WeightRequest& request, const graph::ParameterInfo& first,
                        const SharedLayerState& layer) {
  elaboration.pending
      .add(layer.application, diag::SharedSizes, request.owner, request.path, request.type.to_text(),
           first.type.to_text())
      .label(request.span, "shared by its applications")
      .label(layer.first_application, "the first application fixed the sizes")
      .help("bring both inputs to one size, or use two layers");
}

}  // namespace

std::string application_path(Body& body, const std::string& kind, const syntax::Name* as) {
  Naming& naming = body.naming;
  std::string path = naming.scope;
  if (naming.is_whole_name) {
    // The only stage of a `layer` is the layer itself.
  } else if (as != nullptr) {
    append_segment(path, as->text);
  } else {
    append_segment(path, naming.bound_name);
    const int count = ++naming.kind_counts[kind];
    append_segment(path, count == 1 ? kind : fmt::format("{}{}", kind, count));
  }
  for (const std::int64_t turn : naming.turns) {
    append_segment(path, fmt::format("{}", turn));
  }
  return path;
}

std::optional<std::uint32_t> request_weight(Body& body, WeightRequest request, graph::RecordId record) {
  Elaboration& elaboration = body.elaboration;
  if (elaboration.train != nullptr) {
    elaboration.pending.add(request.span, diag::TrainWeights, request.owner)
        .help("apply it in the model, and give the loss its value");
    return std::nullopt;
  }
  graph::Graph& graph = elaboration.builder->graph();
  // A `layer` may lie inside another one: the outermost that has made this weight already decides.
  for (const SharedLayerState* layer = elaboration.sharing; layer != nullptr; layer = layer->around) {
    const auto shared = layer->parameters.find(request.path);
    if (!layer->is_applied || shared == layer->parameters.end()) {
      continue;
    }
    const graph::ParameterInfo& first = graph.parameters[shared->second];
    if (first.type == request.type) {
      return shared->second;
    }
    report_other_sizes(elaboration, request, first, *layer);
    return std::nullopt;
  }
  const auto [place, is_new] =
      elaboration.parameter_by_path.try_emplace(request.path, static_cast<std::uint32_t>(graph.parameters.size()));
  if (!is_new) {
    report_clash(elaboration, request, graph.parameters[place->second]);
    return std::nullopt;
  }
  for (SharedLayerState* layer = elaboration.sharing; layer != nullptr; layer = layer->around) {
    layer->parameters.emplace(request.path, place->second);
  }
  graph::ParameterInfo info;
  info.path = std::move(request.path);
  info.type = std::move(request.type);
  info.span = request.span;
  info.record = record;
  info.initializer = std::move(request.initializer);
  info.trainable = request.trainable;
  info.non_negative = request.non_negative;
  elaboration.builder->parameter(std::move(info));
  return place->second;
}

}  // namespace kdlc::check
