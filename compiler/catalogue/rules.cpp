// What the settings of optimizers and schedules must be to each other.
#include "catalogue/rules.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

Setting rate_setting(double default_value) {
  return {.name = "lr",
          .kind = SettingKind::rate,
          .default_value = number_value(default_value),
          .range = above_zero(),
          .doc = "the size of a step: a number, or a schedule"};
}

Setting beta_1_setting(double default_value) {
  return {.name = "beta_1",
          .kind = SettingKind::number,
          .default_value = number_value(default_value),
          .range = rate_range(),
          .doc = "how slowly the mean of gradients forgets"};
}

Setting beta_2_setting(double default_value) {
  return {.name = "beta_2",
          .kind = SettingKind::number,
          .default_value = number_value(default_value),
          .range = rate_range(),
          .doc = "how slowly the mean of squared gradients forgets"};
}

Setting rule_eps_setting(double default_value) {
  return {.name = "eps",
          .kind = SettingKind::number,
          .default_value = number_value(default_value),
          .range = not_negative(),
          .doc = "keeps quotients finite"};
}

Setting weight_decay_setting(std::optional<double> default_value) {
  return {.name = "weight_decay",
          .kind = SettingKind::number,
          .default_value = default_value ? number_value(*default_value) : no_value(),
          .range = not_negative(),
          .doc = "the share of each weight, times lr, that is taken off at each step"};
}

bool check_optimizer(const Application& application) {
  const BoundSetting* first = nullptr;
  for (const std::string_view name : {"clip_norm", "clip_value", "global_clip_norm"}) {
    if (!application.has(name)) {
      continue;
    }
    if (first != nullptr) {
      application.report
          ->add(application.setting(name).span, diag::OptimizerSetting, application.text,
                fmt::format("takes one way to clip gradients, and `{}` is a second", name))
          .label(first->span, "the first")
          .help("keep one of `clip_norm`, `clip_value` and `global_clip_norm`");
      return false;
    }
    first = &application.setting(name);
  }
  if (application.has("ema_every") && !application.has("ema")) {
    application.report
        ->add(application.setting("ema_every").span, diag::OptimizerSetting, application.text,
              "has `ema_every` without `ema`, the average that it speaks of")
        .help("add `ema: 0.99`");
    return false;
  }
  return true;
}

bool check_pieces(const Application& application) {
  const auto& boundaries = std::get<SettingList>(application.setting("boundaries").value.value);
  const auto& values = std::get<SettingList>(application.setting("values").value.value);
  if (values.size() != boundaries.size() + 1) {
    application.report
        ->add(application.setting("values").span, diag::OptimizerSetting, application.text,
              fmt::format("has {} values for {} boundaries, and wants {}", values.size(), boundaries.size(),
                          boundaries.size() + 1))
        .label(application.setting("boundaries").span, "each boundary ends one value; the last goes on");
    return false;
  }
  for (std::size_t index = 1; index < boundaries.size(); ++index) {
    const auto* before = std::get_if<double>(&boundaries[index - 1].value);
    const auto* number = std::get_if<double>(&boundaries[index].value);
    if (before != nullptr && number != nullptr && *number <= *before) {
      application.report->add(application.setting("boundaries").span, diag::OptimizerSetting, application.text,
                              fmt::format("has boundaries that do not rise: {} after {}", *number, *before));
      return false;
    }
  }
  return true;
}

}  // namespace kdlc::catalogue
