// muon: steps made orthogonal for matrices, adam for the rest.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_muon = {
    .rule = {.name = "muon",
             .summary = "Newton-Schulz iterations on the momentum of matrices; adam elsewhere",
             .settings = {rate_setting(0.001),
                          beta_1_setting(0.9),
                          beta_2_setting(0.999),
                          rule_eps_setting(1e-7),
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
                          weight_decay_setting(0.1)},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Muon"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
