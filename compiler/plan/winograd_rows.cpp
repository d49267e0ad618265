// The steps of minimal filtering along rows.
#include "plan/winograd_rows.hpp"

#include <utility>

#include "plan/arena.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;

/// Outputs of a tile.
constexpr std::int64_t kOutputs = 2;

/// right → G right → [coefficient][panel][p, c][vectors × lanes].
NodeId pack_rows(StepContext& context, const Node& node, const Convolution& convolution, const Matrix& weights,
                 std::int64_t width) {
  graph::Builder builder(context.graph);
  const auto coefficients = static_cast<std::int64_t>(weights.size());
  const std::int64_t depth = kWinogradWindow * convolution.channels.size.constant();
  const std::int64_t columns = convolution.columns.size.constant();
  std::vector<std::uint32_t> order;
  for (const RoleAxis* axis :
       {&convolution.window_columns, &convolution.window_rows, &convolution.channels, &convolution.columns}) {
    order.push_back(static_cast<std::uint32_t>(*axis->right));
  }
  const NodeId turned = builder.transpose(node.inputs[1], order);
  const NodeId matrix = matrix_constant(builder, weights, node.type.dtype);
  const NodeId value = builder.contraction({.left = "jq", .right = "qpcf", .output = "jpcf"}, matrix, turned);
  return in_panels(builder, value, {.count = coefficients, .depth = depth, .columns = columns}, width);
}

/// Images in front of the rows: none, or one axis.
std::vector<Dim> images_of(const StepContext& context, const ContractionRoles& roles) {
  return roles.rows.size() == 2 ? std::vector<Dim>{} : std::vector<Dim>{context.size(roles.rows.front().size)};
}

