// adafactor: adam with squares kept by rows and columns.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Optimizer optimizer_adafactor = {
    .rule = {.name = "adafactor",
             .summary = "means of squares as a product of rows and columns",
             .settings = {rate_setting(0.001),
                          {.name = "beta_2_decay",
                           .kind = SettingKind::number,
                           .default_value = number_value(-0.8),
                           .range = {.maximum = 0},
                           .doc = "the power by which the mean of squares slows"},
                          {.name = "eps_1",
                           .kind = SettingKind::number,
                           .default_value = number_value(1e-30),
                           .range = not_negative(),
                           .doc = "added to squared gradients"},
                          {.name = "eps_2",
                           .kind = SettingKind::number,
                           .default_value = number_value(1e-3),
                           .range = not_negative(),
                           .doc = "the smallest size of a weight"},
                          {.name = "clip_threshold",
                           .kind = SettingKind::number,
                           .default_value = number_value(1),
                           .range = above_zero(),
                           .doc = "the largest root mean square of a step"},
                          {.name = "relative_step",
                           .kind = SettingKind::boolean,
                           .default_value = boolean_value(false),
                           .doc = "scales lr by the step number"},
                          weight_decay_setting()},
             .foreign_names = {{"epsilon_1", "eps_1"}, {"epsilon_2", "eps_2"}},
             .known_elsewhere_as = {"Adafactor"},
             .check = check_optimizer},
};

}  // namespace kdlc::catalogue
