// ctc: labels of a sequence without their places.
#include <fmt/format.h>

#include "catalogue/scores.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// Whole numbers [N, labels], no more of them than the output has steps.
bool check_labels(const Application& application) {
  const TensorType& labels = application.type(1);
  const bool is_sequence = labels.shape.axis_count() == 2 && labels.shape.has_batch();
  if (!is_integer(labels.dtype) || !is_sequence) {
    application.report
        ->add(application.inputs[1].span, diag::ScoreTypes, std::string(application.layer->name),
              "class numbers in a sequence, `i32[N, labels]`", application.inputs[1].text, labels.to_text())
        .label(application.inputs[0].span, application.type().to_text());
    return false;
  }
  const Dim& steps = application.type().shape.axes[1];
  const Dim& count = labels.shape.axes[1];
  if (steps.is_constant() && count.is_constant() && count.constant() > steps.constant()) {
    application.report
        ->add(application.inputs[1].span, diag::ScoreShapes, std::string(application.layer->name),
              application.inputs[0].text, application.type().to_text(), application.inputs[1].text, labels.to_text())
        .label(application.inputs[0].span, fmt::format("{} steps", steps.constant()))
        .help("each label takes at least one step, so no alignment of so many exists");
    return false;
  }
  return true;
}

}  // namespace

extern const Loss loss_ctc = {
    .score =
        {.name = "ctc",
         .summary = "-log of the probability of the label sequence over all alignments, class 0 being the blank",
         .rules = {.output = OutputKind::logits, .labels = LabelKind::label_sequence, .least_axes = 2, .most_axes = 2},
         .known_elsewhere_as = {"CTC", "CTCLoss"},
         .check = check_labels},
};

}  // namespace kdlc::catalogue
