// adadelta: steps scaled by their own past.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adadelta = {
    .rule = {.name = "adadelta",
             .summary = "d = -√(x + eps) / √(G + eps)·g; w += lr·d",
             .settings = {rate_setting(0.001),
                          {.name = "rho",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.95),
                           .range = rate_range(),
                           .doc = "how slowly the means forget"},
                          rule_eps_setting(1e-7),
                          weight_decay_setting()},
             .known_elsewhere_as = {"Adadelta"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
