// lamb: adam with steps scaled to the size of each weight.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_lamb = {
    .rule = {.name = "lamb",
             .summary = "w -= lr·|w| / |r|·r with the direction r of adam",
             .settings = {rate_setting(0.001), beta_1_setting(0.9), beta_2_setting(0.999), rule_eps_setting(1e-7),
                          weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Lamb", "LAMB"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
