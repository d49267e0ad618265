// What layers of attention share.
#include "catalogue/attention_parts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/labels.hpp"
#include "catalogue/lookup.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

constexpr std::array<std::string_view, 2> kOwnAxes = {"steps", "features"};

const Dim& steps_of(const BoundInput& sequence) {
  const std::vector<Dim>& axes = sequence.type.shape.axes;
  return axes[axes.size() - 2];
}

bool is_sequence(const Application& application, std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  if (bound.type.shape.has_batch() || bound.type.shape.axis_count() < 2) {
    return require_axes(application, kOwnAxes, input);
  }
  application.report
      ->add(bound.span, diag::AxisCount, named_with_axes(bound), std::string(application.layer->name),
            "a sequence of each sample, [N, steps, features]")
      .label(application.span, "works on [N, steps, features]");
  return false;
}

void report_misfit(const Application& application, const BoundInput& left, const BoundInput& right,
                   const std::string& left_label, const std::string& right_label) {
  application.report
      ->add(application.span, diag::BroadcastMismatch, left.text, left.type.shape.to_text(), right.text,
            right.type.shape.to_text(), std::string(application.layer->name))
      .label(left.span, left_label)
      .label(right.span, right_label);
}

std::vector<Dim> samples_of(const BoundInput& sequence) {
  const std::vector<Dim>& axes = sequence.type.shape.axes;
  return {axes.begin(), axes.end() - 2};
}

/// The mask's shape against scores [N, …, heads, T, S], with axes of size 1 where it has none; nullopt when it fits
/// nowhere.
std::optional<Shape> mask_against_scores(const Application& application, const Shape& mask, std::int64_t heads) {
  const std::vector<Dim> samples = mask.has_batch() ? samples_of(application.inputs[0]) : std::vector<Dim>();
  const Dim& queries = steps_of(application.inputs[0]);
  const Dim& keys = steps_of(application.inputs[1]);
  const auto with = [&](std::vector<Dim> own) {
    Shape shape{samples};
    shape.axes.insert(shape.axes.end(), own.begin(), own.end());
    return shape;
  };
  if (mask == with({keys})) {
    return with({1, 1, keys});
  }
  if (mask == with({queries, keys})) {
    return with({1, queries, keys});
  }
  return mask == with({heads, queries, keys}) ? std::optional(mask) : std::nullopt;
}

/// [N, …, heads, T, S] with the heads as several axes.
Shape with_head_axes(const Shape& mask, const std::vector<std::int64_t>& head_axes) {
  Shape shape = mask;
  const auto place = shape.axes.erase(shape.axes.end() - 3);
  const bool is_one = mask.axes[mask.axis_count() - 3] == Dim(1);
  std::vector<Dim> axes(head_axes.begin(), head_axes.end());
  if (is_one) {
    std::fill(axes.begin(), axes.end(), Dim(1));
  }
  shape.axes.insert(place, axes.begin(), axes.end());
  return shape;
}

}  // namespace

bool sequences_fit(const Application& application) {
  bool fit = true;
  for (std::size_t input = 0; input < 3; ++input) {
    const auto earlier = application.inputs.begin() + static_cast<std::ptrdiff_t>(input);
    const bool is_told = std::find_if(application.inputs.begin(), earlier, [&](const BoundInput& other) {
                           return other.text == application.inputs[input].text;
                         }) != earlier;
    fit = is_told ? fit : require_floats(application, input) && is_sequence(application, input) && fit;
  }
  if (!fit) {
    return false;
  }
  const BoundInput& query = application.inputs[0];
  const BoundInput& key = application.inputs[1];
  const BoundInput& value = application.inputs[2];
  for (const BoundInput* other : {&key, &value}) {
    if (other->type.dtype != query.type.dtype) {
      application.report
          ->add(other->span, diag::ElementType, fmt::format("`{}` ({})", other->text, name_of(other->type.dtype)),
                std::string(application.layer->name), fmt::format("{}, as the query", name_of(query.type.dtype)))
          .label(query.span, query.type.to_text());
      return false;
    }
    if (samples_of(*other) != samples_of(query)) {
      report_misfit(application, query, *other, "other samples before the steps", "than here");
      return false;
    }
  }
  if (!(steps_of(key) == steps_of(value))) {
    report_misfit(application, key, value, fmt::format("{} steps", steps_of(key).to_text()),
                  fmt::format("{} steps", steps_of(value).to_text()));
    return false;
  }
  return true;
}

