// circle: embeddings of one class together, of others apart.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

extern const Loss loss_circle = {
    .score = {.name = "circle",
              .summary =
                  "log(1 + exp(logsumexp of pairs of one class + logsumexp of pairs of two)) over the pairs of a batch",
              .rules = {.labels = LabelKind::class_numbers, .least_axes = 1, .most_axes = 1},
              .settings = {{.name = "gamma",
                            .kind = SettingKind::number,
                            .default_value = number_value(80),
                            .range = above_zero(),
                            .doc = "the scale of similarities"},
                           unit_setting("margin", 0.4, "how far pairs are pushed")},
              .known_elsewhere_as = {"Circle", "CircleLoss"}},
};

}  // namespace kdlc::catalogue
