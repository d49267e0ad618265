// What convolutions and transposed convolutions share.
#include "catalogue/convolution_parts.hpp"

#include <array>

#include "catalogue/axes.hpp"
#include "catalogue/labels.hpp"

namespace kdlc::catalogue {
namespace {

constexpr std::array<std::string_view, 2> kAxes1 = {"steps", "channels"};
constexpr std::array<std::string_view, 3> kAxes2 = {"height", "width", "channels"};
constexpr std::array<std::string_view, 4> kAxes3 = {"depth", "height", "width", "channels"};

}  // namespace

std::span<const std::string_view> convolution_axes(std::size_t axis_count) {
  return axis_count == 1   ? std::span<const std::string_view>(kAxes1)
         : axis_count == 2 ? std::span<const std::string_view>(kAxes2)
                           : kAxes3;
}

std::string activation_name(const Application& application) {
  const FunctionValue* activation = application.function("activation");
  return activation == nullptr ? "" : activation->name;
}

Shape with_last(Shape shape, std::initializer_list<Dim> last) {
  shape.axes.pop_back();
  shape.axes.insert(shape.axes.end(), last);
  return shape;
}

std::vector<graph::NodeId> finish_convolution(Lowering& lowering, graph::NodeId sum, std::int64_t out_channels) {
  graph::NodeId node = sum;
  const Shape flat = with_last(lowering.application.type().shape, {out_channels});
  if (lowering.builder.type(sum).shape.axis_count() != flat.axis_count()) {
    // [n, h, w, groups, filters of a group] and its like: the last two axes are one.
    Shape shape = lowering.builder.type(sum).shape;
    shape.axes.pop_back();
    node = lowering.builder.reshape(sum, with_last(shape, {out_channels}));
  }
  if (lowering.weights.size() > 1) {
    node = lowering.builder.map2(graph::MapOp::add, node, lowering.weights[1]);
  }
  return {apply_activation(lowering, node)};
}

std::string leading_labels(std::size_t count) {
  KDLC_ASSERT(count <= 27, "a tensor has fewer than 30 axes");
  std::string labels;
  for (std::size_t index = 0; index < count; ++index) {
    labels += index == 0 ? 'n' : static_cast<char>('A' + static_cast<char>(index) - 1);
  }
  return labels;
}

}  // namespace kdlc::catalogue
