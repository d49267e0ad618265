// cosine_decay_restarts: a rate that falls along half a cosine, again and again.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_cosine_decay_restarts = {
    .rule = {.name = "cosine_decay_restarts",
             .summary = "cosine_decay over periods that grow by t_mul, from rates that shrink by m_mul",
             .settings = {{.name = "initial",
                           .kind = SettingKind::number,
                           .range = above_zero(),
                           .doc = "the rate at the first step"},
                          {.name = "first_steps",
                           .kind = SettingKind::integer,
                           .range = size_range(),
                           .doc = "the steps of the first period"},
                          {.name = "t_mul",
                           .kind = SettingKind::number,
                           .default_value = number_value(2),
                           .range = above_zero(),
                           .doc = "how much longer each period is"},
                          {.name = "m_mul",
                           .kind = SettingKind::number,
                           .default_value = number_value(1),
                           .range = above_zero(),
                           .doc = "how much smaller each rate is"},
                          {.name = "alpha",
                           .kind = SettingKind::number,
                           .default_value = number_value(0),
                           .range = {.minimum = 0, .maximum = 1},
                           .doc = "the share of the rate that is left in the end"}},
             .foreign_names = {{"first_decay_steps", "first_steps"}},
             .known_elsewhere_as = {"CosineDecayRestarts"}},
};

}  // namespace kdlc::catalogue
