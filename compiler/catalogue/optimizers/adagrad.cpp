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
             .foreign_names = {{"initial_accumulator_value", "initial_accumulator"}},
             .known_elsewhere_as = {"Adagrad"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
