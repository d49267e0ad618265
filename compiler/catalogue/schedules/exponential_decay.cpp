// exponential_decay: a rate that falls by a factor.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_exponential_decay = {
    .rule = {.name = "exponential_decay",
             .summary = "initial·rate^(step / steps)",
             .settings = {{.name = "initial",
                           .kind = SettingKind::number,
                           .range = above_zero(),
                           .doc = "the rate at the first step"},
                          {.name = "steps",
                           .kind = SettingKind::integer,
                           .range = size_range(),
                           .doc = "the steps over which it falls"},
                          {.name = "rate",
                           .kind = SettingKind::number,
                           .range = above_zero(),
                           .doc = "the factor over that many steps"},
                          {.name = "staircase",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "falls at once after that many steps"}},
             .known_elsewhere_as = {"ExponentialDecay"},
             .check = check_falling_rate},
};

}  // namespace kdlc::catalogue
