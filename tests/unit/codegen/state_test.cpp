// The contract of a model that keeps states: who owns them, which call changes them, how a stream begins anew.
#include <array>
#include <cstring>

#include "catch.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

using graph::Builder;
using graph::MapOp;
using graph::NodeId;
using testing::Guard;

constexpr std::size_t kStreams = 5;

/// sum[n][2] += x[n][2] for every stream, calls += 1 for all together; y = sum + calls, and found[n] = table[id²].
graph::Graph make_graph() {
  graph::Graph graph;
  graph.name = "Sums";
  Builder builder(graph);
  const TensorType pair{DType::f32, {{Dim::batch(), 2}}};
  const NodeId x = builder.input({.name = "x"}, pair);
  const NodeId id = builder.input({.name = "id"}, {DType::i32, {{Dim::batch()}}});
  const NodeId table = builder.parameter({.path = "table", .type = {DType::f32, {{4}}}});
  const NodeId sum = builder.state({.name = "sum"}, pair);
  const NodeId calls = builder.state({.name = "calls"}, {DType::f32, {{1}}});
  const NodeId next_sum = builder.map2(MapOp::add, sum, x);
  const NodeId next_calls = builder.map2(MapOp::add, calls, builder.scalar(1, DType::f32));
  graph.states[0].next = next_sum;
  graph.states[1].next = next_calls;
  graph.outputs.push_back({.name = "y", .node = builder.map2(MapOp::add, next_sum, next_calls)});
  graph.outputs.push_back({.name = "found", .node = builder.gather(table, builder.map2(MapOp::multiply, id, id), 0)});
  return graph;
}

plan::Plan make_plan(std::int64_t chunk, std::int64_t threads = 1) {
  return plan::make_plan(make_graph(),
                         {.chunk = chunk, .streams = kStreams, .threads = threads, .meeting_nanoseconds = 0});
}

/// A parallel-for that begins with the last part.
void backwards(void* /*context*/, std::size_t count, void (*body)(void*, std::size_t), void* body_context) {
  for (std::size_t index = count; index-- > 0;) {
    body(body_context, index);
  }
}

std::unique_ptr<link::LoadedModel> load(const plan::Plan& plan, const std::string& cpu = "native") {
  const auto weights = plan::pack_weights(plan, {TensorData::from_floats({4}, {0, 10, 20, 30})});
  return testing::compile_and_load(plan, testing::target_of(cpu), weights);
}

/// Memory of the states between guard pages.
testing::GuardedMemory make_state(const kdlc_model& model, Guard guard) {
  testing::GuardedMemory state(model.state_bytes, alignof(std::uint64_t), guard);
  REQUIRE(model.reset(state.data(), KDLC_ALL_STREAMS) == KDLC_OK);
  return state;
}

std::vector<std::byte> bytes_of(const testing::GuardedMemory& memory) {
  return {memory.data(), memory.data() + memory.size()};
}

/// A call whose samples have x = (1, 10) and these ids; y of every sample.
std::vector<std::array<float, 2>> call(const kdlc_model& model, const testing::GuardedMemory& state,
                                       const std::vector<double>& ids, std::int32_t status = KDLC_OK) {
  const auto n = static_cast<std::int64_t>(ids.size());
  TensorData x = TensorData::zeros(DType::f32, {n, 2});
  TensorData id = TensorData::zeros(DType::i32, {n});
  for (std::int64_t sample = 0; sample < n; ++sample) {
    x.set(2 * sample, 1);
    x.set(2 * sample + 1, 10);
    id.set(sample, ids[static_cast<std::size_t>(sample)]);
  }
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  options.parallel_for = backwards;
  const auto result = testing::run_guarded(model, ids.size(), {x, id}, Guard::behind, {}, state.data(), &options);
  REQUIRE(result.status == status);
  REQUIRE(state.canaries_alive());
  std::vector<std::array<float, 2>> y(ids.size());
  std::memcpy(y.data(), result.outputs[0].data(), result.outputs[0].size());
  return y;
}

