// adagrad: steps that shrink with the sum of squared gradients.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adagrad = {
    .rule = {.name = "adagrad",
             .summary = "a += g²; w -= lr·g / √(a + eps)",
             .settings = {rate_setting(0.001),
                          {.name = "initial_accumulator",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.1),
                           .range = not_negative(),
                           .doc = "what sums of squared gradients start from"},
                          rule_eps_setting(1e-7),
                          weight_decay_setting()},
             .foreign_names = {{"initial_accumulator_value", "initial_accumulator"}},
             .known_elsewhere_as = {"Adagrad"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
