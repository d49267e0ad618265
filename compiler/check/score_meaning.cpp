// What the activation of an output means for a loss or metric (K504, K505, K54x).
#include <algorithm>

#include <fmt/format.h>

#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::LabelKind;
using catalogue::OutputKind;
using catalogue::ValueRange;

struct MeaningCheck {
  TrainState& state;
  Report& report;
  const ScoreCheck& check;

  [[nodiscard]] const std::string& output() const { return check.output.input->text; }
  [[nodiscard]] const Meaning& meaning() const { return check.output.meaning; }
  [[nodiscard]] std::string score() const { return std::string(check.score.name); }
  [[nodiscard]] std::int64_t class_count() const {
    const Shape own = check.output.input->type.shape.without_batch();
    return own.axes.empty() || !own.axes.back().is_constant() ? 1 : own.axes.back().constant();
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    const auto& settings = check.application.layer->settings;
    const auto place = std::ranges::find(settings, name, &catalogue::Setting::name);
    if (place == settings.end()) {
      return false;
    }
    const auto& value = check.application.settings[static_cast<std::size_t>(place - settings.begin())].value.value;
    const bool* given = std::get_if<bool>(&value);
    return given != nullptr && *given;
  }
  [[nodiscard]] bool has_setting(std::string_view name) const {
    const auto& settings = check.application.layer->settings;
    return std::ranges::find(settings, name, &catalogue::Setting::name) != settings.end();
  }

  /// `has no activation`, or `comes from tanh`.
  [[nodiscard]] std::string made_by() const {
    return meaning().activation == "linear" ? "has no activation"
                                            : fmt::format("comes from `{}`", meaning().activation);
  }

  /// K504 for a loss, K505 for a metric.
  Message& refuse(const std::string& wants, const std::string& has) const {
    Message& message = check.loss != nullptr
                           ? report.add(check.name_span, diag::LossActivation, score(), wants, output(), has)
                           : report.add(check.name_span, diag::MetricFit, score(), wants, output(), has);
    label_output(message);
    return message;
  }
  Message& warn(const std::string& text) const {
    Message& message = check.loss != nullptr ? report.add(check.name_span, diag::LossMeaning, text)
                                             : report.add(check.name_span, diag::MetricMeaning, text);
    label_output(message);
    return message;
  }
  void label_output(Message& message) const {
    if (!meaning().activation.empty()) {
      message.label(meaning().span, meaning().activation == "linear"
                                        ? "no activation"
                                        : fmt::format("made by `{}`", meaning().activation));
    }
  }
  [[nodiscard]] bool has_loss_of(OutputKind kind) const {
    return std::ranges::any_of(state.scored, [&](const auto& scored) {
      return scored.first == check.output.model_value && scored.second->score.rules.output == kind;
    });
  }

  [[nodiscard]] bool is_probability() const {
    return meaning().gives == ValueRange::unit || meaning().gives == ValueRange::distribution;
  }
  [[nodiscard]] bool is_no_probability() const {
    return meaning().gives == ValueRange::any || meaning().gives == ValueRange::not_negative ||
           meaning().gives == ValueRange::signed_unit;
  }

  /// Logits are asked for by `from_logits`; true when that settles it.
  bool refuse_second_activation(std::string_view own) const {
    if (!flag("from_logits")) {
      return false;
    }
    if (is_probability()) {
      refuse("an output without activation, as `from_logits: true` says",
             fmt::format("went through `{}` already", meaning().activation))
          .help(fmt::format("drop `from_logits: true`, or the `{}`: else it is applied twice (the loss applies {})",
                            meaning().activation, own));
    }
    return true;
  }

  bool check_one_class() const {
    const LabelKind labels = check.score.rules.labels;
    const bool is_choice = labels == LabelKind::one_hot || labels == LabelKind::class_numbers ||
                           (labels == LabelKind::any_classes && is_integer(check.target.input->type.dtype));
    const bool is_softmax = meaning().gives == ValueRange::distribution;
    if (class_count() != 1 || (!is_choice && !is_softmax)) {
      return false;
    }
    if (!is_choice) {
      refuse("an output that can change", fmt::format("is a `{}` over one number: always 1", meaning().activation))
          .help("one yes or no is `sigmoid` with `binary_crossentropy`");
      return true;
    }
    refuse("a choice between classes", "has one")
        .help(check.loss != nullptr ? "one yes or no is `binary_crossentropy` on a `sigmoid`"
                                    : "one yes or no is `binary_accuracy` on a `sigmoid`");
    return true;
  }

