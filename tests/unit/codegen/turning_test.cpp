// Weights that outgrow the second cache a little are read there and back: the same bits, whatever the arena held.
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "catch.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

constexpr std::int64_t kInputs = 24;
constexpr std::array<std::int64_t, 3> kUnits = {150, 133, 10};

using Forward = std::int32_t (*)(const kdlc_weights*, void*, std::size_t, const kdlc_options*, std::size_t,
                                 const float*, float*);

graph::Graph dense_layers() {
  graph::Graph graph;
  graph::Builder builder(graph);
  graph::InputInfo input;
  input.name = "x";
  graph::NodeId x = builder.input(input, {DType::f32, Shape{{Dim::batch(), kInputs}}});
  std::int64_t width = kInputs;
  for (const std::int64_t units : kUnits) {
    graph::ParameterInfo kernel;
    kernel.path = "w" + std::to_string(units);
    kernel.type = {DType::f32, Shape{{width, units}}};
    x = builder.contraction({.left = "nk", .right = "ku", .output = "nu", .windows = {}, .epilogue = {}}, x,
                            builder.parameter(kernel));
    width = units;
  }
  graph.outputs.push_back({.name = "y", .node = x});
  return graph;
}

constexpr std::int64_t kWeightBytes = (24 * 150 + 150 * 133 + 133 * 10) * 4;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

TEST_CASE("passes that turn around give the same bits in both directions") {
  const graph::Graph graph = dense_layers();
  codegen::Target target = testing::target_of("native");
  target.machine.l2_bytes = kWeightBytes * 2 / 3;
  const plan::Plan plan = plan::make_plan(graph, {.machine = target.machine, .chunk = 4});
  const auto weights = plan::pack_weights(plan, testing::random_parameters(graph, 3));
  const auto model = testing::compile_and_load(plan, target, weights);
  const auto forward = reinterpret_cast<Forward>(model->symbol("m_forward"));
  INFO(plan::dump(plan));
  REQUIRE(plan.single.direction_offset.has_value());
  const auto direction_at = static_cast<std::size_t>(*plan.single.direction_offset);

  const auto arena_bytes = static_cast<std::size_t>(plan.arena_bytes);
  const std::unique_ptr<std::byte, Free> arena(static_cast<std::byte*>(std::aligned_alloc(64, arena_bytes)));
  const TensorData x = testing::random_inputs(graph, {{"N", 1}}, 5).front();
  const auto call = [&] {
    std::array<float, 10> y{};
    REQUIRE(forward(model->model().embedded, arena.get(), arena_bytes, nullptr, 1,
                    reinterpret_cast<const float*>(x.bytes.data()), y.data()) == KDLC_OK);
    return y;
  };
  std::memset(arena.get(), 0, arena_bytes);
  const std::array<float, 10> first = call();
  for (const int rubbish : {0x00, 0xff, 0x5a}) {
    std::memset(arena.get(), rubbish, arena_bytes);
    int direction = rubbish & 1;
    for (int number = 0; number < 3; ++number) {
      REQUIRE(call() == first);
      direction ^= 1;
      REQUIRE((static_cast<int>(arena.get()[direction_at]) & 1) == direction);
    }
  }
}

TEST_CASE("weights turn around only where they outgrow the cache, and not by much") {
  const graph::Graph graph = dense_layers();
  plan::Machine machine = testing::target_of("native").machine;
  for (const auto& [l2_bytes, turns] :
       {std::pair{2 * kWeightBytes, false}, std::pair{kWeightBytes, true}, std::pair{kWeightBytes / 4, false}}) {
    machine.l2_bytes = l2_bytes;
    REQUIRE(plan::make_plan(graph, {.machine = machine, .chunk = 4}).single.direction_offset.has_value() == turns);
  }
}

}  // namespace
}  // namespace kdlc
