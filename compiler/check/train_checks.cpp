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
  [[nodiscard]] const graph::Record* first_cut(const graph::Graph& graph, const Reached& smooth) const {
    for (std::uint32_t index = static_cast<std::uint32_t>(graph.nodes.size()); index-- > 0;) {
      const graph::Node& node = graph.nodes[graph::NodeId{index}];
      if (smooth[graph::NodeId{index}] == 0 || node.records.empty()) {
        continue;
      }
      for (std::size_t operand = 0; operand < node.inputs.size(); ++operand) {
        const bool depends = !is_constant(graph, node.inputs[operand]);
        if (depends && !passes_gradient(graph, node, operand)) {
          return &graph.records[node.records.front()];
        }
      }
    }
    return nullptr;
  }
  static bool is_constant(const graph::Graph& graph, graph::NodeId id) {
    return graph.node(id).op == graph::Op::constant;
  }

  void check_gradient(const Training::Result& loss) const {
    std::vector<graph::NodeId> ends;
    for (const Training::Term& term : loss.terms) {
      ends.push_back(term.value);
    }
    const Reached smooth = find_influences(training.graph, ends, Path::gradient);
    const std::vector<graph::NodeId> smooth_values = model_values(inputs_of(smooth));
    const Reached smooth_model = find_influences(model, smooth_values, Path::gradient);
    if (has_trained_weight(smooth_model)) {
      return;
    }
    const std::vector<graph::NodeId> values = model_values(inputs_of(find_influences(training.graph, ends, Path::any)));
    const bool depends = has_trained_weight(find_influences(model, values, Path::any));
    Message& message = report.add(loss.span, diag::LossWithoutGradient);
    if (!depends) {
      message.help("compare an output of the model that weights have made");
      return;
    }
    const graph::Record* cut = first_cut(training.graph, smooth);
    cut = cut == nullptr ? first_cut(model, smooth_model) : cut;
    if (cut != nullptr) {
      message.label(cut->span, fmt::format("no gradient passes `{}`", cut->kind));
    }
    message.help("give the loss a value from before whole numbers, comparisons and rounding");
  }

  /// Lints an output with weights of its own that no loss changes.
  void check_outputs(const Reached& smooth_model) const {
    for (const graph::OutputInfo& output : model.outputs) {
      if (!output.node.has_value() || output.is_tap) {
        continue;
      }
      const Reached own = find_influences(model, {output.node}, Path::any);
      std::size_t count = 0;
      std::string first;
      for (const graph::ParameterInfo& parameter : model.parameters) {
        if (parameter.trainable && parameter.node.has_value() && own[parameter.node] != 0 &&
            smooth_model[parameter.node] == 0) {
          first = ++count == 1 ? parameter.path : first;
        }
      }
      if (count != 0) {
        report.add(output.span, diag::OutputWithoutLoss, output.name)
            .note(count == 1 ? fmt::format("`{}` is never trained", first)
                             : fmt::format("`{}` and {} more are never trained", first, count - 1));
      }
    }
  }

  void check_losses() const {
    std::vector<graph::NodeId> ends;
    for (const Training::Result& loss : training.losses) {
      for (const Training::Term& term : loss.terms) {
        ends.push_back(term.value);
      }
    }
    const bool is_known = std::ranges::all_of(ends, [](graph::NodeId end) { return end.has_value(); });
    const bool has_weights = std::ranges::any_of(
        model.parameters, [](const graph::ParameterInfo& parameter) { return parameter.trainable; });
    if (!is_known || !has_weights) {
      return;  // without code nothing shows what is read; a model without weights is only evaluated
    }
    const std::size_t errors = report.error_count();
    for (const Training::Result& loss : training.losses) {
      check_gradient(loss);
    }
    if (report.error_count() == errors) {
      const Reached smooth = find_influences(training.graph, ends, Path::gradient);
      check_outputs(find_influences(model, model_values(inputs_of(smooth)), Path::gradient));
    }
  }
};

}  // namespace

void check_train(Elaboration& elaboration) {
  const TrainState& state = *elaboration.train;
  if (!state.training.is_complete) {
    return;  // without code nothing shows what is read
  }
  const TrainCheck check{state.training, *state.model, elaboration.pending};
  check.check_targets();
  check.check_losses();
}

}  // namespace kdlc::check
