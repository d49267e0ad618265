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
             .known_elsewhere_as = {"Adadelta"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
