// lamb: adam with steps scaled to the size of each weight.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_lamb = {
    .rule = {.name = "lamb",
             .summary = "w -= lr·|w| / |r|·r with the direction r of adam",
             .settings = {rate_setting(0.001),
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
                          {.name = "weight_decay",
                           .kind = SettingKind::number,
                           .default_value = no_value(),
                           .range = not_negative(),
                           .doc = "the share of each weight, times lr, that is taken off at each step"}},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Lamb", "LAMB"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
