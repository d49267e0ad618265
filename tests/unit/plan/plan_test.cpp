// Plans of small graphs, executed in plain code, equal the reference evaluator.
#include "plan/plan.hpp"

#include <cmath>
#include <random>

#include "catch.hpp"
#include "plan/contraction_roles.hpp"
#include "support/run_plan.hpp"

using namespace kdlc;
using graph::Builder;
using graph::Graph;
using graph::NodeId;

namespace {

const plan::Machine kWide{.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
const plan::Machine kNarrow{.vector_bytes = 16, .vector_registers = 16};

TensorType tensor(std::vector<Dim> axes) {
  axes.insert(axes.begin(), Dim::batch());
  return {DType::f32, {std::move(axes)}};
}

NodeId add_input(Builder& builder, std::vector<Dim> axes) {
  graph::InputInfo info;
  info.name = "x" + std::to_string(builder.graph().inputs.size());
  return builder.input(info, tensor(std::move(axes)));
}

NodeId add_weight(Builder& builder, const std::string& path, std::vector<Dim> axes) {
  graph::ParameterInfo info;
  info.path = path;
  info.type = {DType::f32, {std::move(axes)}};
  return builder.parameter(info);
}

void add_output(Graph& graph, NodeId node) {
  graph::OutputInfo info;
  info.name = "y" + std::to_string(graph.outputs.size());
  info.node = node;
  graph.outputs.push_back(info);
}

NodeId convolve(Builder& builder, NodeId image, NodeId kernel, std::int64_t stride) {
  graph::ContractionAttributes attributes{
      .left = "nhwc", .right = "pqcf", .output = "nhwf", .windows = {}, .epilogue = {}};
  attributes.windows = {{.output = 'h', .window = 'p', .stride = stride},
                        {.output = 'w', .window = 'q', .stride = stride}};
  return builder.contraction(attributes, image, kernel);
}

TensorData random_data(const TensorType& type, std::int64_t batch, std::mt19937& random) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    shape.push_back(axis.evaluate({{"N", batch}}).value());
  }
  TensorData data = TensorData::zeros(type.dtype, shape);
  std::uniform_real_distribution<double> values(-1, 1);
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    data.set(index, values(random));
  }
  return data;
}

