// piecewise_constant_decay: a rate for each stretch of steps.
#include "catalogue/rules.hpp"

namespace kdlc::catalogue {

extern const Schedule schedule_piecewise_constant_decay = {
    .rule = {.name = "piecewise_constant_decay",
             .summary = "values[k] up to boundaries[k]",
             .settings = {{.name = "boundaries",
                           .kind = SettingKind::list,
                           .range = not_negative(),
                           .doc = "the steps at which the rate changes, in order"},
                          {.name = "values",
                           .kind = SettingKind::list,
                           .range = not_negative(),
                           .doc = "the rates, one more than boundaries"}},
             .known_elsewhere_as = {"PiecewiseConstantDecay", "piecewise_constant"},
             .check = check_pieces},
};

}  // namespace kdlc::catalogue
