// Recurrent layers: their settings, weights and types.
#include "catalogue/recurrent.hpp"

#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

constexpr std::array<std::string_view, 2> kOwnAxes = {"steps", "features"};

/// Names of the weights of one direction; a layer of one direction has no prefix.
struct DirectionNames {
  std::string_view kernel;
  std::string_view recurrent_kernel;
  std::string_view bias;
};
constexpr DirectionNames kPlain = {"kernel", "recurrent_kernel", "bias"};
constexpr DirectionNames kForward = {"forward.kernel", "forward.recurrent_kernel", "forward.bias"};
constexpr DirectionNames kBackward = {"backward.kernel", "backward.recurrent_kernel", "backward.bias"};

/// The type of a state: the axes of the samples, then the units.
TensorType state_type(const Application& application) {
  const TensorType& x = application.type();
  TensorType state{.dtype = x.dtype, .shape = {{x.shape.axes.begin(), x.shape.axes.end() - 2}}};
  state.shape.axes.emplace_back(application.integer("units"));
  return state;
}

bool reads_both_ways(const Application& application) {
  return application.word("direction") == "both";
}

/// Gates and states keep their type, whatever is applied to them.
bool functions_fit(const Application& application, const RecurrentKind& kind) {
  bool fit = true;
  const TensorType state = state_type(application);
  for (const std::string_view setting : {"activation", "recurrent_activation"}) {
    if (setting == "recurrent_activation" && kind.gate_count == 1) {
      continue;
    }
    const BoundSetting& bound = application.setting(setting);
    const FunctionValue function = recurrent_function(application, setting);
    const auto result = function.infer(state, bound.span, *application.report);
    if (result && !(*result == state)) {
      application.report->add(bound.span, diag::SettingRange, function.name, std::string(setting), application.text,
                              fmt::format("a function that keeps the type {}", state.to_text()));
    }
    fit = fit && result == state;
  }
  return fit;
}

/// One tensor for each state, of its type.
bool initial_fits(const Application& application, const RecurrentKind& kind) {
  const std::span<const BoundInput> initial = application.inputs_of("initial");
  if (initial.empty()) {
    return true;
  }
  const bool both = reads_both_ways(application);
  std::string names;
  for (const std::string_view direction :
       both ? std::vector<std::string_view>{"forward ", "backward "} : std::vector<std::string_view>{""}) {
    for (const std::string_view name : kind.states) {
      names += fmt::format("{}{}{}", names.empty() ? "" : ", ", direction, name);
    }
  }
  const std::size_t wanted = kind.states.size() * (both ? 2 : 1);
  const auto counted = [](std::size_t count) { return fmt::format("{} state{}", count, count == 1 ? "" : "s"); };
  if (initial.size() != wanted) {
    application.report
        ->add(initial[0].span, diag::ResultCount, "`initial`", counted(initial.size()),
              fmt::format("`{}` has {}: {}", application.layer->name, counted(wanted), names))
        .label(application.span, fmt::format("starts from {}", names));
    return false;
  }
  const TensorType state = state_type(application);
  bool fit = true;
  for (const BoundInput& value : initial) {
    if (value.type == state) {
      continue;
    }
    application.report
        ->add(value.span, diag::BroadcastMismatch, value.text, value.type.to_text(), application.text, state.to_text(),
              "initial")
        .label(application.span, fmt::format("a state of it is {}", state.to_text()));
    fit = false;
  }
  return fit;
}

/// States that are kept between calls have one size for all calls, and a call that begins with them has no other ones.
bool stateful_fits(const Application& application) {
  if (!application.boolean("stateful")) {
    return true;
  }
  if (const auto initial = application.inputs_of("initial"); !initial.empty()) {
    application.report
        ->add(application.setting("stateful").span, diag::SettingRange, "`true`", "stateful", application.text,
              "`false` beside `initial`")
        .label(initial[0].span, "says where every call begins");
    return false;
  }
  const Shape& x = application.type().shape;
  for (std::size_t axis = 0; axis + 2 < x.axis_count(); ++axis) {
    if (!x.axes[axis].is_batch() && !static_size(application, axis, "states")) {
      return false;
    }
  }
  return true;
}

