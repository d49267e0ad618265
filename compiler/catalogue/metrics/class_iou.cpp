// class_iou: the overlap of some classes.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_class_iou = {
    .score = {.name = "class_iou",
              .summary = "the mean over the given classes of intersection / union; the largest output is the class",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::any_classes, .least_axes = 1},
              .settings = {classes_setting(), ignore_setting()},
              .foreign_names = {{"ignore_class", "ignore"}, {"target_class_ids", "classes"}},
              .known_elsewhere_as = {"IoU", "io_u"},
              .check = check_wanted_classes},
    .contribute = contribute_overlap,
    .finish =
        [](const Application& application, const ScoreState& state) {
          return std::vector{
              mean_overlap(state[0], static_cast<std::size_t>(class_count(application)), wanted_classes(application))};
        },
};

}  // namespace kdlc::catalogue