bool mask_fits(const Application& application, std::int64_t heads) {
  const std::span<const BoundInput> masks = application.inputs_of("mask");
  if (masks.empty()) {
    return true;
  }
  const BoundInput& mask = masks[0];
  if (mask.type.dtype != DType::boolean) {
    application.report
        ->add(mask.span, diag::ElementType, fmt::format("`{}` ({})", mask.text, name_of(mask.type.dtype)),
              std::string(application.layer->name), "a mask of bool, true where a step may be looked at")
        .help("compare it: `x != 0`");
    return false;
  }
  if (mask_against_scores(application, mask.type.shape, heads)) {
    return true;
  }
  const BoundInput& key = application.inputs[1];
  std::string samples;
  for (const Dim& axis : samples_of(application.inputs[0])) {
    samples += axis.to_text() + ", ";
  }
  application.report
      ->add(application.span, diag::BroadcastMismatch, mask.text, mask.type.shape.to_text(), key.text,
            key.type.shape.to_text(), "mask")
      .label(mask.span, fmt::format("expected [{3}{0}], [{3}{1}, {0}] or [{3}{2}, {1}, {0}]", steps_of(key).to_text(),
                                    steps_of(application.inputs[0]).to_text(), heads, samples))
      .label(key.span, key.type.shape.to_text());
  return false;
}

std::string sample_labels(const Application& application) {
  return leading_labels(leading_axis_count(application, 2));
}

Shape sample_axes(const Application& application) {
  return {samples_of(application.inputs[0])};
}

NodeId attend(Lowering& lowering, NodeId scores, const AttentionParts& parts) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const DType dtype = application.type().dtype;
  MapBuilder map;
  auto value = map.multiply(map.operand(0, dtype), map.constant(parts.scale, dtype));
  // The lowest finite number of f16, which every float type has.
  const auto lowest = map.constant(dtype == DType::f16 ? -65504 : -1e30, dtype);
  std::vector<NodeId> operands = {scores};
  const auto next_operand = [&](NodeId node) {
    operands.push_back(node);
    return map.operand(static_cast<std::uint32_t>(operands.size() - 1), builder.type(node).dtype);
  };
  const std::span<const BoundInput> masks = application.inputs_of("mask");
  if (!masks.empty()) {
    std::int64_t heads = 1;
    for (const std::int64_t size : parts.head_axes) {
      heads *= size;
    }
    const Shape shape = *mask_against_scores(application, masks[0].type.shape, heads);
    const NodeId mask = builder.reshape(lowering.inputs[3], with_head_axes(shape, parts.head_axes));
    value = map.select(next_operand(mask), value, lowest);
  }
  if (parts.causal) {
    const auto query = next_operand(counting_along(builder, steps_of(application.inputs[0]), 1, DType::i32));
    const auto key = next_operand(counting_along(builder, steps_of(application.inputs[1]), 0, DType::i32));
    value = map.select(map.apply(MapOp::less_equal, key, query), value, lowest);
  }
  const NodeId masked = builder.map(map.finish(value), operands);
  return bind_activation(*find_activation("softmax"), {-1}).apply(builder, masked);
}

NodeId Projections::apply(NodeId x, std::string left, std::string right, std::string output) {
  graph::ContractionAttributes attributes{
      .left = std::move(left), .right = std::move(right), .output = std::move(output), .windows = {}, .epilogue = {}};
  NodeId node = lowering_.builder.contraction(std::move(attributes), x, lowering_.weights[next_++]);
  if (lowering_.application.boolean("bias")) {
    node = lowering_.builder.map2(MapOp::add, node, lowering_.weights[next_++]);
  }
  return node;
}

InputSpec mask_input() {
  return {.name = "mask",
          .arity = Arity::optional,
          .doc = "bool, true where a step may be looked at: [N, S], [N, T, S] or [N, heads, T, S]"};
}

}  // namespace kdlc::catalogue