TEST_CASE("samples are streams, which go on call after call in chunks of any size on every processor") {
  using Pairs = std::vector<std::array<float, 2>>;
  const auto cpus = testing::runnable_cpus();
  for (const std::string& cpu : cpus) {
    for (const std::int64_t chunk : {1, 2, 4, 5, 9}) {
      const auto loaded = load(make_plan(chunk, chunk == 4 ? 3 : 1), cpu);
      const kdlc_model& model = loaded->model();
      REQUIRE(model.chunk == static_cast<std::size_t>(std::min<std::int64_t>(chunk, kStreams)));
      const auto state = make_state(model, chunk == 2 ? Guard::before : Guard::behind);
      REQUIRE(call(model, state, {0, 0, 0, 0, 0}) == Pairs(5, {2, 11}));
      REQUIRE(call(model, state, {0, 0, 0}) == Pairs(3, {4, 22}));
      REQUIRE(call(model, state, {0}) == Pairs{{6, 33}});
      // Streams 3 and 4 have waited; the count of calls is one for all.
      REQUIRE(call(model, state, {0, 0, 0, 0, 0}) == Pairs{{8, 44}, {7, 34}, {7, 34}, {6, 24}, {6, 24}});
    }
  }
}

TEST_CASE("threads share out streams") {
  graph::Graph graph;
  Builder builder(graph);
  const TensorType pair{DType::f32, {{Dim::batch(), 2}}};
  const NodeId x = builder.input({.name = "x"}, pair);
  const NodeId sum = builder.state({.name = "sum"}, pair);
  graph.states[0].next = builder.map2(MapOp::add, sum, x);
  graph.outputs.push_back({.name = "y", .node = graph.states[0].next});
  plan::Plan plan = plan::make_plan(graph, {.chunk = 2, .streams = kStreams, .threads = 3, .meeting_nanoseconds = 0});
  plan.threads.least_samples = 3;
  const auto model = testing::compile_and_load(plan, testing::target_of("native"));
  const auto state = make_state(model->model(), Guard::behind);
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  options.parallel_for = backwards;
  for (int call = 1; call <= 3; ++call) {
    const TensorData ones = TensorData::from_floats({kStreams, 2}, std::vector<float>(2 * kStreams, 1));
    const auto result =
        testing::run_guarded(model->model(), kStreams, {ones}, Guard::behind, {}, state.data(), &options);
    REQUIRE(result.status == KDLC_OK);
    std::array<float, 2 * kStreams> y{};
    std::memcpy(y.data(), result.outputs[0].data(), result.outputs[0].size());
    REQUIRE(std::all_of(y.begin(), y.end(), [&](float value) { return value == static_cast<float>(call); }));
  }
}

TEST_CASE("a stream is reset alone, or all are with what they share") {
  const auto loaded = load(make_plan(2));
  const kdlc_model& model = loaded->model();
  const auto state = make_state(model, Guard::behind);
  call(model, state, {0, 0, 0, 0, 0});
  REQUIRE(model.reset(state.data(), 1) == KDLC_OK);
  REQUIRE(model.reset(state.data(), 4) == KDLC_OK);
  REQUIRE(call(model, state, {0, 0, 0, 0, 0}) ==
          std::vector<std::array<float, 2>>{{4, 22}, {3, 12}, {4, 22}, {4, 22}, {3, 12}});
  const auto before = bytes_of(state);
  REQUIRE(model.reset(state.data(), kStreams) == KDLC_E_SIZE);
  REQUIRE(model.reset(state.data(), KDLC_ALL_STREAMS - 1) == KDLC_E_SIZE);
  REQUIRE(model.reset(nullptr, 0) == KDLC_E_NULL);
  REQUIRE(bytes_of(state) == before);
  REQUIRE(model.reset(state.data(), KDLC_ALL_STREAMS) == KDLC_OK);
  const auto bytes = bytes_of(state);
  REQUIRE(std::all_of(bytes.begin(), bytes.begin() + kStreams * 8 + 4,
                      [](std::byte byte) { return byte == std::byte{0}; }));
  REQUIRE(state.canaries_alive());
}

TEST_CASE("an error leaves the states as they were") {
  for (const std::int64_t chunk : {1, 2, 5}) {
    const auto loaded = load(make_plan(chunk, chunk));
    const kdlc_model& model = loaded->model();
    const auto state = make_state(model, Guard::behind);
    call(model, state, {0, 0, 0, 0, 0});
    const auto before = bytes_of(state);
    // The first and the last chunk meet an id outside the table while they compute.
    call(model, state, {0, 0, 0, 0, 2}, KDLC_E_INDEX);
    REQUIRE(bytes_of(state) == before);
    call(model, state, {2, 0, 0, 0, 0}, KDLC_E_INDEX);
    REQUIRE(bytes_of(state) == before);
    call(model, state, {0, 0, 0, 0, 0, 0}, KDLC_E_SIZE);
    REQUIRE(bytes_of(state) == before);
    call(model, state, {});
    REQUIRE(bytes_of(state) == before);
    REQUIRE(call(model, state, {0, 0, 0, 0, 1}).back() == std::array<float, 2>{4, 22});
    REQUIRE(bytes_of(state) != before);
  }
}

