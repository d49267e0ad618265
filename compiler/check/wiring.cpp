// How the applications of a graph are wired, and what is odd about outputs and activations.
#include "check/meaning.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "check/heads.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using graph::NodeId;

std::string text_of(const graph::Record& record) {
  return record.path.empty() ? record.kind : record.path;
}

/// An activation that stands for itself, `-> softmax`, and not inside a layer.
bool is_bare_activation(const graph::Record& record) {
  return record.activation == record.kind && !record.activation.empty();
}

bool is_softmax(const graph::Record& record) {
  const catalogue::Activation* activation = catalogue::find_activation(record.activation);
  return activation != nullptr && activation->gives == catalogue::ValueRange::distribution;
}

NodeId only_result(const graph::Record& record) {
  return record.results.size() == 1 ? record.results.front() : NodeId{};
}

bool is_output(const graph::Graph& graph, NodeId value) {
  return std::ranges::any_of(graph.outputs, [&](const graph::OutputInfo& output) {
    return !output.is_tap && output.node.has_value() && without_reshapes(graph, output.node) == value;
  });
}

/// K564 where probabilities stand for scores: `sigmoid(sigmoid(x))` anywhere, others where they are the answer.
void warn_of_squashed_twice(const graph::Graph& graph, const graph::Record& reader, const graph::Record& maker,
                            Report& report) {
  const catalogue::Activation* inner = catalogue::find_activation(maker.activation);
  const bool is_squashed = inner != nullptr && (inner->gives == catalogue::ValueRange::unit ||
                                                inner->gives == catalogue::ValueRange::distribution);
  const bool is_sigmoid = reader.kind == "sigmoid";
  if (is_squashed && (is_sigmoid || reader.kind == "tanh" || reader.kind == "softmax") &&
      ((is_sigmoid && maker.activation == "sigmoid") || is_output(graph, only_result(reader)))) {
    warn_of_bounds(report, reader, {.name = text_of(maker), .span = maker.span, .lowest = 0});
  }
}

void warn_of_last_activations(const graph::Graph& graph, const graph::Record& reader, const graph::Record& maker,
                              Report& report) {
  const NodeId scores = only_result(maker);
  const bool compares = is_softmax(reader) || (reader.kind == "sigmoid" && is_output(graph, only_result(reader)));
  if (compares && scores.has_value() && cuts_off_negatives(graph, scores)) {
    report.add(maker.span, diag::ClippedScores, text_of(reader), text_of(maker))
        .at_caret("leaves no negative score")
        .label(reader.span, fmt::format("the {}", reader.kind));
    return;
  }
  warn_of_squashed_twice(graph, reader, maker, report);
}

/// K563: a model that nobody trains here, with one unit that is cut off below 0.
void lint_cut_off_output(const Wiring& wiring, const graph::Record& record, Report& report) {
  const graph::Graph& graph = wiring.graph();
  const NodeId result = only_result(record);
  if (!result.has_value() || !cuts_off_negatives(graph, result) || !is_output(graph, result) ||
      !(record.result_types.front().shape.axes.back() == Dim(1))) {
    return;
  }
  const graph::RecordId before = record.inputs.empty() ? graph::RecordId{} : wiring.maker_of(record.inputs.front());
  const bool has_unit = !record.parameters.empty() ||
                        (is_bare_activation(record) && before.has_value() && !wiring.record(before).parameters.empty());
  if (has_unit) {
    report.add(record.span, diag::CutOffOutput, text_of(record), record.activation);
  }
}

/// `dense(1) -> softmax`: a choice between the units of a layer that has one.
bool is_choice_of_one(const graph::Record& maker, const graph::Record& softmax) {
  const std::vector<Dim>& axes = softmax.result_types.front().shape.axes;
  return !maker.parameters.empty() && axes.back() == Dim(1) && (softmax.details.empty() || axes.size() == 2);
}

void warn_of_softmax_result(const graph::Record& softmax, const graph::Record& reader, Report& report) {
  if (is_bare_activation(reader) && is_softmax(reader)) {
    const bool is_same_axis = reader.details == (is_bare_activation(softmax) ? softmax.details : "");
    if (!is_same_axis) {
      return;  // first over rows, then over columns: a matching of both
    }
    report.add(reader.span, diag::DoubleSoftmax, text_of(reader), text_of(softmax))
        .label(softmax.span, "the first softmax")
        .help("leave one of the two out: the softmax of probabilities is nearly uniform");
  } else if (!reader.parameters.empty()) {
    report.add(softmax.span, diag::SoftmaxInside, text_of(reader), text_of(softmax))
        .at_caret("softmax inside the network")
        .label(reader.span, "reads it");
  }
}

}  // namespace

Wiring::Wiring(const graph::Graph& graph) : graph_(graph) {
  for (std::uint32_t index = 0; index < graph.records.size(); ++index) {
    const graph::RecordId id{index};
    const graph::Record& record = graph.records[id];
    for (const graph::NodeId result : record.results) {
      // An identity (dropout) makes nothing; what stands inside a block comes after it and is closer to the value.
      if (result.has_value() && std::ranges::find(record.inputs, result) == record.inputs.end()) {
        makers_[result] = id;
      }
    }
    if (catalogue::find_layer(record.kind) == nullptr) {
      continue;  // a block: what stands inside it reads the value
    }
    for (const graph::NodeId input : record.inputs) {
      if (input.has_value()) {
        readers_[input].push_back(id);
      }
    }
  }
}

graph::RecordId Wiring::maker_of(graph::NodeId node) const {
  const auto found = makers_.find(node);
  return found == makers_.end() ? graph::RecordId{} : found->second;
}

