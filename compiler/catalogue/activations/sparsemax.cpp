// sparsemax: the nearest point of the simplex. Checked, not compiled yet: it needs a sort, which no primitive carries.
#include "catalogue/activation_axes.hpp"

namespace kdlc::catalogue {

extern const Activation activation_sparsemax = {
    .name = "sparsemax",
    .summary = "max(x - τ, 0) along an axis, with τ so that the results sum to 1",
    .settings = {axis_setting(-1)},
    .infer = infer_sum_of_one,
    .gives = ValueRange::distribution,
};

}  // namespace kdlc::catalogue
