// lion: steps of one size in the direction of the sign.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_lion = {
    .rule = {.name = "lion",
             .summary = "w -= lr·sign(beta_1·m + (1 - beta_1)·g)",
             .settings = {rate_setting(0.001), beta_1_setting(0.9), beta_2_setting(0.99), weight_decay_setting()},
             .foreign_names = {{"betas", "beta_1"}},
             .known_elsewhere_as = {"Lion"},
             .check = check_scaled_optimizer},
};

}  // namespace kdlc::catalogue
