// What the lines of `train` leave out: targets that nothing compares, outputs without a loss, losses without weights.
#include <algorithm>

#include <fmt/format.h>

#include "check/influence.hpp"
#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

struct TrainCheck {
  const Training& training;
  const graph::Graph& model;
  Report& report;
  std::optional<Span> optimizer_span = std::nullopt;

  /// Whether each input of the training graph is reached there.
  [[nodiscard]] std::vector<bool> inputs_of(const Reached& reached) const {
    std::vector<bool> is_used;
    for (const graph::InputInfo& input : training.graph.inputs) {
      is_used.push_back(reached[input.node] != 0);
    }
    return is_used;
  }

  /// The values of the model behind inputs of the training graph.
  [[nodiscard]] std::vector<graph::NodeId> model_values(const std::vector<bool>& is_used) const {
    std::vector<graph::NodeId> values;
    for (std::size_t index = 0; index < is_used.size(); ++index) {
      if (is_used[index] && training.sources[index].model_value.has_value()) {
        values.push_back(training.sources[index].model_value);
      }
    }
    return values;
  }

  /// Inputs that any line reads, metrics and formulas beside the losses too.
  [[nodiscard]] std::vector<bool> read_inputs() const {
    std::vector<bool> is_used(training.graph.inputs.size(), false);
    for (const graph::Node& node : training.graph.nodes) {
      for (const graph::NodeId input : node.inputs) {
        const graph::Node& operand = training.graph.node(input);
        if (operand.op == graph::Op::input) {
          is_used[graph::attributes<graph::InputAttributes>(operand).index] = true;
        }
      }
    }
    return is_used;
  }

  [[nodiscard]] bool has_trained_weight(const Reached& reached) const {
    return std::ranges::any_of(model.parameters, [&](const graph::ParameterInfo& parameter) {
      return parameter.trainable && parameter.node.has_value() && reached[parameter.node] != 0;
    });
  }

  void check_targets() const {
    const std::vector<bool> is_used = read_inputs();
    for (std::size_t index = 0; index < is_used.size(); ++index) {
      const std::optional<std::size_t> target = training.sources[index].target;
      if (target && !is_used[index] && training.targets[*target].name.front() != '_') {
        report.add(training.targets[*target].span, diag::UnusedTarget, training.targets[*target].name)
            .help("compare it with an output, delete it, or start its name with `_`");
      }
    }
  }

  /// The application, nearest to the loss, that a gradient does not pass, though the loss depends on it.
  [[nodiscard]] const graph::Record* first_cut(const graph::Graph& graph, const Reached& reached) const {
    for (std::uint32_t index = static_cast<std::uint32_t>(graph.nodes.size()); index-- > 0;) {
      const graph::Node& node = graph.nodes[graph::NodeId{index}];
      if (reached[graph::NodeId{index}] == 0 || node.records.empty()) {
        continue;
      }
      for (std::size_t operand = 0; operand < node.inputs.size(); ++operand) {
        const bool depends = !is_constant(graph, node.inputs[operand]);
        if (depends && (is_stop(graph, node) || !passes_gradient(graph, node, operand))) {
          return &graph.records[node.records.front()];
        }
      }
    }
    return nullptr;
  }
  static bool is_constant(const graph::Graph& graph, graph::NodeId id) {
    return graph.node(id).op == graph::Op::constant;
  }

  /// The nodes of the model that the values reach along paths of that kind, through the formulas of `train` first.
  [[nodiscard]] Reached reach(const std::vector<graph::NodeId>& ends, Path path) const {
    return find_influences(model, model_values(inputs_of(find_influences(training.graph, ends, path))), path);
  }
  static std::vector<graph::NodeId> ends_of(const Training::Result& loss) {
    std::vector<graph::NodeId> ends;
    for (const Training::Term& term : loss.terms) {
      ends.push_back(term.value);
    }
    return ends;
  }

  /// What keeps the loss from every weight that it depends on; nullptr when nothing was found.
  [[nodiscard]] const graph::Record* cut_of(const std::vector<graph::NodeId>& ends) const {
    const Reached in_train = find_influences(training.graph, ends, Path::gradient);
    const graph::Record* cut = first_cut(training.graph, in_train);
    return cut == nullptr ? first_cut(model, find_influences(model, model_values(inputs_of(in_train)), Path::gradient))
                          : cut;
  }

  void check_gradient(const Training::Result& loss) const {
    const std::vector<graph::NodeId> ends = ends_of(loss);
    if (has_trained_weight(reach(ends, Path::gradient))) {
      return;
    }
    Message& message = report.add(loss.span, diag::LossWithoutGradient);
    if (!has_trained_weight(reach(ends, Path::any))) {
      message.help("compare an output of the model that weights have made");
      return;
    }
    const graph::Record* cut = cut_of(ends);
    const bool is_stopped = cut != nullptr && cut->kind == "stop_gradient";
    if (cut != nullptr) {
      message.label(cut->span, fmt::format("no gradient passes `{}`", cut->kind));
    }
    message.help(is_stopped ? "take it out, leave a way around it, or make the line a `metric`"
                            : "give the loss a value from before whole numbers, comparisons and rounding");
  }

