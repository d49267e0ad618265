// lion: steps of one size in the direction of the sign.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_lion = {
    .rule = {.name = "lion",
             .summary = "w -= lr·sign(beta_1·m + (1 - beta_1)·g)",
             .settings = {rate_setting(0.001),
                          {.name = "beta_1",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.9),
                           .range = rate_range(),
                           .doc = "how slowly the mean of gradients forgets"},
                          {.name = "beta_2",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.99),
                           .range = rate_range(),
                           .doc = "how slowly the mean of squared gradients forgets"},
                          {.name = "weight_decay",
                           .kind = SettingKind::number,
                           .default_value = no_value(),
                           .range = not_negative(),
                           .doc = "the share of each weight, times lr, that is taken off at each step"}},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Lion"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
