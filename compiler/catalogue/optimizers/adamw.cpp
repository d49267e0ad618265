// adamw: adam with weights that decay.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adamw = {
    .rule = {.name = "adamw",
             .summary = "w *= 1 - lr·weight_decay, then adam",
             .settings = {rate_setting(0.001),
                          weight_decay_setting(0.004),
                          beta_1_setting(0.9),
                          beta_2_setting(0.999),
                          rule_eps_setting(1e-7),
                          {.name = "amsgrad",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "divides by the largest mean of squares so far"}},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"AdamW"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
