// Look-ups and ranges of inputs: ids that fit, and what becomes of a call with one that does not.
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "catch.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

using graph::Builder;
using graph::NodeId;

/// A graph of one output, made from ids of this type and a table [N, rows, 3] of numbers.
graph::Graph make_graph(const TensorType& ids, std::int64_t rows,
                        const std::function<NodeId(Builder& builder, NodeId ids, NodeId table)>& make) {
  graph::Graph graph;
  Builder builder(graph);
  const NodeId ids_node = builder.input({.name = "ids"}, ids);
  const NodeId table = builder.input({.name = "table"}, {DType::f32, {{Dim::batch(), rows, 3}}});
  graph.outputs.push_back({.name = "y", .node = make(builder, ids_node, table)});
  return graph;
}

NodeId look_up(Builder& builder, NodeId ids, NodeId table) {
  return builder.gather(table, ids, 1);
}

TensorData tensor(DType dtype, std::vector<std::int64_t> shape, const std::vector<double>& values) {
  TensorData data = TensorData::zeros(dtype, std::move(shape));
  for (std::size_t index = 0; index < values.size(); ++index) {
    data.set(static_cast<std::int64_t>(index), values[index]);
  }
  return data;
}

TensorData counting_table(std::int64_t samples, std::int64_t rows) {
  TensorData table = TensorData::zeros(DType::f32, {samples, rows, 3});
  for (std::int64_t index = 0; index < table.element_count(); ++index) {
    table.set(index, static_cast<double>(index));
  }
  return table;
}

/// Runs the graph with these ids on every processor, by chunks of two samples, between guard pages; the status, which
/// all agree on.
int status_of(const graph::Graph& graph, const TensorData& ids, std::int64_t rows,
              const std::vector<std::size_t>& sizes = {}, std::vector<std::byte>* output = nullptr) {
  std::vector<int> statuses;
  const std::int64_t samples = ids.shape[0];
  for (const std::string& cpu : testing::runnable_cpus()) {
    const codegen::Target target = testing::target_of(cpu);
    const plan::Plan plan = plan::make_plan(graph, {.machine = target.machine, .chunk = 2});
    const auto model = testing::compile_and_load(plan, target, plan::pack_weights(plan, {}));
    for (const testing::Guard guard : {testing::Guard::before, testing::Guard::behind}) {
      const testing::RunResult result = testing::run_guarded(model->model(), static_cast<std::size_t>(samples),
                                                             {ids, counting_table(samples, rows)}, guard, sizes);
      statuses.push_back(result.status);
      if (output != nullptr) {
        *output = result.outputs[0];
      }
    }
  }
  CHECK(std::ranges::count(statuses, statuses[0]) == static_cast<std::ptrdiff_t>(statuses.size()));
  return statuses[0];
}

bool is_untouched(const std::vector<std::byte>& output) {
  return std::ranges::all_of(output, [](std::byte byte) { return byte == std::byte{0xff}; });
}

TEST_CASE("a call with an id of an input outside its table computes nothing") {
  const graph::Graph graph = make_graph({DType::i32, {{Dim::batch(), 2}}}, 4, look_up);
  std::vector<std::byte> output;
  const auto with = [&](std::vector<double> ids) {
    return status_of(graph, tensor(DType::i32, {5, 2}, ids), 4, {}, &output);
  };
  CHECK(with({0, 1, 2, 3, 3, 3, 0, 0, 1, 2}) == KDLC_OK);
  float last = 0;
  std::memcpy(&last, output.data() + output.size() - sizeof last, sizeof last);
  CHECK(last == 4 * 12 + 2 * 3 + 2);
  for (const double wrong : {4.0, -1.0, 2147483647.0, -2147483648.0}) {
    CAPTURE(wrong);
    // In the last sample: nothing of the chunks before it is written either.
    CHECK(with({0, 1, 2, 3, 3, 3, 0, 0, 1, wrong}) == KDLC_E_INDEX);
    CHECK(is_untouched(output));
  }
}

