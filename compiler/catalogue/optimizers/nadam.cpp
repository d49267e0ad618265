// nadam: adam that looks ahead.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_nadam = {
    .rule = {.name = "nadam",
             .summary = "adam with the momentum of the next step",
             .settings = {rate_setting(0.001), beta_1_setting(0.9), beta_2_setting(0.999), rule_eps_setting(1e-7),
                          weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Nadam", "NAdam"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
