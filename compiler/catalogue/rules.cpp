// What the settings of optimizers and schedules must be to each other.
#include "catalogue/rules.hpp"

#include <algorithm>

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

namespace {

std::optional<double> number_of(const Application& application, std::string_view name) {
  const SettingValue& value = application.setting(name).value;
  const auto* whole = std::get_if<std::int64_t>(&value.value);
  const auto* number = std::get_if<double>(&value.value);
  return whole != nullptr ? std::optional(static_cast<double>(*whole))
                          : (number != nullptr ? std::optional(*number) : std::nullopt);
}

bool is_number(const Application& application, std::string_view name, double wanted) {
  return number_of(application, name) == wanted;
}

void warn_of_no_effect(const Application& application, std::string_view setting, std::string_view what,
                       std::string_view help) {
  application.report
      ->add(application.setting(setting).span, diag::SettingWithoutEffect, application.text, std::string(what))
      .help(std::string(help));
}

/// Each step multiplies the weights by 1 - lr · weight_decay.
bool check_decay(const Application& application) {
  const auto& settings = application.layer->settings;
  if (std::ranges::find(settings, "weight_decay", &Setting::name) == settings.end()) {
    return true;
  }
  const std::optional<double> rate = number_of(application, "lr");
  const std::optional<double> decay = number_of(application, "weight_decay");
  if (!rate || !decay || *rate * *decay < 1) {
    return true;
  }
  application.report
      ->add(
          application.setting("weight_decay").span, diag::OptimizerSetting, application.text,
          fmt::format("multiplies the weights by 1 - lr · weight_decay = {} at each step, which keeps nothing of them",
                      1 - *rate * *decay))
      .help("give a `weight_decay` far below 1 / `lr`, such as 0.004");
  return false;
}

}  // namespace

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
  if (is_number(application, "ema", 1)) {
    warn_of_no_effect(application, "ema", "has `ema` 1, so the average keeps the first weights for ever",
                      "a momentum below 1, such as 0.99");
  }
  return check_decay(application);
}

bool check_scaled_optimizer(const Application& application) {
  const std::optional<double> rate = number_of(application, "lr");
  constexpr double kLargestStep = 0.1;  // weights start at about this size
  if (rate && *rate > kLargestStep) {
    application.report
        ->add(
            application.setting("lr").span, diag::UnusualRate,
            fmt::format("`{}` moves every weight by about its `lr` at each step, and {} is more than most weights are",
                        application.text, *rate))
        .help("1e-3 is the usual rate");
  }
  return check_optimizer(application);
}

bool check_sgd(const Application& application) {
  if (application.boolean("nesterov") && application.number("momentum") == 0) {
    warn_of_no_effect(application, "nesterov", "has `nesterov` without `momentum`, on which alone it acts",
                      "add `momentum: 0.9`");
  }
  return check_optimizer(application);
}

bool check_warmup(const Application& application) {
  const bool has_steps = application.integer("warmup_steps") != 0;
  if (application.number("initial") == 0 && !(has_steps && application.has("warmup_target"))) {
    application.report
        ->add(application.setting("initial").span, diag::OptimizerSetting, application.text,
              "has `initial` 0 and nothing that it could rise to, so nothing is ever trained")
        .help("give the first rate, such as 1e-3; or `warmup_target` and `warmup_steps`");
    return false;
  }
  if (has_steps && !application.has("warmup_target")) {
    warn_of_no_effect(application, "warmup_steps", "has `warmup_steps` without `warmup_target`, the rate to rise to",
                      "add `warmup_target`, and let the first rate be where the rise begins");
  } else if (!has_steps && application.has("warmup_target")) {
    warn_of_no_effect(application, "warmup_target",
                      "has `warmup_target` without `warmup_steps`: the first rate is never used",
                      "add `warmup_steps: 1000`, or leave `warmup_target` out");
  }
  return true;
}

bool check_falling_rate(const Application& application) {
  const bool is_factor = application.layer->name == "exponential_decay";
  const std::string_view name = is_factor ? "rate" : "end";
  const double bound = is_factor ? 1 : application.number("initial");
  if (application.number(name) > bound) {
    application.report
        ->add(application.setting(name).span, diag::UnusualRate,
              fmt::format("the rate of `{}` rises: `{}` is {}, above {}", application.text, name,
                          application.number(name), bound))
        .help(is_factor ? "a factor that makes the rate fall is below 1, such as 0.96"
                        : "the end of a decay lies below its beginning");
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
