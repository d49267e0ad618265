// adam: steps scaled by means of gradients and their squares.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adam = {
    .rule = {.name = "adam",
             .summary = "w -= lr·√(1 - beta_2^t) / (1 - beta_1^t) · m / (√v + eps)",
             .settings = {rate_setting(0.001),
                          beta_1_setting(0.9),
                          beta_2_setting(0.999),
                          rule_eps_setting(1e-7),
                          {.name = "amsgrad",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "divides by the largest mean of squares so far"},
                          weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Adam"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