/// States whose next values are of every kind: another state, an input, a weight, a constant, a part of a value, a
/// value that is an output or another state's too, and itself.
graph::Graph make_tangle() {
  graph::Graph graph;
  Builder builder(graph);
  const TensorType triple{DType::f32, {{Dim::batch(), 3}}};
  const NodeId x = builder.input({.name = "x"}, triple);
  const NodeId weight = builder.parameter({.path = "w", .type = {DType::f32, {{3}}}});
  const auto state = [&](const std::string& name, const TensorType& type) {
    return builder.state({.name = name}, type);
  };
  const auto add = [&](NodeId left, NodeId right) { return builder.map2(MapOp::add, left, right); };
  const NodeId first = state("first", triple);
  const NodeId second = state("second", triple);
  const NodeId given = state("given", triple);
  const NodeId fixed = state("fixed", triple);
  const NodeId shown = state("shown", triple);
  const NodeId shown_too = state("shown_too", triple);
  const NodeId part = state("part", {DType::f32, {{Dim::batch(), 2}}});
  const NodeId kept = state("kept", triple);
  const NodeId shared = state("shared", {DType::f32, {{3}}});
  const NodeId sum = add(add(first, add(second, second)), builder.map2(MapOp::multiply, given, fixed));
  const NodeId y = add(add(sum, add(shown, shown_too)), add(add(kept, shared), x));
  const NodeId joined = builder.concat({part, builder.map1(MapOp::negate, y)}, 1);
  const std::vector<NodeId> next = {second,
                                    add(first, x),
                                    x,
                                    builder.broadcast_to(builder.scalar(7, DType::f32), triple.shape),
                                    y,
                                    y,
                                    builder.slice(joined, {0, 1}, {Dim::batch(), 2}, {1, 2}),
                                    kept,
                                    weight};
  for (std::size_t index = 0; index < next.size(); ++index) {
    graph.states[index].next = next[index];
  }
  graph.outputs.push_back({.name = "y", .node = y});
  graph.outputs.push_back({.name = "joined", .node = joined});
  graph.outputs.push_back({.name = "last", .node = first});
  return graph;
}

/// One call by the reference; the states become what it leaves.
std::vector<TensorData> evaluate_call(const graph::Graph& graph, const TensorData& x, const TensorData& weight,
                                      std::vector<TensorData>& states) {
  std::vector<NodeId> wanted;
  for (const graph::OutputInfo& output : graph.outputs) {
    wanted.push_back(output.node);
  }
  for (const graph::StateInfo& info : graph.states) {
    wanted.push_back(info.next);
  }
  std::vector<TensorData> results = graph::evaluate(
      graph, {.sizes = {{"N", x.shape.front()}}, .inputs = {x}, .parameters = {weight}, .states = states}, wanted);
  states.assign(results.begin() + static_cast<std::ptrdiff_t>(graph.outputs.size()), results.end());
  results.resize(graph.outputs.size());
  return results;
}

TEST_CASE("a state's next value may be anything") {
  const graph::Graph graph = make_tangle();
  REQUIRE(graph::verify(graph).empty());
  const TensorData weight = TensorData::from_floats({3}, {0.5F, 1.5F, -2});
  for (const std::int64_t chunk : {1, 2, 4, 5}) {
    const plan::Plan plan = plan::make_plan(graph, {.chunk = chunk, .streams = kStreams});
    const auto loaded =
        testing::compile_and_load(plan, testing::target_of("native"), plan::pack_weights(plan, {weight}));
    const auto state = make_state(loaded->model(), Guard::behind);
    std::vector<TensorData> states;
    for (const graph::StateInfo& info : graph.states) {
      const Shape& shape = graph.node(info.node).type.shape;
      std::vector<std::int64_t> sizes = {shape.axes.back().constant()};
      if (shape.has_batch()) {
        sizes.insert(sizes.begin(), kStreams);
      }
      states.push_back(TensorData::zeros(DType::f32, sizes));
    }
    for (int turn = 0; turn < 4; ++turn) {
      TensorData x = TensorData::zeros(DType::f32, {kStreams, 3});
      for (std::int64_t index = 0; index < x.element_count(); ++index) {
        x.set(index, 0.25 * static_cast<double>((index * 7 + turn) % 11) - 1);
      }
      const std::vector<TensorData> expected = evaluate_call(graph, x, weight, states);
      const auto result = testing::run_guarded(loaded->model(), kStreams, {x}, Guard::behind, {}, state.data());
      CAPTURE(chunk, turn);
      REQUIRE(result.status == KDLC_OK);
      for (std::size_t output = 0; output < expected.size(); ++output) {
        // Sums and products of few short numbers: exact in every order.
        CAPTURE(output);
        REQUIRE(result.outputs[output] == expected[output].bytes);
      }
    }
  }
}

