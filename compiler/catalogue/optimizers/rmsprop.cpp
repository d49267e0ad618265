// rmsprop: steps scaled by the mean of squared gradients.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_rmsprop = {
    .rule = {.name = "rmsprop",
             .summary = "v = rho·v + (1 - rho)·g²; w -= lr·g / √(v + eps)",
             .settings = {rate_setting(0.001),
                          {.name = "rho",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.9),
                           .range = rate_range(),
                           .doc = "how slowly the mean of squared gradients forgets"},
                          {.name = "momentum",
                           .kind = SettingKind::number,
                           .default_value = number_value(0),
                           .range = {.minimum = 0, .maximum = 1},
                           .doc = "how much of the last step goes on"},
                          rule_eps_setting(1e-7),
                          {.name = "centered",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "subtracts the square of the mean gradient"},
                          weight_decay_setting()},
             .foreign_names = {{"alpha", "rho"}},
             .known_elsewhere_as = {"RMSprop", "RMSProp"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