std::vector<Dim> joined(std::vector<Dim> first, const std::vector<Dim>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The sum of factors[index] × operand over those that are not 0, whose operands are numbered without gaps.
graph::MapBuilder::Value sum_of(graph::MapBuilder& builder, const std::vector<double>& factors, DType dtype) {
  std::optional<graph::MapBuilder::Value> sum;
  std::uint32_t operand = 0;
  for (const double factor : factors) {
    if (factor == 0) {
      continue;
    }
    const graph::MapBuilder::Value value = builder.operand(operand++, dtype);
    if (sum && factor == 1) {
      sum = builder.add(*sum, value);
    } else if (sum && factor == -1) {
      sum = builder.subtract(*sum, value);
    } else {
      const graph::MapBuilder::Value scaled =
          factor == 1 ? value : builder.multiply(value, builder.constant(factor, dtype));
      sum = sum ? builder.add(*sum, scaled) : scaled;
    }
  }
  return *sum;
}

class RowFilter {
public:
  RowFilter(StepContext& context, NodeId id, const ContractionRoles& roles, const ContractionTensors& tensors,
            const Convolution& convolution)
      : context_(context),
        node_(context.node(id)),
        name_(context.name_of(id)),
        roles_(roles),
        tensors_(tensors),
        convolution_(convolution),
        dtype_(tensors.left.access.dtype),
        images_(images_of(context, roles)),
        height_(roles.rows[roles.rows.size() - 2].size.constant()),
        width_(roles.rows.back().size.constant()),
        depth_(convolution.channels.size.constant()),
        columns_(convolution.columns.size.constant()),
        matrices_(winograd_matrices({.tile = kOutputs})) {}

  std::vector<Step> steps(const PackedOperand& packed, const std::optional<std::uint32_t>& choice_id) {
    const std::size_t count = matrices_.cells.size();
    std::vector<Access> coefficients;
    std::vector<Access> products;
    for (std::size_t number = 0; number < count; ++number) {
      coefficients.push_back(add_buffer(height_ + kWinogradWindow - 1, number, depth_));
      add_step("cells of ", cells(number, coefficients.back()));
    }
    for (std::size_t number = 0; number < count; ++number) {
      products.push_back(add_buffer(height_, number, columns_));
      add_step("", product(number, coefficients[number], products.back(), packed));
      std::get<ContractionStep>(steps_.back().kernel).choice = choice_id;
    }
    for (std::int64_t output = 0; output < kOutputs; ++output) {
      add_step("outputs of ", outputs(output, products));
    }
    return std::move(steps_);
  }

private:
  template <class Kernel>
  void add_step(const char* prefix, Kernel kernel) {
    steps_.push_back({.kernel = std::move(kernel), .records = node_.records, .name = prefix + name_});
  }

  /// Tiles of a row that have this output.
  [[nodiscard]] std::int64_t tiles_with(std::int64_t output) const {
    return (width_ + kOutputs - 1 - output) / kOutputs;
  }
  /// Tiles of a row that need this coefficient.
  [[nodiscard]] std::int64_t tiles_of(std::size_t coefficient) const {
    return tiles_with(matrices_.results[0][coefficient] != 0 ? 0 : 1);
  }

  /// [image][y][tile][channel], for the tiles that need a coefficient.
  Access add_buffer(std::int64_t rows, std::size_t coefficient, std::int64_t channels) {
    const std::int64_t row = tiles_of(coefficient) * channels;
    const bool has_batch = !images_.empty() && roles_.rows.front().size.is_batch();
    const std::int64_t count = images_.empty() || has_batch ? 1 : images_.front().constant();
    const std::uint32_t index =
        context_.add_scratch({.elements = count * rows * row, .has_batch = has_batch, .dtype = dtype_});
    Access access{
        .memory = Memory::arena, .index = index, .offset_bytes = 0, .dtype = dtype_, .strides = {row, channels, 1}};
    if (!images_.empty()) {
      access.strides.insert(access.strides.begin(), rows * row);
    }
    return access;
  }

  /// A tensor of the node over image, y, tile and channel; `first` is its cell or output in the first tile.
  [[nodiscard]] static Access over_tiles(const ContractionTensor& tensor, Strides positions, const Dim& channel,
                                         std::int64_t first) {
    Access access = tensor.access;
    move_by(access, positions.back() * Dim(first));
    positions.back() = positions.back() * Dim(kOutputs);
    access.strides = std::move(positions);
    access.strides.push_back(channel);
    return access;
  }
  [[nodiscard]] Access cells_from(std::int64_t first) const {
    Strides strides;
    for (const RoleAxis& axis : roles_.rows) {
      strides.push_back(stride_at(tensors_.left, axis.left) * axis.left_factor);
    }
    return over_tiles(tensors_.left, std::move(strides), 1, first);
  }
  [[nodiscard]] Access outputs_from(const ContractionTensor& tensor, std::int64_t first) const {
    Strides strides;
    for (const RoleAxis& axis : roles_.rows) {
      strides.push_back(stride_at(tensor, axis.output));
    }
    return over_tiles(tensor, std::move(strides), stride_at(tensor, convolution_.columns.output), first);
  }

  [[nodiscard]] MapStep cells(std::size_t number, const Access& coefficients) const {
    const std::vector<double>& row = matrices_.cells[number];
    graph::MapBuilder builder;
    const graph::MapBuilder::Value sum = sum_of(builder, row, dtype_);
    MapStep step{.axes = joined(images_, {height_ + kWinogradWindow - 1, tiles_of(number), depth_}),
                 .expression = builder.finish(sum),
                 .inputs = {},
                 .output = coefficients};
    for (std::size_t cell = 0; cell < row.size(); ++cell) {
      if (row[cell] != 0) {
        step.inputs.push_back(cells_from(static_cast<std::int64_t>(cell)));
      }
    }
    return step;
  }

  /// The tiles of all rows follow one another, so that they are one axis; the window's rows are depth.
  [[nodiscard]] ContractionStep product(std::size_t number, const Access& coefficients, const Access& products,
                                        const PackedOperand& packed) const {
    ContractionStep step;
    const auto with_one_row_axis = [](Access access) {
      access.strides.erase(access.strides.end() - 3);
      return access;
    };
    step.rows = joined(images_, {height_ * tiles_of(number)});
    step.depth = {kWinogradWindow, depth_};
    step.columns = columns_;
    step.left = with_one_row_axis(coefficients);
    step.left.strides.insert(step.left.strides.end() - 1, *(coefficients.strides.end() - 3));
    step.right = access_of(context_.place(packed.node), dtype_);
    move_by(step.right, Dim(static_cast<std::int64_t>(number) * packed.outer_stride));
    step.output = with_one_row_axis(products);
    step.block = choose_contraction_block(context_.options.machine, shape_of(step, context_.bounds, true),
                                          packed.vectors, packed.lanes);
    return step;
  }

  [[nodiscard]] MapStep outputs(std::int64_t output, const std::vector<Access>& products) const {
    const std::vector<double>& row = matrices_.results[static_cast<std::size_t>(output)];
    graph::MapBuilder builder;
    std::vector<graph::MapBuilder::Value> values = {sum_of(builder, row, dtype_)};
    MapStep step{.axes = joined(images_, {height_, tiles_with(output), columns_}),
                 .expression = {},
                 .inputs = {},
                 .output = outputs_from(tensors_.output, output)};
    for (std::size_t number = 0; number < row.size(); ++number) {
      if (row[number] != 0) {
        step.inputs.push_back(products[number]);
      }
    }
    for (const ContractionTensor& operand : tensors_.operands) {
      values.push_back(builder.operand(static_cast<std::uint32_t>(step.inputs.size()), operand.access.dtype));
      step.inputs.push_back(outputs_from(operand, output));
    }
    const auto& attributes = graph::attributes<graph::ContractionAttributes>(node_);
    step.expression = builder.finish(builder.inline_expression(attributes.epilogue, values));
    return step;
  }

  StepContext& context_;
  Node node_;
  std::string name_;
  const ContractionRoles& roles_;
  const ContractionTensors& tensors_;
  const Convolution& convolution_;
  DType dtype_;
  std::vector<Dim> images_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t depth_;
  std::int64_t columns_;
  WinogradMatrices matrices_;
  std::vector<Step> steps_;
};

}  // namespace

