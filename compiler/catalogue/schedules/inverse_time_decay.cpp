// inverse_time_decay: a rate divided by a growing number.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_inverse_time_decay = {
    .rule = {.name = "inverse_time_decay",
             .summary = "initial / (1 + rate·step / steps)",
             .settings =
                 {{.name = "initial",
                   .kind = SettingKind::number,
                   .range = above_zero(),
                   .doc = "the rate at the first step"},
                  {.name = "steps",
                   .kind = SettingKind::integer,
                   .range = size_range(),
                   .doc = "the steps over which it falls"},
                  {.name = "rate", .kind = SettingKind::number, .range = not_negative(), .doc = "how fast it falls"},
                  {.name = "staircase",
                   .kind = SettingKind::boolean,
                   .default_value = boolean_value(false),
                   .doc = "falls at once after that many steps"}},
             .known_elsewhere_as = {"InverseTimeDecay"}},
};

}  // namespace kdlc::catalogue
