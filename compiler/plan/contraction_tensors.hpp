// The tensors of a contraction node in their places. Private to the builders of contractions.
#pragma once

#include <optional>
#include <vector>

#include "plan/contraction_roles.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {

/// A tensor of the contraction: its access and its strides over its own axes (epilogue operands: over the output's).
struct ContractionTensor {
  Access access;
  Strides strides;
};

struct ContractionTensors {
  ContractionTensor left;
  ContractionTensor right;  // empty when it is prepared: it will be packed
  ContractionTensor output;
  std::vector<ContractionTensor> operands;
};

ContractionTensors find_tensors(StepContext& context, const graph::Node& node, graph::NodeId id);

/// 0 where the tensor does not have the axis.
Dim stride_at(const ContractionTensor& tensor, const std::optional<std::size_t>& axis);

/// Weights of `count` products that lie one behind the other: [count][depth][columns], or merely as many elements.
struct WeightMatrices {
  std::int64_t count = 1;
  std::int64_t depth = 1;
  std::int64_t columns = 1;
};
/// → [part][count][panel][depth][width]: columns in panels, with zeros behind the last one, and so many panels in each
/// part; without a number, all of them in one.
graph::NodeId in_panels(graph::Builder& builder, graph::NodeId weights, const WeightMatrices& matrices,
                        std::int64_t width, std::optional<std::int64_t> panels_of_part = std::nullopt);

/// `direct` with the weights as its left operand and neighbouring positions as its columns, where that is possible and
/// faster (or decided by the other body); nullopt elsewhere. Its weights have no place yet.
std::optional<ContractionStep> with_weights_left(const StepContext& context, graph::NodeId id,
                                                 const ContractionRoles& roles, const ContractionStep& direct);
void use_packed_left(StepContext& context, graph::NodeId id, const ContractionRoles& roles, ContractionStep& step);

/// A convolution by Winograd's form where it can be computed so and that is faster than `direct_cycles`; no steps
/// elsewhere, and `direct` has the choice that it follows.
std::vector<Step> build_winograd(StepContext& context, graph::NodeId id, const ContractionRoles& roles,
                                 const ContractionTensors& tensors, double direct_cycles, ContractionStep& direct);

/// Gives a step with packed weights Strassen's form beside its own, where it has halves and the model likes them.
void choose_strassen_form(StepContext& context, graph::NodeId id, const ContractionRoles& roles, ContractionStep& step);

}  // namespace kdlc::plan