bool can_filter_rows(const ContractionRoles& roles, const Convolution& convolution) {
  const Dim& images = roles.rows.front().size;
  return convolution.stride == 1 && roles.rows.back().size.constant() >= kOutputs &&
         (roles.rows.size() == 2 || (roles.rows.size() == 3 && (images.is_batch() || images.is_constant())));
}

std::vector<Step> build_row_filter(StepContext& context, NodeId id, const ContractionRoles& roles,
                                   const ContractionTensors& tensors, const Convolution& convolution,
                                   const WinogradChoice& choice, const std::optional<std::uint32_t>& choice_id) {
  if (!context.packed.contains(id)) {
    const std::int64_t width = panel_columns(choice.block);
    const Matrix weights = winograd_matrices({.tile = kOutputs}).weights;
    const Node node = context.node(id);  // packing adds nodes
    const NodeId packed = pack_rows(context, node, convolution, weights, width);
    const std::int64_t columns = round_up(convolution.columns.size.constant(), width);
    context.packed[id] = {.node = packed,
                          .vectors = choice.block.vectors,
                          .lanes = choice.block.lanes,
                          .outer_stride = kWinogradWindow * convolution.channels.size.constant() * columns,
                          .columns_at_once = convolution.columns.size.constant(),
                          .winograd_tile = kRowTile,
                          .choice = choice_id};
  }
  return RowFilter(context, id, roles, tensors, convolution).steps(context.packed.at(id), choice_id);
}

graph::NodeId matrix_constant(graph::Builder& builder, const Matrix& matrix, DType dtype) {
  const auto rows = static_cast<std::int64_t>(matrix.size());
  const auto columns = static_cast<std::int64_t>(matrix.front().size());
  TensorData data = TensorData::zeros(dtype, {rows, columns});
  for (std::int64_t index = 0; index < rows * columns; ++index) {
    data.set(index, matrix[static_cast<std::size_t>(index / columns)][static_cast<std::size_t>(index % columns)]);
  }
  return builder.constant("winograd", std::move(data));
}

}  // namespace kdlc::plan
