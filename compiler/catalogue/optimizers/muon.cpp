// muon: steps made orthogonal for matrices, adam for the rest.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_muon = {
    .rule = {.name = "muon",
             .summary = "Newton-Schulz iterations on the momentum of matrices; adam elsewhere",
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
                          {.name = "momentum",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.95),
                           .range = {.minimum = 0, .maximum = 1},
                           .doc = "how much of the last step goes on"},
                          {.name = "ns_steps",
                           .kind = SettingKind::integer,
                           .default_value = integer_value(6),
                           .range = size_range(),
                           .doc = "how many Newton-Schulz iterations"},
                          {.name = "nesterov",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "looks ahead along the momentum"},
                          {.name = "weight_decay",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.1),
                           .range = not_negative(),
                           .doc = "the share of each weight, times lr, that is taken off at each step"}},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Muon"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
