// cosine_decay: a rate that falls along half a cosine.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_cosine_decay = {
    .rule = {.name = "cosine_decay",
             .summary = "initial·((1 - alpha)·(1 + cos(π·step / steps)) / 2 + alpha)",
             .settings = {{.name = "initial",
                           .kind = SettingKind::number,
                           .range = not_negative(),
                           .doc = "the rate at the first step"},
                          {.name = "steps",
                           .kind = SettingKind::integer,
                           .range = size_range(),
                           .doc = "the steps over which it falls"},
                          {.name = "alpha",
                           .kind = SettingKind::number,
                           .default_value = number_value(0),
                           .range = {.minimum = 0, .maximum = 1},
                           .doc = "the share of the rate that is left in the end"},
                          {.name = "warmup_target",
                           .kind = SettingKind::number,
                           .default_value = no_value(),
                           .range = above_zero(),
                           .doc = "the rate to rise to first"},
                          {.name = "warmup_steps",
                           .kind = SettingKind::integer,
                           .default_value = integer_value(0),
                           .range = count_range(),
                           .doc = "the steps in which it rises"}},
             .known_elsewhere_as = {"CosineDecay", "CosineAnnealingLR"},
             .check = check_warmup},
};

}  // namespace kdlc::catalogue