  /// K515: every way from a loss to a weight passes a `stop_gradient`. True when it was said.
  [[nodiscard]] bool check_stops(const std::vector<graph::NodeId>& ends) const {
    if (has_trained_weight(reach(ends, Path::gradient)) || !has_trained_weight(reach(ends, Path::smooth))) {
      return false;
    }
    const graph::Record* stop = cut_of(ends);
    if (stop == nullptr || stop->kind != "stop_gradient") {
      return false;
    }
    report.add(stop->span, diag::NoGradient, model.name)
        .at_caret("no gradient passes it")
        .help("take it out, or leave a way around it from a weight to a loss");
    return true;
  }

  /// The first of some weights, and how many they are.
  struct NamedWeights {
    std::string first;
    std::size_t count = 0;

    /// `a`, or `a` and 2 more; empty for none.
    [[nodiscard]] std::string text() const {
      return count == 0   ? ""
             : count == 1 ? fmt::format("`{}`", first)
                          : fmt::format("`{}` and {} more", first, count - 1);
    }
  };

  /// The trainable weights that are reached by the one and not by the other.
  [[nodiscard]] NamedWeights weights_of_one(const Reached& one, const Reached& other) const {
    NamedWeights weights;
    for (const graph::ParameterInfo& parameter : model.parameters) {
      if (parameter.trainable && parameter.node.has_value() && one[parameter.node] != 0 && other[parameter.node] == 0) {
        weights.first = ++weights.count == 1 ? parameter.path : weights.first;
      }
    }
    return weights;
  }

  /// K565: weights that a loss depends on, and that only `stop_gradient` keeps from being trained.
  void lint_cut_weights(const std::vector<graph::NodeId>& ends) const {
    const Reached trained = reach(ends, Path::gradient);
    const Reached smooth = reach(ends, Path::smooth);
    for (const graph::Record& record : model.records) {
      if (record.kind != "stop_gradient" || record.results.empty() || !record.results.front().has_value() ||
          smooth[record.results.front()] == 0) {
        continue;
      }
      const Reached before = find_influences(model, record.inputs, Path::smooth);
      if (const std::string names = weights_of_one(before, trained).text(); !names.empty()) {
        report.add(record.span, diag::CutWeights, names)
            .help("where that is meant, their layers say `trainable: false`");
      }
    }
  }

  /// Lints an output with weights of its own that no loss changes.
  void check_outputs(const Reached& smooth) const {
    for (const graph::OutputInfo& output : model.outputs) {
      if (!output.node.has_value() || output.is_tap) {
        continue;
      }
      const Reached own = find_influences(model, {output.node}, Path::any);
      if (const NamedWeights weights = weights_of_one(own, smooth); weights.count != 0) {
        report.add(output.span, diag::OutputWithoutLoss, output.name)
            .note(fmt::format("{} {} never trained", weights.text(), weights.count == 1 ? "is" : "are"));
      }
    }
  }

  void check_losses() const {
    std::vector<graph::NodeId> ends;
    for (const Training::Result& loss : training.losses) {
      const std::vector<graph::NodeId> own = ends_of(loss);
      ends.insert(ends.end(), own.begin(), own.end());
    }
    const bool is_known = std::ranges::all_of(ends, [](graph::NodeId end) { return end.has_value(); });
    const bool has_weights = std::ranges::any_of(
        model.parameters, [](const graph::ParameterInfo& parameter) { return parameter.trainable; });
    if (!has_weights && !model.parameters.empty() && optimizer_span) {
      report.add(*optimizer_span, diag::NothingToTrain, model.name)
          .label(model.parameters.front().span, "`trainable: false`");
    }
    if (!is_known || !has_weights) {
      return;  // without code nothing shows what is read; a model without weights is only evaluated
    }
    if (check_stops(ends)) {
      return;
    }
    const std::size_t errors = report.error_count();
    for (const Training::Result& loss : training.losses) {
      check_gradient(loss);
    }
    if (report.error_count() == errors) {
      check_outputs(reach(ends, Path::smooth));
      lint_cut_weights(ends);
    }
  }
};

}  // namespace

void check_train(Elaboration& elaboration) {
  const TrainState& state = *elaboration.train;
  if (!state.training.is_complete) {
    return;  // without code nothing shows what is read
  }
  const TrainCheck check{state.training, *state.model, elaboration.pending, state.optimizer_span};
  check.check_targets();
  check.check_losses();
}

}  // namespace kdlc::check
