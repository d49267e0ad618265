// schedule_free_adamw: adamw on an average of the weights, without a schedule.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_schedule_free_adamw = {
    .rule = {.name = "schedule_free_adamw",
             .summary = "gradients at a mix of weights and their running average",
             .settings = {rate_setting(0.0025),
                          beta_1_setting(0.9),
                          beta_2_setting(0.999),
                          rule_eps_setting(1e-7),
                          {.name = "warmup_steps",
                           .kind = SettingKind::integer,
                           .default_value = integer_value(0),
                           .range = count_range(),
                           .doc = "steps in which lr rises"},
                          weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"ScheduleFreeAdamW"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