std::span<const graph::RecordId> Wiring::readers_of(graph::NodeId node) const {
  const auto found = readers_.find(node);
  return found == readers_.end() ? std::span<const graph::RecordId>() : std::span(found->second);
}

void warn_of_outputs(const graph::Graph& graph, const syntax::ModelDecl& model, Report& report) {
  std::map<std::string, Span> first_of;  // by the name of the value in the source
  for (const syntax::Decl& declaration : model.body.declarations) {
    const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node);
    if (output == nullptr) {
      continue;
    }
    const auto* named = output->value == nullptr ? nullptr : std::get_if<syntax::NameRef>(&output->value->node);
    const std::string& value = named == nullptr ? output->name.text : named->name;
    const auto [first, is_new] = first_of.emplace(value, output->name.span);
    const auto input = std::ranges::find(graph.inputs, value, &graph::InputInfo::name);
    if (!is_new) {
      report.add(declaration.span, diag::OutputTwice, output->name.text, value).label(first->second, "the same value");
    } else if (input != graph.inputs.end()) {
      report.add(declaration.span, diag::OutputIsInput, output->name.text, value)
          .label(input->span, "passed on unchanged");
    }
  }
}

bool cuts_off_negatives(const graph::Graph& graph, NodeId value) {
  const graph::Node& node = graph.node(value);
  if (node.op != graph::Op::map || !is_float(node.type.dtype)) {
    return false;
  }
  std::vector<double> operands;
  std::size_t varying = node.inputs.size();
  for (std::size_t place = 0; place < node.inputs.size(); ++place) {
    const graph::Node& operand = graph.node(node.inputs[place]);
    const bool is_number = operand.op == graph::Op::constant && operand.type.shape.axis_count() == 0;
    if (!is_number && varying != node.inputs.size()) {
      return false;
    }
    varying = is_number ? varying : place;
    operands.push_back(is_number ? graph::attributes<graph::ConstantAttributes>(operand).data.at(0) : 0);
  }
  if (varying == node.inputs.size()) {
    return false;
  }
  const auto& expression = graph::attributes<graph::MapAttributes>(node).expression;
  const auto value_at = [&](double x) {
    operands[varying] = x;
    return graph::evaluate_element(expression, operands);
  };
  return value_at(-1) == 0 && value_at(-100) == 0 && value_at(1) == 1;
}

void warn_of_activations(const Wiring& wiring, Report& report) {
  for (const graph::Record& record : wiring.graph().records) {
    for (const graph::NodeId input : record.inputs) {
      const graph::RecordId maker_id = input.has_value() ? wiring.maker_of(input) : graph::RecordId{};
      if (!maker_id.has_value() || catalogue::find_layer(record.kind) == nullptr) {
        continue;
      }
      const graph::Record& maker = wiring.record(maker_id);
      const bool is_bare_softmax = is_bare_activation(record) && is_softmax(record);
      if (is_bare_softmax && is_choice_of_one(maker, record)) {
        report.add(record.span, diag::SoftmaxOfOne, record.kind, record.kind.starts_with("log") ? "0" : "1")
            .label(maker.span, "one unit")
            .help("one yes-or-no answer: did you mean `sigmoid`?", {record.span, "sigmoid"});
      } else if (is_softmax(maker) && !(is_bare_activation(record) && !is_bare_softmax)) {
        warn_of_softmax_result(maker, record, report);
      } else if (is_bare_activation(record)) {
        warn_of_last_activations(wiring.graph(), record, maker, report);
      }
    }
  }
}

void lint_cut_off_outputs(const Wiring& wiring, Report& report) {
  for (const graph::Record& record : wiring.graph().records) {
    if (!record.activation.empty() && !record.result_types.empty()) {
      lint_cut_off_output(wiring, record, report);
    }
  }
}

namespace {

/// The applications of blocks around the first record of that place, the innermost first.
void label_blocks_around(const graph::Graph& graph, Message& message) {
  constexpr std::size_t kMostLabels = 3;
  const auto made = std::ranges::find(graph.records, message.span, &graph::Record::span);
  graph::RecordId around = made == graph.records.end() ? graph::RecordId{} : made->parent;
  for (std::size_t labels = 0; labels < kMostLabels && around.has_value(); ++labels) {
    message.label(graph.records[around].span, fmt::format("in `{}`, applied here", graph.records[around].kind));
    around = graph.records[around].parent;
  }
}

/// The lines of a block are met at each application: its messages are told once.
void tell_once(const graph::Graph& graph, const Report& found, Report& report) {
  std::vector<std::pair<Message, std::size_t>> told;  // with how often it would have come again
  for (const Message& message : found.messages()) {
    const auto same = std::ranges::find_if(
        told, [&](const auto& entry) { return entry.first.kind == message.kind && entry.first.span == message.span; });
    if (same == told.end()) {
      told.emplace_back(message, 0);
    } else {
      ++same->second;
    }
  }
  for (auto& [message, repeats] : told) {
    label_blocks_around(graph, message);
    if (repeats > 0) {
      message.note(fmt::format("the same in {} further application{}", repeats, repeats == 1 ? "" : "s"));
    }
    report.append(std::move(message));
  }
}

}  // namespace

void warn_of_meaning(Elaboration& elaboration, const syntax::ModelDecl& model) {
  const Wiring wiring(elaboration.graph);
  Report report;
  warn_of_outputs(elaboration.graph, model, report);
  warn_of_activations(wiring, report);
  warn_of_weights(wiring, report);
  warn_of_images(wiring, report);
  warn_of_sums(wiring, report);
  if (!elaboration.training) {
    lint_cut_off_outputs(wiring, report);
  } else if (!elaboration.weights) {
    warn_of_gradients(elaboration.graph, report);
  }
  tell_once(elaboration.graph, report, elaboration.pending);
}

}  // namespace kdlc::check