  void check_probability() const {
    if (refuse_second_activation("its own `sigmoid`")) {
      return;
    }
    if (is_no_probability()) {
      Message& message = refuse("probabilities, 0 to 1", made_by());
      message.help(has_setting("from_logits") && meaning().gives == ValueRange::any
                       ? "make them: `sigmoid` as activation; or `from_logits: true`"
                       : "make them: `sigmoid` as activation");
      return;
    }
    const bool is_overlap = check.score.name == "dice" || check.score.name == "tversky";
    if (meaning().gives != ValueRange::distribution || is_overlap) {
      return;
    }
    const std::string help =
        "use `categorical_crossentropy` (one-hot) or `sparse_categorical_crossentropy` (class "
        "numbers), or one `sigmoid` unit";
    if (check.loss != nullptr && class_count() == 2) {
      warn(fmt::format("`{}` treats the 2 outputs of `{}`, a softmax, as 2 independent yes or no", score(), output()))
          .help(help);
    } else if (check.loss != nullptr) {
      refuse("outputs that are a yes or no each", fmt::format("is a softmax over {} classes", class_count()))
          .help(help);
    } else if (class_count() > 2 && check.score.check != nullptr && !check.application.has("class_id") &&
               !check.application.has("k") && !check.application.has("threshold")) {
      warn(fmt::format("`{}` counts all {} classes of `{}` together, those above 0.5: many samples have none", score(),
                       class_count(), output()))
          .help("choose one: `class_id: 0`; or `f1_score(…, average: macro)`");
    }
  }

  /// A softmax over the steps, where the loss reads classes on the last axis.
  void check_axis() const {
    const auto axis_count = static_cast<std::int64_t>(check.output.input->type.shape.axis_count());
    const std::int64_t read = has_setting("axis") ? check.application.integer("axis") : -1;
    if (meaning().gives != ValueRange::distribution || !meaning().axis ||
        (*meaning().axis + axis_count) % axis_count == (read + axis_count) % axis_count) {
      return;
    }
    report
        .add(meaning().span, diag::SoftmaxAxis, output(), std::to_string((*meaning().axis + axis_count) % axis_count),
             score(), std::to_string((read + axis_count) % axis_count))
        .label(check.name_span, "reads the classes");
  }

  void check_distribution() const {
    if (refuse_second_activation("its own `softmax`")) {
      return;
    }
    if (is_no_probability()) {
      refuse("probabilities of classes", made_by())
          .help(has_setting("from_logits") && meaning().gives == ValueRange::any
                    ? "make them: `softmax` as activation; or `from_logits: true`"
                    : "make them: `softmax` as activation");
    } else if (meaning().gives == ValueRange::unit) {
      warn(fmt::format("`{}` is about one distribution over the classes, and `{}` comes from `{}`, whose numbers need "
                       "not have sum 1",
                       score(), output(), meaning().activation))
          .help("make one: `softmax` as activation; or `binary_crossentropy`, if several classes may hold at once");
    }
  }

  void check_quantity() const {
    const bool is_class = meaning().gives == ValueRange::distribution;
    if (is_class && check.loss != nullptr && check.score.rules.least_axes == 0) {
      report.add(check.name_span, diag::SlowLoss, score(), output())
          .label(meaning().span, "made by `softmax`")
          .help("use `categorical_crossentropy`");
    }
  }

  void check_class_scores() const {
    if (check.score.name != "accuracy") {
      return;
    }
    const bool is_number = is_integer(check.target.input->type.dtype);
    const bool is_regression = has_loss_of(OutputKind::any) && !is_probability() && !is_number;
    if (is_regression) {
      warn(fmt::format("`accuracy` means nothing for `{}`: it is a quantity, as its loss says", output()))
          .help("use `mae`, `root_mean_squared_error` or `r2_score`");
    } else if (!is_number && class_count() > 1 && meaning().gives == ValueRange::unit) {
      warn(fmt::format(
               "`accuracy` compares the largest of {} outputs, and each output of `{}` is a yes or no of its own",
               class_count(), output()))
          .help("use `binary_accuracy`, or `auc(…, multi_label: true)`");
    } else if (!is_number && class_count() == 1 && meaning().gives == ValueRange::any) {
      warn(fmt::format("`accuracy` compares `{}` with 0.5, and it {}: a logit of 0.5 is a probability of 0.62",
                       output(), made_by()))
          .help("use `binary_accuracy(…, from_logits: true)`");
    }
  }

  void check_others() const {
    switch (check.score.rules.output) {
      case OutputKind::not_negative:
        if (meaning().gives == ValueRange::any || meaning().gives == ValueRange::signed_unit) {
          warn(fmt::format("`{}` wants numbers of 0 and above, and `{}` {}: below 0 it has no gradient or no meaning",
                           score(), output(), made_by()))
              .help("give it `relu`, `softplus` or `exponential` as activation");
        }
        return;
      case OutputKind::score:
        if (is_probability() || meaning().gives == ValueRange::not_negative) {
          warn(fmt::format("`{}` wants scores on both sides of 0, and `{}` {}, which is never below 0", score(),
                           output(), made_by()))
              .help("give it `tanh` or no activation");
        }
        return;
      case OutputKind::decided:
        if (is_probability()) {
          refuse("numbers that can equal the target",
                 fmt::format("is made of probabilities by `{}`", meaning().activation))
              .help("use `accuracy`");
        }
        return;
      case OutputKind::any:
        check_quantity();
        return;
      case OutputKind::class_scores:
        check_class_scores();
        return;
      case OutputKind::probability:
        check_probability();
        return;
      case OutputKind::distribution:
        check_distribution();
        check_axis();
        return;
    }
  }
};

}  // namespace

bool check_score_meaning(TrainState& state, Report& report, const ScoreCheck& check) {
  const std::size_t errors = report.error_count();
  const MeaningCheck meaning{state, report, check};
  if (!meaning.check_one_class()) {
    meaning.check_others();
  }
  return report.error_count() == errors;
}

}  // namespace kdlc::check