bool mask_fits(const Application& application) {
  const std::span<const BoundInput> mask = application.inputs_of("mask");
  if (mask.empty()) {
    return true;
  }
  const BoundInput& bound = mask[0];
  if (bound.type.dtype != DType::boolean) {
    application.report
        ->add(bound.span, diag::ElementType, fmt::format("`{}` ({})", bound.text, name_of(bound.type.dtype)),
              std::string(application.layer->name), "a mask of bool, true where a step counts")
        .help("compare it: `x != 0`");
    return false;
  }
  Shape steps = application.type().shape;
  steps.axes.pop_back();
  if (bound.type.shape == steps) {
    return true;
  }
  application.report
      ->add(application.span, diag::BroadcastMismatch, bound.text, bound.type.shape.to_text(),
            application.inputs[0].text, application.type().shape.to_text(), "mask")
      .label(bound.span, fmt::format("expected {}", steps.to_text()))
      .label(application.inputs[0].span, application.type().shape.to_text());
  return false;
}

void add_weights(const Application& application, const RecurrentKind& kind, const DirectionNames& names,
                 std::int64_t features, std::vector<WeightSpec>& weights) {
  const DType dtype = application.type().dtype;
  const bool trainable = application.boolean("trainable");
  const std::int64_t units = application.integer("units");
  const Dim gates = Dim(units) * kind.gate_count;
  weights.push_back({.name = names.kernel,
                     .type = {.dtype = dtype, .shape = {{features, gates}}},
                     .initializer = initializer_of(application, "init", "glorot_uniform"),
                     .trainable = trainable});
  weights.push_back({.name = names.recurrent_kernel,
                     .type = {.dtype = dtype, .shape = {{units, gates}}},
                     .initializer = initializer_of(application, "recurrent_init", "orthogonal"),
                     .trainable = trainable});
  if (application.boolean("bias")) {
    const bool two_rows = kind.has_reset_after && application.boolean("reset_after");
    weights.push_back({.name = names.bias,
                       .type = {.dtype = dtype, .shape = two_rows ? Shape{{2, gates}} : Shape{{gates}}},
                       .initializer = initializer_of(application, "bias_init", "zeros"),
                       .trainable = trainable});
  }
}

}  // namespace

std::optional<Inferred> infer_recurrent(const Application& application, const RecurrentKind& kind) {
  const bool holds_floats = require_floats(application);
  if (!require_axes(application, kOwnAxes) || !holds_floats || !mask_fits(application)) {
    return std::nullopt;
  }
  const bool functions = functions_fit(application, kind);
  if (!initial_fits(application, kind) || !stateful_fits(application) || !functions) {
    return std::nullopt;
  }
  const Shape& x = application.type().shape;
  const auto features = static_size(application, x.axis_count() - 1, "kernel");
  if (!features) {
    return std::nullopt;
  }
  const std::int64_t units = application.integer("units");
  const bool both = reads_both_ways(application);
  Inferred inferred;
  if (both) {
    add_weights(application, kind, kForward, *features, inferred.weights);
    add_weights(application, kind, kBackward, *features, inferred.weights);
  } else {
    add_weights(application, kind, kPlain, *features, inferred.weights);
  }
  const TensorType state = state_type(application);
  TensorType result = state;
  result.shape.axes.back() = both && application.word("merge") == "concat" ? Dim(units) * 2 : Dim(units);
  if (application.boolean("sequences")) {
    result.shape.axes.insert(result.shape.axes.end() - 1, x.axes[x.axis_count() - 2]);
  }
  inferred.results.push_back(result);
  if (application.boolean("states")) {
    inferred.results.insert(inferred.results.end(), kind.states.size() * (both ? 2 : 1), state);
  }
  inferred.details = given_settings_text(application);
  return inferred;
}

