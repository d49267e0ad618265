// Decisions of yes and no beside what is true, and counts of both: precision, recall, the curves and the overlaps.
#pragma once

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

/// 0 and 1 in one shape [N, …].
struct Decisions {
  graph::NodeId predicted;
  graph::NodeId actual;
};
/// What the settings `threshold`, `k` and `class_id` make of the output.
Decisions decide(Lowering& lowering);
std::vector<Setting> decision_settings();
std::vector<ForeignName> decision_foreign_names();
/// False after reporting `k` or `class_id` beyond the classes.
bool check_decision(const Application& application);
/// The sums over each sample of the products that `formula` makes of predicted and actual.
graph::NodeId count_where(Lowering& lowering, const Decisions& decisions, const ScoreFormula& formula);
graph::NodeId count_both(Lowering& lowering, const Decisions& decisions);

/// For each of `count` evenly spaced thresholds: true and false positives [N, labels, count], and per sample how many
/// labels are 1 and 0, [N, labels]; one label, unless each is counted for itself.
struct ThresholdCounts {
  std::int64_t count = 200;
  bool all_above_first = false;  // the first threshold lies below 0
  bool for_each_label = false;
};
std::vector<graph::NodeId> count_at_thresholds(Lowering& lowering, graph::NodeId output, const ThresholdCounts& counts);
/// One label's four counts at each threshold, from the sums.
struct Curve {
  std::vector<double> true_positives;
  std::vector<double> false_positives;
  std::vector<double> true_negatives;
  std::vector<double> false_negatives;
};
std::vector<Curve> curves_of(const ScoreState& state);

/// The largest `dependent` over the thresholds at which `constrained` reaches the setting `setting`.
double largest_under(const std::vector<double>& constrained, const std::vector<double>& dependent, double least);
std::vector<double> quotients(const std::vector<double>& above, const std::vector<double>& rest);
std::vector<Setting> constraint_settings(std::string_view name, std::string_view doc);
std::vector<graph::NodeId> contribute_curve(Lowering& lowering);

/// A confusion matrix [N, classes, classes] of class numbers (i32), [N, …] each; numbers outside are left out.
graph::NodeId confusion_matrix(graph::Builder& builder, graph::NodeId actual, graph::NodeId predicted,
                               std::int64_t classes);
/// The mean overlap of the given classes that occur; of all when the list is empty.
double mean_overlap(const std::vector<double>& matrix, std::size_t classes, const std::vector<std::size_t>& wanted);
/// The confusion matrix of outputs and labels of classes, by their declared types.
std::vector<graph::NodeId> contribute_overlap(Lowering& lowering);
Setting ignore_setting();
/// `classes`: a list of class numbers, with its check.
Setting classes_setting();
std::vector<std::size_t> wanted_classes(const Application& application);
bool check_wanted_classes(const Application& application);

}  // namespace kdlc::catalogue
