// The letters of a contraction, sorted into roles.
#include "plan/contraction_roles.hpp"

#include <algorithm>
#include <string>

namespace kdlc::plan {
namespace {

using graph::AxisLabel;
using graph::ContractionAttributes;
using graph::ContractionWindow;

std::optional<std::size_t> find_axis(const std::string& labels, AxisLabel label) {
  const std::size_t place = labels.find(label);
  return place == std::string::npos ? std::nullopt : std::optional(place);
}

const ContractionWindow* find_window(const ContractionAttributes& attributes, AxisLabel label,
                                     AxisLabel ContractionWindow::* member) {
  const auto found = std::find_if(attributes.windows.begin(), attributes.windows.end(),
                                  [&](const ContractionWindow& window) { return window.*member == label; });
  return found == attributes.windows.end() ? nullptr : &*found;
}

/// An axis of the output: outer, rows or columns.
void add_output_axis(ContractionRoles& roles, const ContractionAttributes& attributes, RoleAxis axis) {
  if (const ContractionWindow* window = find_window(attributes, axis.label, &ContractionWindow::output)) {
    axis.left_factor = window->stride;
  }
  if (axis.left && axis.right) {
    roles.outer.push_back(axis);
  } else if (axis.left) {
    roles.rows.push_back(axis);
  } else {
    KDLC_ASSERT(axis.right.has_value(), "every axis of a contraction's output comes from an operand");
    roles.columns.push_back(axis);
  }
}

/// An axis that is summed over: shared by both operands, or the window of a sliding axis.
void add_depth_axis(ContractionRoles& roles, const ContractionAttributes& attributes, RoleAxis axis) {
  if (const ContractionWindow* window = find_window(attributes, axis.label, &ContractionWindow::window)) {
    KDLC_ASSERT(window->pad_low == 0 && window->pad_high == 0 && window->input_dilation == 1,
                "padding and input dilation are explicit before planning");
    axis.left = find_axis(attributes.left, window->output);
    axis.left_factor = window->dilation;
  }
  KDLC_ASSERT(axis.left.has_value(), "an axis in one operand alone is summed before the contraction");
  roles.depth.push_back(axis);
}

}  // namespace

ContractionRoles find_roles(const graph::Graph& graph, const graph::Node& contraction) {
  const auto& attributes = graph::attributes<ContractionAttributes>(contraction);
  const Shape& right_shape = graph.node(contraction.inputs[1]).type.shape;
  ContractionRoles roles;
  for (std::size_t place = 0; place < attributes.output.size(); ++place) {
    const AxisLabel label = attributes.output[place];
    add_output_axis(roles, attributes,
                    {.label = label,
                     .size = contraction.type.shape.axes[place],
                     .left = find_axis(attributes.left, label),
                     .right = find_axis(attributes.right, label),
                     .output = place});
  }
  for (std::size_t place = 0; place < attributes.right.size(); ++place) {
    const AxisLabel label = attributes.right[place];
    if (!find_axis(attributes.output, label)) {
      add_depth_axis(roles, attributes,
                     {.label = label,
                      .size = right_shape.axes[place],
                      .left = find_axis(attributes.left, label),
                      .right = place,
                      .output = std::nullopt});
    }
  }
  for (const AxisLabel label : attributes.left) {
    KDLC_ASSERT(find_axis(attributes.output, label) || find_axis(attributes.right, label),
                "an axis in one operand alone is summed before the contraction");
  }
  return roles;
}

bool is_depthwise(const graph::Graph& graph, const graph::Node& contraction, const ContractionRoles& roles) {
  const auto unit = [](const RoleAxis& axis) { return axis.size == Dim(1); };
  if (roles.outer.size() != 1 || !std::all_of(roles.columns.begin(), roles.columns.end(), unit)) {
    return false;
  }
  const RoleAxis& channels = roles.outer.front();
  const std::size_t left_axes = graph.node(contraction.inputs[0]).type.shape.axes.size();
  const bool has_known_sizes =
      channels.size.is_constant() &&
      std::all_of(roles.depth.begin(), roles.depth.end(), [](const RoleAxis& axis) { return axis.size.is_constant(); });
  const bool last_of_output = std::all_of(roles.rows.begin(), roles.rows.end(),
                                          [&](const RoleAxis& axis) { return *axis.output < *channels.output; });
  return has_known_sizes && *channels.left == left_axes - 1 && last_of_output;
}

}  // namespace kdlc::plan
