// adamax: adam with the largest gradient in place of their squares.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adamax = {
    .rule = {.name = "adamax",
             .summary = "u = max(beta_2·u, |g|); w -= lr·m / ((1 - beta_1^t)·(u + eps))",
             .settings = {rate_setting(0.001), beta_1_setting(0.9), beta_2_setting(0.999), rule_eps_setting(1e-7),
                          weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Adamax"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