TEST_CASE("ids of every integer type are compared as numbers") {
  for (const DType dtype : {DType::i8, DType::i16, DType::i32, DType::i64, DType::u8}) {
    CAPTURE(name_of(dtype));
    const graph::Graph graph = make_graph({dtype, {{Dim::batch()}}}, 100, look_up);
    CHECK(status_of(graph, tensor(dtype, {3}, {0, 99, 7}), 100) == KDLC_OK);
    CHECK(status_of(graph, tensor(dtype, {3}, {0, 100, 7}), 100) == KDLC_E_INDEX);
    if (dtype != DType::u8) {
      CHECK(status_of(graph, tensor(dtype, {3}, {0, -1, 7}), 100) == KDLC_E_INDEX);
    }
  }
  const graph::Graph graph = make_graph({DType::i64, {{Dim::batch()}}}, 4, look_up);
  CHECK(status_of(graph, tensor(DType::i64, {1}, {4294967296.0 * 8 + 1}), 4) == KDLC_E_INDEX);
}

TEST_CASE("of a sliced input only what is looked up must fit") {
  const graph::Graph graph =
      make_graph({DType::i32, {{Dim::batch(), 4}}}, 4, [](Builder& builder, NodeId ids, NodeId table) {
        const NodeId some = builder.slice(ids, {0, 3}, {Dim::batch(), 2}, {1, -2});
        return builder.gather(table, builder.cast(builder.reshape(some, {{Dim::batch(), 2, 1}}), DType::i64), 1);
      });
  const plan::Plan plan = plan::make_plan(graph, {.chunk = 2});
  CHECK(plan.input_checks.size() == 1);
  CHECK_FALSE(plan.chunk.checks_ids());
  std::vector<std::byte> output;
  CHECK(status_of(graph, tensor(DType::i32, {3, 4}, {9, 0, 9, 3, 9, 1, 9, 2, 9, 0, 9, 0}), 4) == KDLC_OK);
  CHECK(status_of(graph, tensor(DType::i32, {3, 4}, {9, 0, 9, 3, 9, 1, 9, 2, 9, 4, 9, 0}), 4, {}, &output) ==
        KDLC_E_INDEX);
  CHECK(is_untouched(output));
}

TEST_CASE("computed ids are compared where they are used") {
  const graph::Graph graph =
      make_graph({DType::i32, {{Dim::batch(), 2}}}, 4, [](Builder& builder, NodeId ids, NodeId table) {
        return builder.gather(table, builder.map2(graph::MapOp::multiply, ids, ids), 1);
      });
  CHECK(plan::make_plan(graph, {.chunk = 2}).chunk.checks_ids());
  CHECK(status_of(graph, tensor(DType::i32, {3, 2}, {0, 1, -1, 1, 0, 0}), 4) == KDLC_OK);
  CHECK(status_of(graph, tensor(DType::i32, {3, 2}, {0, 1, -1, 1, 0, 2}), 4) == KDLC_E_INDEX);
  CHECK(status_of(graph, tensor(DType::i32, {3, 2}, {0, 1, -1, 46341, 0, 0}), 4) == KDLC_E_INDEX);  // wraps below 0
}

TEST_CASE("a declared range that fits its table is all that is compared") {
  graph::Graph graph = make_graph({DType::i32, {{Dim::batch()}}}, 4, look_up);
  graph.inputs[0].range_begin = 1;
  graph.inputs[0].range_end = 3;
  CHECK(plan::make_plan(graph, {.chunk = 2}).input_checks.size() == 1);
  CHECK(status_of(graph, tensor(DType::i32, {2}, {1, 2}), 4) == KDLC_OK);
  CHECK(status_of(graph, tensor(DType::i32, {2}, {1, 0}), 4) == KDLC_E_INDEX);
  CHECK(status_of(graph, tensor(DType::i32, {2}, {3, 1}), 4) == KDLC_E_INDEX);
}

TEST_CASE("a range of floats holds no NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  graph::Graph graph = make_graph({DType::f32, {{Dim::batch(), 37}}}, 1, [](Builder& builder, NodeId x, NodeId) {
    return builder.map1(graph::MapOp::negate, x);
  });
  graph.inputs[0].range_begin = -1;
  graph.inputs[0].range_end = 1;
  std::vector<double> numbers(74, 0.5);
  numbers[36] = -1;
  CHECK(status_of(graph, tensor(DType::f32, {2, 37}, numbers), 1) == KDLC_OK);
  for (const double wrong : {1.0, -1.0000001192092896, static_cast<double>(nan)}) {
    numbers[73] = wrong;
    CHECK(status_of(graph, tensor(DType::f32, {2, 37}, numbers), 1) == KDLC_E_INDEX);
  }
}

}  // namespace
}  // namespace kdlc