FunctionValue recurrent_function(const Application& application, std::string_view setting) {
  if (const FunctionValue* given = application.function(setting)) {
    return *given;
  }
  // The word that the setting is declared with.
  const Activation* activation = find_activation(application.word(setting));
  KDLC_ASSERT(activation != nullptr, "a default activation is one of the catalogue");
  return bind_activation(*activation, {});
}

std::vector<InputSpec> recurrent_inputs() {
  return {{.name = "x", .doc = "[N, steps, features]"},
          {.name = "mask", .arity = Arity::optional, .doc = "bool [N, steps], true where a step counts"},
          {.name = "initial",
           .arity = Arity::several,
           .doc = "the states before the first step: `(h, c)` for lstm, `h` for gru and rnn; of the forward direction, "
                  "then of the backward one"}};
}

std::vector<Setting> recurrent_settings(const RecurrentKind& kind) {
  const auto flag = [](std::string_view name, bool value, std::string_view doc) {
    return Setting{.name = name, .kind = SettingKind::boolean, .default_value = boolean_value(value), .doc = doc};
  };
  const auto filling = [](std::string_view name, std::string_view value, std::string_view doc) {
    return Setting{.name = name, .kind = SettingKind::initializer, .default_value = word_value(value), .doc = doc};
  };
  std::vector<Setting> settings = {
      {.name = "units", .range = size_range(), .doc = "the number of numbers in the state"},
      {.name = "activation",
       .kind = SettingKind::function,
       .default_value = word_value("tanh"),
       .doc = "applied to what enters the state"}};
  if (kind.gate_count > 1) {
    settings.push_back({.name = "recurrent_activation",
                        .kind = SettingKind::function,
                        .default_value = word_value("sigmoid"),
                        .doc = "applied to the gates"});
  }
  settings.push_back(bias_setting());
  settings.push_back(flag("sequences", false, "whether the result has every step, not only the last"));
  settings.push_back(flag("states", false, "whether the last states follow as further results"));
  settings.push_back({.name = "direction",
                      .kind = SettingKind::word,
                      .default_value = word_value("forward"),
                      .words = {"forward", "backward", "both"},
                      .doc = "in which order the steps are read; `both` has weights for each"});
  settings.push_back({.name = "merge",
                      .kind = SettingKind::word,
                      .default_value = word_value("concat"),
                      .words = {"concat", "sum", "mul", "ave"},
                      .doc = "how the results of both directions are joined"});
  if (kind.has_reset_after) {
    settings.push_back(flag("reset_after", true, "whether the reset gate acts behind the recurrent product"));
  }
  settings.push_back(flag("stateful", false,
                          "whether the next call goes on from the last states, each sample being a stream of its own"));
  for (const auto& [name, doc] : {std::pair{"dropout", "the part of the inputs that training leaves out"},
                                  std::pair{"recurrent_dropout", "the part of the states that training leaves out"}}) {
    settings.push_back({.name = name,
                        .kind = SettingKind::number,
                        .default_value = number_value(0),
                        .range = rate_range(),
                        .doc = doc});
  }
  settings.push_back(filling("recurrent_init", "orthogonal", "how a fresh recurrent kernel is filled"));
  return with_weight_settings(std::move(settings), WeightSettings::kernel_and_bias);
}

std::vector<ForeignName> recurrent_foreign_names() {
  return with_weight_foreign_names({{"return_sequences", "sequences"},
                                    {"return_state", "states"},
                                    {"recurrent_initializer", "recurrent_init"},
                                    {"hidden_size", "units"},
                                    {"initial_state", "initial"},
                                    {"merge_mode", "merge"}});
}

}  // namespace kdlc::catalogue
