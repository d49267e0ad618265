// What the activation of an output means for a loss or metric (K504, K505, K54x).
#include <algorithm>

#include <fmt/format.h>

#include "check/score_edits.hpp"
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

  /// `has no activation`, `comes from tanh`, or what the formula can give.
  [[nodiscard]] std::string made_by() const {
    if (is_recurrent()) {
      return fmt::format("comes from `{}`, whose `{}` lies between {} and 1", meaning().kind, meaning().activation,
                         meaning().gives == ValueRange::unit ? 0 : -1);
    }
    if (!meaning().activation.empty()) {
      return meaning().activation == "linear" ? "has no activation"
                                              : fmt::format("comes from `{}`", meaning().activation);
    }
    switch (meaning().gives) {
      case ValueRange::unknown:
      case ValueRange::any:
        return "can be any number";
      case ValueRange::not_negative:
        return "can be any number above 0";
      case ValueRange::signed_unit:
        return "lies between -1 and 1";
      case ValueRange::unit:
      case ValueRange::distribution:
        return "lies between 0 and 1";
    }
    KDLC_UNREACHABLE("all ranges are listed");
  }
  /// How it became a probability.
  [[nodiscard]] std::string went_through() const {
    return meaning().activation.empty() ? "is a number between 0 and 1 already"
                                        : fmt::format("went through `{}` already", meaning().activation);
  }
  [[nodiscard]] bool is_recurrent() const {
    const bool is_one = meaning().kind == "lstm" || meaning().kind == "gru" || meaning().kind == "rnn";
    return is_one && !meaning().activation.empty();
  }
  [[nodiscard]] bool is_bare() const {
    return meaning().activation == "linear" || (meaning().activation.empty() && meaning().gives == ValueRange::any);
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
    if (check.loss != nullptr && check.output.model_value.has_value()) {
      state.doubted_outputs.insert(check.output.model_value);
    }
    Message& message = check.loss != nullptr ? report.add(check.name_span, diag::LossMeaning, text)
                                             : report.add(check.name_span, diag::MetricMeaning, text);
    label_output(message);
    return message;
  }
  void label_output(Message& message) const {
    if (meaning().activation.empty()) {
      if (meaning().span.begin != meaning().span.end) {
        message.label(meaning().span, "made here");
      }
      return;
    }
    message.label(meaning().span, meaning().activation == "linear" ? "no activation"
                                                                   : fmt::format("made by `{}`", meaning().activation));
  }
  [[nodiscard]] bool has_loss_of(OutputKind kind) const {
    return std::ranges::any_of(state.scored, [&](const auto& scored) {
      return scored.first == check.output.model_value && scored.second->score.rules.output == kind;
    });
  }

  [[nodiscard]] bool is_probability() const {
    return meaning().gives == ValueRange::unit || meaning().gives == ValueRange::distribution;
  }
  /// Several outputs of a sigmoid or its like.
  [[nodiscard]] bool is_yes_or_no_each() const {
    const catalogue::Activation* activation = catalogue::find_activation(meaning().activation);
    return activation != nullptr && activation->gives == ValueRange::unit;
  }
  [[nodiscard]] bool is_no_probability() const {
    return meaning().gives == ValueRange::any || meaning().gives == ValueRange::not_negative ||
           meaning().gives == ValueRange::signed_unit;
  }
  /// The score with the other view of classes: `binary_…` as `categorical_…`; empty where the catalogue has none.
  [[nodiscard]] std::string other_view(std::string_view from, std::string_view to) const {
    const std::string name = score();
    if (!name.starts_with(from)) {
      return {};
    }
    const std::string other = std::string(to) + name.substr(from.size());
    const bool exists =
        check.loss != nullptr ? catalogue::find_loss(other) != nullptr : catalogue::find_metric(other) != nullptr;
    return exists ? other : std::string();
  }
  [[nodiscard]] std::optional<Edit> renamed(std::string_view name) const {
    return name.empty() ? std::nullopt : std::optional(rename_score(check, name));
  }

  /// Logits are asked for by `from_logits`; true when that settles it. `own`: what the score applies then.
  bool refuse_second_activation(std::string_view own) const {
    if (!flag("from_logits")) {
      return false;
    }
    if (is_probability()) {
      Message& message = refuse("an output without activation, as `from_logits: true` says", went_through());
      if (!meaning().activation.empty()) {
        message.note(fmt::format("the score would take the {} of the {}", own, meaning().activation));
      }
      const bool is_own = (own == "softmax") == (meaning().gives == ValueRange::distribution);
      help_with(message,
                meaning().activation.empty()
                    ? std::string("leave out `from_logits: true`")
                    : fmt::format("leave out `from_logits: true`, or the `{}`", meaning().activation),
                {is_own ? remove_argument(state, check, "from_logits") : std::nullopt});
    }
    return true;
  }

  /// K504 or K505 for numbers that are none; a metric is quiet where a loss has named the same mistake.
  void refuse_no_probability(const std::string& wants, std::string_view own) const {
    if (check.loss == nullptr && state.refused_outputs.contains(check.output.model_value)) {
      return;
    }
    if (check.loss != nullptr && check.output.model_value.has_value()) {
      state.refused_outputs.insert(check.output.model_value);
    }
    help_to_probabilities(refuse(wants, made_by()), own);
  }

  /// What makes probabilities of the output: `own`, in place of what it has, or the score told that it has none.
  void help_to_probabilities(Message& message, std::string_view own) const {
    if (is_recurrent()) {
      message.help(fmt::format("give it a head: `-> dense({}, {})` behind `{}`", class_count(), own, meaning().kind));
    } else if (has_setting("from_logits") && is_bare()) {
      help_with(message, fmt::format("make them: `{}` as activation; or did you mean `from_logits: true`?", own),
                {append_argument(state, check, "from_logits: true")});
    } else if (is_bare() || meaning().activation.empty()) {
      message.help(fmt::format("make them: `{}` as activation", own));
    } else {
      help_with(message, fmt::format("make them: `{}` in place of `{}`", own, meaning().activation),
                {replace_activation(state, check, own)});
    }
  }

  bool check_one_class() const {
    const LabelKind labels = check.score.rules.labels;
    const bool has_own_axis = has_setting("axis") && check.application.setting("axis").given;
    const bool wants_direction = !has_own_axis && check.output.input->type.shape.axis_count() > 1 &&
                                 (check.score.name == "cosine_similarity" || check.score.name == "kl_divergence");
    const bool is_choice = labels == LabelKind::one_hot || labels == LabelKind::class_numbers ||
                           (labels == LabelKind::any_classes && is_integer(check.target.input->type.dtype));
    const bool is_softmax = meaning().gives == ValueRange::distribution;
    if (class_count() != 1 || (!is_choice && !is_softmax && !wants_direction)) {
      return false;
    }
    if (!is_choice && is_softmax) {
      help_with(
          refuse("an output that can change", fmt::format("is a `{}` over one number: always 1", meaning().activation)),
          "one yes or no is `sigmoid` with `binary_crossentropy`", {replace_activation(state, check, "sigmoid")});
      return true;
    }
    if (wants_direction) {
      refuse(check.score.name == "kl_divergence" ? "a distribution over several classes" : "a vector", "is one number")
          .help(check.score.name == "kl_divergence" ? "one yes or no is `binary_crossentropy` on a `sigmoid`"
                                                    : "of one number only the sign is left; a quantity takes `mse`");
      return true;
    }
    Message& message = refuse("a choice between classes", "has one");
    const bool is_quantity = !is_probability() && labels == LabelKind::one_hot && !flag("from_logits");
    const std::string yes_no = check.loss != nullptr ? "binary_crossentropy" : "binary_accuracy";
    if (is_quantity) {
      message.help(fmt::format("a quantity takes `mse`; one yes or no is `{}` on a `sigmoid`", yes_no));
    } else if (labels != LabelKind::one_hot) {
      message.help(fmt::format("one yes or no is `{}` on a `sigmoid`, with a target `{}`", yes_no,
                               check.output.input->type.to_text()));
    } else {
      const std::string own = other_view("categorical_", "binary_");
      help_with(message, fmt::format("one yes or no is `{}` on a `sigmoid`", own.empty() ? yes_no : own),
                {is_softmax ? std::nullopt : renamed(own)});
    }
    return true;
  }

  void check_probability() const {
    if (refuse_second_activation("sigmoid")) {
      return;
    }
    if (is_no_probability()) {
      refuse_no_probability("probabilities, 0 to 1", "sigmoid");
      return;
    }
    const bool is_overlap = check.score.name == "dice" || check.score.name == "tversky";
    if (meaning().gives != ValueRange::distribution || is_overlap) {
      return;
    }
    const std::string categorical = other_view("binary_", "categorical_");
    const std::string help =
        fmt::format("several labels at once need `sigmoid` in place of `{}`; for one class of {}, did you mean `{}`?",
                    meaning().activation, class_count(),
                    categorical.empty() ? std::string("categorical_crossentropy") : categorical);
    if (check.loss != nullptr && class_count() == 2) {
      Message& message = warn(
          fmt::format("`{}` treats the 2 outputs of `{}`, a softmax, as 2 independent yes or no", score(), output()));
      if (check.score.name == "binary_crossentropy") {
        message.note(
            "for one-hot labels both terms are -log p of the right class, so the number is that of "
            "`categorical_crossentropy`; for other labels it is not");
      }
      help_with(message, help, {renamed(categorical)});
    } else if (check.loss != nullptr) {
      Message& message =
          refuse("outputs that are a yes or no each", fmt::format("is a softmax over {} classes", class_count()));
      help_with(message, help, {renamed(categorical)});
    } else if (class_count() > 2) {
      warn_of_yes_or_no_metric();
    }
  }

  /// A metric with a threshold, for each of the classes of which one is right.
  void warn_of_yes_or_no_metric() const {
    if (check.score.check != nullptr && !check.application.has("class_id") && !check.application.has("k") &&
        !check.application.has("threshold")) {
      warn(fmt::format("`{}` counts all {} classes of `{}` together, those above 0.5: many samples have none", score(),
                       class_count(), output()))
          .help("choose one: `class_id: 0`; or `f1_score(…, average: macro)`");
    } else if (check.score.name == "binary_accuracy") {
      help_with(warn(fmt::format("`binary_accuracy` asks {0} yes or no of each sample of `{1}`, a softmax, and {2} of "
                                 "them are no: to say no always is right in {3:.0f} %",
                                 class_count(), output(), class_count() - 1,
                                 100.0 - 100.0 / static_cast<double>(class_count()))),
                "use `categorical_accuracy`", {renamed("categorical_accuracy")});
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
    if (refuse_second_activation("softmax")) {
      return;
    }
    if (is_no_probability()) {
      refuse_no_probability("probabilities of classes", "softmax");
    } else if (meaning().gives == ValueRange::unit && !meaning().activation.empty()) {
      warn(fmt::format("`{}` is about one distribution over the classes, and `{}` comes from `{}`, whose numbers need "
                       "not have sum 1",
                       score(), output(), meaning().activation))
          .help("make one: `softmax` as activation; or `binary_crossentropy`, if several classes may hold at once");
    }
  }

  void check_logits() const {
    if (is_probability()) {
      refuse(fmt::format("scores, of which it takes the softmax itself"), went_through()).help("leave that out");
    }
  }

  void check_quantity() const {
    const bool is_class = meaning().gives == ValueRange::distribution;
    if (is_class && check.loss != nullptr && check.score.rules.least_axes == 0) {
      help_with(
          report.add(check.name_span, diag::SlowLoss, score(), output()).label(meaning().span, "made by `softmax`"),
          "use `categorical_crossentropy`", {renamed("categorical_crossentropy")});
    }
  }

  void check_class_scores() const {
    if (check.score.name != "accuracy") {
      return;
    }
    const bool is_number = is_integer(check.target.input->type.dtype);
    const bool is_regression = has_loss_of(OutputKind::any) && !is_probability() && !is_number;
    if (is_regression) {
      help_with(warn(fmt::format("`accuracy` means nothing for `{}`: it is a quantity, as its loss says", output())),
                "did you mean `mae`, `root_mean_squared_error` or `r2_score`?", {renamed("mae")});
    } else if (!is_number && class_count() > 1 && is_yes_or_no_each()) {
      help_with(
          warn(fmt::format("`accuracy` compares the largest of {} outputs, and each output of `{}` is a yes or no "
                           "of its own",
                           class_count(), output())),
          "use `binary_accuracy`, or `auc(…, multi_label: true)`", {renamed("binary_accuracy")});
    } else if (!is_number && class_count() == 1 && meaning().gives == ValueRange::any) {
      help_with(
          warn(fmt::format("`accuracy` compares `{}` with 0.5, and it {}: a logit of 0.5 is a probability of 0.62",
                           output(), made_by())),
          "use `binary_accuracy(…, from_logits: true)`",
          {renamed("binary_accuracy"), append_argument(state, check, "from_logits: true")});
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
          help_with(warn(fmt::format("`{}` wants scores on both sides of 0, and `{}` {}, which is never below 0",
                                     score(), output(), made_by())),
                    "leave the activation out, or did you mean `tanh`?", {replace_activation(state, check, "tanh")});
        }
        return;
      case OutputKind::decided:
        if (is_probability() && !meaning().activation.empty()) {
          const bool has_labels = class_count() > 1 && is_yes_or_no_each();
          const std::string name = has_labels ? "binary_accuracy" : "accuracy";
          help_with(refuse("numbers that can equal the target",
                           fmt::format("is made of probabilities by `{}`", meaning().activation)),
                    fmt::format("use `{}`", name), {renamed(name)});
        }
        return;
      case OutputKind::any:
        check_quantity();
        return;
      case OutputKind::logits:
        check_logits();
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
    if (report.error_count() == errors && check.loss != nullptr) {
      warn_of_heads(state, report, check);
    }
  }
  return report.error_count() == errors;
}

}  // namespace kdlc::check
