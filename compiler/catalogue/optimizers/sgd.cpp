// sgd: down the gradient, with momentum.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_sgd = {
    .rule = {.name = "sgd",
             .summary = "v = momentum·v - lr·g; w += v",
             .settings = {rate_setting(0.01),
                          {.name = "momentum",
                           .kind = SettingKind::number,
                           .default_value = number_value(0),
                           .range = {.minimum = 0, .maximum = 1},
                           .doc = "how much of the last step goes on"},
                          {.name = "nesterov",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "looks ahead along the momentum"},
                          weight_decay_setting()},
             .known_elsewhere_as = {"SGD"},
             .check = check_sgd},
};

}  // namespace kdlc::catalogue
