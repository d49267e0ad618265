// Words for the formulas of losses and metrics: output and target as operands 0 and 1 of an application.
#pragma once

#include <functional>

#include "catalogue/declare.hpp"
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

/// Keras' epsilon, which keeps logarithms and quotients finite.
constexpr double kScoreEpsilon = 1e-7;

using ScoreFormula = std::function<graph::MapBuilder::Value(graph::MapBuilder& map, graph::MapBuilder::Value output,
                                                            graph::MapBuilder::Value target)>;
/// One map over output and target, the target in the output's element type.
graph::NodeId score_map(Lowering& lowering, const ScoreFormula& formula);
/// The same over any two nodes of one shape.
graph::NodeId map_two(graph::Builder& builder, graph::NodeId left, graph::NodeId right, const ScoreFormula& formula);
using UnaryFormula = std::function<graph::MapBuilder::Value(graph::MapBuilder& map, graph::MapBuilder::Value x)>;
graph::NodeId map_one(graph::Builder& builder, graph::NodeId x, const UnaryFormula& formula);

/// The mean of the formula over the last axis: what most losses are. Of one value a sample, that value.
graph::NodeId mean_of_last(Lowering& lowering, const ScoreFormula& formula);
/// Reductions along one axis, counted from the front; without own axes the value itself.
graph::NodeId reduce_axis(graph::Builder& builder, graph::Reducer reducer, graph::NodeId x, std::size_t axis,
                          bool keep);
/// Sums over all axes but N: [N].
graph::NodeId sum_sample(graph::Builder& builder, graph::NodeId x);
/// The `axis` of the application, counted from the front of the output.
std::size_t axis_of_output(const Lowering& lowering);

/// The target as class numbers (i32) of the output's shape without its last axis.
graph::NodeId class_numbers(Lowering& lowering);
/// Class numbers as rows of 0 and 1, of `count` classes, in `dtype`.
graph::NodeId one_hot(graph::Builder& builder, graph::NodeId numbers, std::int64_t count, DType dtype);
/// 0, 1, …, count - 1 as a constant of `dtype`.
graph::NodeId counting(graph::Builder& builder, std::int64_t count, DType dtype);
/// The place of the largest value along the last axis, the first one of equals (i32).
graph::NodeId place_of_largest(graph::Builder& builder, graph::NodeId x);
/// The size of the output's last axis.
std::int64_t class_count(const Application& application);
bool has_class_numbers(const Application& application);

/// An activation of the catalogue, with its default settings unless others are given.
graph::NodeId activate(graph::Builder& builder, std::string_view name, graph::NodeId x,
                       std::optional<std::vector<double>> settings = {});
/// The output as probabilities: behind sigmoid when `from_logits` says so.
graph::NodeId probabilities(Lowering& lowering);

/// Numerator and denominator of a mean of values over all samples: Σ weight · value and Σ weight or Σ 1.
std::vector<graph::NodeId> weighted_sums(Lowering& lowering, graph::NodeId values);
/// numerator / denominator, and 0 where there is nothing to divide by.
graph::NodeId quotient(graph::Builder& builder, graph::NodeId numerator, graph::NodeId denominator);
double quotient(double numerator, double denominator);

// ---- settings that several scores have ---------------------------------------------------------------------------

Setting from_logits_setting();
Setting label_smoothing_setting();
Setting unit_setting(std::string_view name, std::optional<double> default_value, std::string_view doc);
std::vector<ForeignName> crossentropy_foreign_names();
/// The smoothed labels of classes: t · (1 - s) + s / count.
graph::MapBuilder::Value smooth(graph::MapBuilder& map, graph::MapBuilder::Value target, double smoothing,
                                double count);

}  // namespace kdlc::catalogue