/// Plans the graph for several machines, chunks and batches, and compares with the reference evaluator.
void check_plan(const Graph& graph) {
  REQUIRE(graph::verify(graph).empty());
  std::mt19937 random(1);
  std::vector<NodeId> outputs;
  for (const graph::OutputInfo& output : graph.outputs) {
    outputs.push_back(output.node);
  }
  for (const plan::Machine& machine : {kWide, kNarrow}) {
    // Sums as they are written: Winograd's form has tests with a tolerance of its own.
    const plan::Plan plan =
        plan::make_plan(graph, {.machine = machine, .strict = false, .chunk = 3, .winograd_tile = 0});
    INFO(plan::dump(plan));
    for (const std::int64_t batch : {1, 2, 3, 4, 7}) {
      graph::Evaluation evaluation;
      evaluation.sizes = {{"N", batch}};
      for (const graph::InputInfo& input : graph.inputs) {
        evaluation.inputs.push_back(random_data(graph.node(input.node).type, batch, random));
      }
      for (const graph::ParameterInfo& parameter : graph.parameters) {
        evaluation.parameters.push_back(random_data(parameter.type, batch, random));
      }
      const std::vector<TensorData> expected = graph::evaluate(graph, evaluation, outputs);
      const std::vector<TensorData> actual = testing::run_plan(plan, evaluation.inputs, evaluation.parameters, batch);
      for (std::size_t index = 0; index < expected.size(); ++index) {
        REQUIRE(expected[index].shape == actual[index].shape);
        for (std::int64_t at = 0; at < expected[index].element_count(); ++at) {
          // Both sum in double; only the rounding of intermediate values to float may differ in order.
          REQUIRE(actual[index].at(at) == Approx(expected[index].at(at)).epsilon(1e-5).margin(1e-6));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("two dense layers with an epilogue") {
  Graph graph;
  Builder builder(graph);
  NodeId x = add_input(builder, {Dim(5)});
  graph::MapBuilder map;
  const auto sum = map.add(map.operand(0, DType::f32), map.operand(1, DType::f32));
  const graph::MapExpression relu = map.finish(map.maximum(sum, map.constant(0, DType::f32)));
  for (const std::int64_t units : {19, 3}) {
    const Dim depth = builder.type(x).shape.axes[1];
    graph::ContractionAttributes dense{.left = "nk", .right = "kf", .output = "nf", .windows = {}, .epilogue = relu};
    const NodeId kernel = add_weight(builder, "k" + std::to_string(units), {depth, Dim(units)});
    x = builder.contraction(dense, x, kernel, {add_weight(builder, "b" + std::to_string(units), {Dim(units)})});
  }
  add_output(graph, x);
  check_plan(graph);
}

TEST_CASE("a padded convolution writes inside the next one's border, and a residual reads through it") {
  Graph graph;
  Builder builder(graph);
  const NodeId image = add_input(builder, {Dim(6), Dim(5), Dim(3)});
  const NodeId first = convolve(builder, builder.pad(image, {0, 1, 1, 0}, {0, 1, 1, 0}, 0),
                                add_weight(builder, "k1", {Dim(3), Dim(3), Dim(3), Dim(20)}), 1);
  const NodeId second = convolve(builder, builder.pad(first, {0, 1, 1, 0}, {0, 1, 1, 0}, 0),
                                 add_weight(builder, "k2", {Dim(3), Dim(3), Dim(20), Dim(20)}), 1);
  const NodeId sum = builder.map2(graph::MapOp::add, first, second);
  add_output(graph, builder.reshape(sum, {{Dim::batch(), Dim(600)}}));
  check_plan(graph);
  // The image is copied into its border; the first convolution needs no copy.
  const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
  std::size_t copies = 0;
  for (const plan::Step& step : plan.single.steps) {
    const auto* map = std::get_if<plan::MapStep>(&step.kernel);
    copies += map != nullptr && map->expression.terms.empty() ? 1 : 0;
  }
  CHECK(copies == 1);
}

TEST_CASE("a sum is written over the residual that nothing reads later") {
  for (const bool is_read_later : {false, true}) {
    Graph graph;
    Builder builder(graph);
    const NodeId image = add_input(builder, {Dim(7), Dim(5), Dim(20)});
    const std::vector<Dim> shape = {Dim(1), Dim(1), Dim(20), Dim(20)};
    const NodeId residual = convolve(builder, image, add_weight(builder, "k1", shape), 1);
    const NodeId branch = convolve(builder, residual, add_weight(builder, "k2", shape), 1);
    graph::MapBuilder map;
    const auto added = map.add(map.operand(0, DType::f32), map.operand(1, DType::f32));
    graph::ContractionAttributes attributes{
        .left = "nhwc", .right = "cf", .output = "nhwf", .windows = {}, .epilogue = map.finish(added)};
    NodeId sum = builder.contraction(attributes, branch, add_weight(builder, "k3", {Dim(20), Dim(20)}), {residual});
    if (is_read_later) {
      sum = builder.map2(graph::MapOp::multiply, sum, residual);
    }
    // The model's output would be the place of the sum, and of the residual with it.
    add_output(graph, builder.reduce(graph::Reducer::maximum, sum, {1, 2}, false));
    check_plan(graph);
    const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
    const auto& step = std::get<plan::ContractionStep>(plan.single.steps.at(2).kernel);
    CHECK((step.epilogue_operands.at(0) == step.output) != is_read_later);
  }
}

TEST_CASE("a convolution of one channel to a few has neighbouring positions as its columns") {
  Graph graph;
  Builder builder(graph);
  const NodeId image = add_input(builder, {Dim(28), Dim(28), Dim(1)});
  add_output(graph, convolve(builder, builder.pad(image, {0, 2, 2, 0}, {0, 2, 2, 0}, 0),
                             add_weight(builder, "few", {Dim(5), Dim(5), Dim(1), Dim(6)}), 1));
  // Vectors of 32 columns are full, and in steps of two positions lie apart.
  add_output(graph, convolve(builder, image, add_weight(builder, "many", {Dim(3), Dim(3), Dim(1), Dim(32)}), 1));
  add_output(graph, convolve(builder, image, add_weight(builder, "steps", {Dim(3), Dim(3), Dim(1), Dim(6)}), 2));
  check_plan(graph);
  for (const bool strict : {false, true}) {
    const plan::Plan plan = plan::make_plan(graph, {.machine = kWide, .strict = strict, .chunk = 3});
    for (const plan::Body* body : {&plan.single, &plan.chunk}) {
      std::vector<bool> has_weights_left;
      for (const plan::Step& step : body->steps) {
        if (const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel)) {
          has_weights_left.push_back(contraction->left.memory == plan::Memory::weights);
        }
      }
      CHECK(has_weights_left == std::vector<bool>{true, false, false});
    }
  }
}

TEST_CASE("rows are asked for ahead where maps outgrow the second cache") {
  for (const std::int64_t size : {8, 64}) {
    Graph graph;
    Builder builder(graph);
    const NodeId image = add_input(builder, {Dim(size), Dim(size), Dim(64)});
    add_output(graph, convolve(builder, image, add_weight(builder, "k", {Dim(1), Dim(1), Dim(64), Dim(32)}), 1));
    const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
    CHECK(std::get<plan::ContractionStep>(plan.single.steps.front().kernel).fetches_rows == (size == 64));
  }
}

TEST_CASE("strided and one by one convolutions merge what is contiguous") {
  Graph graph;
  Builder builder(graph);
  const NodeId image = add_input(builder, {Dim(9), Dim(7), Dim(4)});
  const NodeId strided = convolve(builder, image, add_weight(builder, "k1", {Dim(3), Dim(3), Dim(4), Dim(8)}), 2);
  const NodeId point = convolve(builder, strided, add_weight(builder, "k2", {Dim(1), Dim(1), Dim(8), Dim(5)}), 1);
  add_output(graph, point);
  check_plan(graph);
  const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
  const auto& step = std::get<plan::ContractionStep>(plan.single.steps.back().kernel);
  CHECK(step.rows == std::vector<Dim>{Dim(12)});
  CHECK(step.depth == std::vector<Dim>{8});
  const auto& first = std::get<plan::ContractionStep>(plan.single.steps.front().kernel);
  CHECK(first.depth == std::vector<Dim>{3, 12});
}

TEST_CASE("cells half a page apart have a line between them where a contraction reads them") {
  const auto cell_of = [](std::int64_t channels, bool is_viewed) {
    Graph graph;
    Builder builder(graph);
    const NodeId image = add_input(builder, {Dim(3), Dim(5), Dim(8)});
    const NodeId wide = convolve(builder, image, add_weight(builder, "k1", {Dim(1), Dim(1), Dim(8), channels}), 1);
    add_output(graph, convolve(builder, wide, add_weight(builder, "k2", {Dim(2), Dim(2), Dim(channels), Dim(4)}), 1));
    if (is_viewed) {
      const NodeId row = builder.reshape(wide, {{Dim::batch(), Dim(15 * channels)}});
      add_output(graph, builder.reduce(graph::Reducer::sum, row, {1}, false));
    }
    check_plan(graph);
    const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
    const auto& step = std::get<plan::ContractionStep>(plan.single.steps.front().kernel);
    CHECK(step.rows == std::vector<Dim>{Dim(15)});
    return step.output.strides.front();
  };
  CHECK(cell_of(256, false) == Dim(256));
  CHECK(cell_of(512, false) == Dim(528));
  CHECK(cell_of(1024, false) == Dim(1040));
  CHECK(cell_of(512, true) == Dim(512));
}

TEST_CASE("grouped, depthwise and dilated convolutions") {
  Graph graph;
  Builder builder(graph);
  const NodeId image = add_input(builder, {Dim(7), Dim(7), Dim(6)});
  graph::ContractionAttributes depthwise{
      .left = "nhwc", .right = "pqcm", .output = "nhwcm", .windows = {}, .epilogue = {}};
  depthwise.windows = {{.output = 'h', .window = 'p', .dilation = 2}, {.output = 'w', .window = 'q'}};
  const NodeId one = builder.contraction(depthwise, image, add_weight(builder, "d1", {Dim(3), Dim(3), Dim(6), Dim(1)}));
  const NodeId two = builder.contraction(depthwise, image, add_weight(builder, "d2", {Dim(3), Dim(3), Dim(6), Dim(2)}));
  graph::ContractionAttributes grouped{
      .left = "nhwgc", .right = "pqcgf", .output = "nhwgf", .windows = {}, .epilogue = {}};
  grouped.windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}};
  const NodeId split = builder.reshape(image, {{Dim::batch(), Dim(7), Dim(7), Dim(2), Dim(3)}});
  const NodeId three =
      builder.contraction(grouped, split, add_weight(builder, "g", {Dim(2), Dim(2), Dim(3), Dim(2), Dim(5)}));
  add_output(graph, one);
  add_output(graph, two);
  add_output(graph, three);
  check_plan(graph);
  const plan::Plan plan = plan::make_plan(graph, {.machine = kWide});
  CHECK(std::holds_alternative<plan::DepthwiseStep>(plan.single.steps.front().kernel));
}

TEST_CASE("concat is written in place, and views are read in place") {
  Graph graph;
  Builder builder(graph);
  const NodeId x = add_input(builder, {Dim(4), Dim(6)});
  const NodeId a = builder.map1(graph::MapOp::exp, x);
  const NodeId b = builder.map1(graph::MapOp::negate, x);
  const NodeId joined = builder.concat({a, x, b, a}, 2);
  const NodeId cut = builder.slice(joined, {Dim(0), Dim(1), Dim(2)}, {Dim::batch(), Dim(2), Dim(8)}, {1, 2, 1});
  const NodeId odd = builder.slice(joined, {Dim(0), Dim(3), Dim(20)}, {Dim::batch(), Dim(4), Dim(7)}, {1, -1, -3});
  add_output(graph, builder.reshape(cut, {{Dim::batch(), Dim(16)}}));
  add_output(graph, builder.transpose(odd, {0, 2, 1}));
  add_output(graph, joined);
  add_output(graph, x);
  check_plan(graph);
}

TEST_CASE("pooling, reductions and rows") {
  Graph graph;
  Builder builder(graph);
  const NodeId x = add_input(builder, {Dim(5), Dim(6), Dim(7)});
  graph::WindowReduceAttributes pool{.reducer = graph::Reducer::mean, .first_axis = 1, .windows = {}, .epilogue = {}};
  pool.windows = {{.size = 3, .stride = 2, .dilation = 1, .pad_low = 1, .pad_high = 1},
                  {.size = 2, .stride = 2, .dilation = 1, .pad_low = 0, .pad_high = 0}};
  const NodeId mean = builder.window_reduce(pool, x);
  pool.reducer = graph::Reducer::maximum;
  const NodeId maximum = builder.window_reduce(pool, x);
  add_output(graph, builder.map2(graph::MapOp::subtract, maximum, mean));
  add_output(graph, builder.reduce(graph::Reducer::mean, x, {1, 2}, false));
  add_output(graph, builder.reduce(graph::Reducer::maximum, x, {2}, true));
  graph::MapBuilder exp;
  const auto shifted = exp.subtract(exp.operand(0, DType::f32), exp.operand(1, DType::f32));
  graph::MapBuilder quotient;
  const auto ratio = quotient.divide(quotient.operand(2, DType::f32), quotient.operand(3, DType::f32));
  graph::MapBuilder same;
  graph::MapBuilder second;
  graph::RowsAttributes softmax;
  softmax.steps = {{graph::Reducer::maximum, same.finish(same.operand(0, DType::f32))},
                   {std::nullopt, exp.finish(exp.apply(graph::MapOp::exp, shifted))},
                   {graph::Reducer::sum, second.finish(second.operand(2, DType::f32))},
                   {std::nullopt, quotient.finish(ratio)}};
  add_output(graph, builder.rows(softmax, {x}, DType::f32));
  check_plan(graph);
}

TEST_CASE("products of two activations, and weights on the left") {
  Graph graph;
  Builder builder(graph);
  const NodeId q = add_input(builder, {Dim(4), Dim(2), Dim(8)});
  const NodeId k = add_input(builder, {Dim(5), Dim(2), Dim(8)});
  const NodeId scores =
      builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts", .windows = {}, .epilogue = {}}, q, k);
  const NodeId weight = add_weight(builder, "w", {Dim(5), Dim(3)});
  add_output(graph,
             builder.contraction({.left = "sf", .right = "nhts", .output = "nhtf", .windows = {}, .epilogue = {}},
                                 weight, scores));
  const NodeId heads = add_weight(builder, "heads", {Dim(8), Dim(3), Dim(4)});
  add_output(graph, builder.contraction(
                        {.left = "nthd", .right = "dab", .output = "ntahb", .windows = {}, .epilogue = {}}, q, heads));
  check_plan(graph);
}
