// sparsemax: the nearest point of the simplex. Checked, not compiled yet: it needs a sort, which no primitive carries.
#include "catalogue/activation_axes.hpp"

namespace kdlc::catalogue {

extern const Activation activation_sparsemax = {
    .name = "sparsemax",
    .summary = "max(x - τ, 0) along an axis, with τ so that the results sum to 1",
    .settings = {axis_setting(-1)},
    .infer = infer_same_shape_along_axis,
    .gives = ValueRange::distribution,
};

}  // namespace kdlc::catalogue
