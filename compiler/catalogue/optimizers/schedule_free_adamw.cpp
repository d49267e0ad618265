// schedule_free_adamw: adamw on an average of the weights, without a schedule.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_schedule_free_adamw = {
    .rule = {.name = "schedule_free_adamw",
             .summary = "gradients at a mix of weights and their running average",
             .settings = {rate_setting(0.0025),
                          {.name = "beta_1",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.9),
                           .range = rate_range(),
                           .doc = "how slowly the mean of gradients forgets"},
                          {.name = "beta_2",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.999),
                           .range = rate_range(),
                           .doc = "how slowly the mean of squared gradients forgets"},
                          {.name = "eps",
                           .kind = SettingKind::number,
                           .default_value = number_value(1e-7),
                           .range = not_negative(),
                           .doc = "keeps quotients finite"},
                          {.name = "warmup_steps",
                           .kind = SettingKind::integer,
                           .default_value = integer_value(0),
                           .range = count_range(),
                           .doc = "steps in which lr rises"},
                          {.name = "weight_decay",
                           .kind = SettingKind::number,
                           .default_value = no_value(),
                           .range = not_negative(),
                           .doc = "the share of each weight, times lr, that is taken off at each step"}},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"ScheduleFreeAdamW"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