using Forward = std::int32_t (*)(const kdlc_weights*, void*, std::size_t, const kdlc_options*, void*, std::size_t,
                                 const float*, const std::int32_t*, float*, float*);

TEST_CASE("the states of a typed call stand behind its options, and NULL is told in its turn") {
  const auto loaded = load(make_plan(2));
  const kdlc_model& model = loaded->model();
  const auto forward = reinterpret_cast<Forward>(loaded->symbol("m_forward"));
  alignas(64) std::array<std::byte, 1024> arena{};
  REQUIRE(model.arena_bytes <= arena.size());
  std::array<std::uint64_t, 8> state{};
  const std::array<float, 2> x = {1, 2};
  const std::int32_t id = 1;
  std::array<float, 2> y{};
  float found = 0;
  const auto status = [&](void* memory, void* states, const float* values) {
    return forward(model.embedded, memory, arena.size(), nullptr, states, 1, values, &id, y.data(), &found);
  };
  REQUIRE(status(arena.data(), state.data(), x.data()) == KDLC_OK);
  REQUIRE(status(arena.data(), state.data(), x.data()) == KDLC_OK);
  REQUIRE(y == std::array<float, 2>{4, 6});
  REQUIRE(found == 10);
  REQUIRE(status(arena.data(), nullptr, x.data()) == KDLC_E_NULL);
  REQUIRE(status(arena.data() + 8, nullptr, x.data()) == KDLC_E_ARENA_ALIGN);
  REQUIRE(status(arena.data(), state.data(), nullptr) == KDLC_E_NULL);
  REQUIRE(forward(nullptr, nullptr, 0, nullptr, nullptr, 0, nullptr, nullptr, nullptr, nullptr) == KDLC_OK);
  const auto reset = reinterpret_cast<std::int32_t (*)(void*, std::size_t)>(loaded->symbol("m_reset"));
  REQUIRE(reset == model.reset);
}

TEST_CASE("the descriptor tells how many streams there are and how large their states") {
  const auto loaded = load(make_plan(2));
  REQUIRE(loaded->model().streams == kStreams);
  REQUIRE(loaded->model().state_bytes == kStreams * 8 + 8);
  REQUIRE(loaded->model().arena_bytes % 64 == 4);  // the last state of a call lies at its end

  graph::Graph shared;
  Builder builder(shared);
  const NodeId x = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), 2}}});
  const NodeId calls = builder.state({.name = "calls"}, {DType::f32, {{1}}});
  shared.states[0].next = builder.map2(MapOp::add, calls, builder.scalar(1, DType::f32));
  shared.outputs.push_back({.name = "y", .node = builder.map2(MapOp::add, x, shared.states[0].next)});
  const auto loaded_shared = load(plan::make_plan(shared, {.chunk = 2}));
  const kdlc_model& model = loaded_shared->model();
  REQUIRE(model.streams == 0);
  REQUIRE(model.state_bytes == 8);
  const auto state = make_state(model, Guard::behind);
  REQUIRE(model.reset(state.data(), 0) == KDLC_E_SIZE);
  const TensorData zeros = TensorData::zeros(DType::f32, {7, 2});
  for (const float expected : {1.0F, 2.0F}) {
    // Every chunk of a call sees what the call before left.
    const auto result = testing::run_guarded(model, 7, {zeros}, Guard::behind, {}, state.data());
    std::array<float, 14> y{};
    std::memcpy(y.data(), result.outputs[0].data(), sizeof y);
    REQUIRE(std::all_of(y.begin(), y.end(), [&](float value) { return value == expected; }));
  }
}

}  // namespace
}  // namespace kdlc
