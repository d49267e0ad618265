// polynomial_decay: a rate that falls along a power.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_polynomial_decay = {
    .rule = {.name = "polynomial_decay",
             .summary = "(initial - end)·(1 - step / steps)^power + end",
             .settings = {{.name = "initial",
                           .kind = SettingKind::number,
                           .range = above_zero(),
                           .doc = "the rate at the first step"},
                          {.name = "steps",
                           .kind = SettingKind::integer,
                           .range = size_range(),
                           .doc = "the steps over which it falls"},
                          {.name = "end",
                           .kind = SettingKind::number,
                           .default_value = number_value(0.0001),
                           .range = not_negative(),
                           .doc = "the rate in the end"},
                          {.name = "power",
                           .kind = SettingKind::number,
                           .default_value = number_value(1),
                           .range = above_zero(),
                           .doc = "1 is a straight line"},
                          {.name = "cycle",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "starts again after each end"}},
             .known_elsewhere_as = {"PolynomialDecay"},
             .check = check_falling_rate},
};

}  // namespace kdlc::catalogue
