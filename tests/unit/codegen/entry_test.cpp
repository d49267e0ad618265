// The contract of a call: statuses in their order, chunks of samples, weights bound and embedded.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include "catch.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

using testing::Guard;

constexpr std::int64_t kWidth = 5;
constexpr std::int64_t kChunk = 4;
constexpr std::uint64_t kHash = 0x1234567890abcdefU;

plan::MapStep step(graph::MapOp op, const plan::Access& left, const plan::Access& right, const plan::Access& output) {
  graph::MapBuilder builder;
  const auto result = builder.apply(op, builder.operand(0, DType::f32), builder.operand(1, DType::f32));
  return {
      .axes = {Dim::batch(), kWidth}, .expression = builder.finish(result), .inputs = {left, right}, .output = output};
}

/// y[n][5] = x[n][5] × w[5] + x, by way of the arena.
plan::Plan scale_plan() {
  plan::Plan plan;
  graph::Builder builder(plan.graph);
  plan.graph.name = "Scale";
  plan.graph.doc = "Scales.";
  const TensorType type{DType::f32, Shape{{Dim::batch(), kWidth}}};
  const auto x = builder.input({.name = "x", .doc = "What is scaled.", .range_begin = 2, .range_end = 9}, type);
  plan.graph.outputs.push_back({.name = "y", .node = builder.map1(graph::MapOp::negate, x)});

  const plan::Access input{.memory = plan::Memory::input, .strides = {kWidth, 1}};
  const plan::Access weights{.memory = plan::Memory::weights, .strides = {0, 1}};
  const plan::Access middle{.memory = plan::Memory::arena, .offset_bytes = 64, .strides = {kWidth, 1}};
  const plan::Access output{.memory = plan::Memory::output, .strides = {kWidth, 1}};
  plan.chunk.samples = kChunk;
  for (plan::Body* body : {&plan.single, &plan.chunk}) {
    body->steps.push_back({.kernel = step(graph::MapOp::multiply, input, weights, middle), .name = "multiply"});
    body->steps.push_back({.kernel = step(graph::MapOp::add, middle, input, output), .name = "add"});
  }
  plan.arena_bytes = 64 + kChunk * kWidth * 4;
  plan.packed_bytes = 20;
  plan.model_hash = kHash;
  return plan;
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

const std::vector<float> kScale = {1, 2, 3, 4, 5};

using Forward = std::int32_t (*)(const kdlc_weights*, void*, std::size_t, const kdlc_options*, std::size_t,
                                 const float*, float*);
using Bind = std::int32_t (*)(kdlc_weights*, const void*, std::size_t);

/// A call of `m_forward` that succeeds, to be spoilt one argument at a time.
struct Call {
  const kdlc_weights* weights = nullptr;
  void* arena = nullptr;
  std::size_t arena_bytes = 0;
  std::size_t n = 1;
  const float* x = nullptr;
  float* y = nullptr;
};

TEST_CASE("forward computes any number of samples by chunks and a single body") {
  const auto cpus = testing::runnable_cpus();
  for (const std::string& cpu : cpus) {
    const auto model = testing::compile_and_load(scale_plan(), testing::target_of(cpu), bytes_of(kScale));
    REQUIRE(model->model().check_cpu() == KDLC_OK);
    for (const std::size_t n : {1U, 3U, 4U, 5U, 14U}) {
      std::vector<float> x(n * kWidth);
      for (std::size_t k = 0; k < x.size(); ++k) {
        x[k] = static_cast<float>(k) - 7;
      }
      const TensorData input = TensorData::from_floats({static_cast<std::int64_t>(n), kWidth}, x);
      for (const Guard guard : {Guard::behind, Guard::before}) {
        const testing::RunResult result = testing::run_guarded(model->model(), n, {input}, guard);
        REQUIRE(result.status == KDLC_OK);
        for (std::size_t k = 0; k < x.size(); ++k) {
          float y = 0;
          std::memcpy(&y, result.outputs[0].data() + k * sizeof y, sizeof y);
          REQUIRE(y == x[k] * kScale[k % kWidth] + x[k]);
        }
      }
    }
  }
}

TEST_CASE("every mistake of a call has its status, in the order of the contract") {
  const auto model = testing::compile_and_load(scale_plan(), testing::target_of("native"), bytes_of(kScale));
  const auto forward = reinterpret_cast<Forward>(model->symbol("m_forward"));
  REQUIRE(forward != nullptr);
  alignas(64) std::array<std::byte, 256> arena{};
  std::array<float, kWidth> x{};
  std::array<float, kWidth> y{};
  const kdlc_weights stranger{.data = model->model().embedded->data, .hash = kHash + 1};
  const Call good{model->model().embedded, arena.data(), arena.size(), 1, x.data(), y.data()};
  const auto status = [&](const std::function<void(Call&)>& spoil) {
    Call call = good;
    spoil(call);
    return forward(call.weights, call.arena, call.arena_bytes, nullptr, call.n, call.x, call.y);
  };
  REQUIRE(status([](Call&) {}) == KDLC_OK);
  REQUIRE(status([](Call& call) { call.weights = nullptr; }) == KDLC_E_NULL);
  REQUIRE(status([](Call& call) { call.arena = nullptr; }) == KDLC_E_NULL);
  REQUIRE(status([&](Call& call) { call.arena = arena.data() + 8; }) == KDLC_E_ARENA_ALIGN);
  REQUIRE(status([](Call& call) { call.arena_bytes = 143; }) == KDLC_E_ARENA_SIZE);
  REQUIRE(status([](Call& call) { call.arena_bytes = 144; }) == KDLC_OK);
  REQUIRE(status([](Call& call) { call.x = nullptr; }) == KDLC_E_NULL);
  REQUIRE(status([](Call& call) { call.y = nullptr; }) == KDLC_E_NULL);
  REQUIRE(status([&](Call& call) { call.weights = &stranger; }) == KDLC_E_WEIGHTS);
  // The earlier check wins.
  REQUIRE(status([&](Call& call) {
            call.weights = &stranger;
            call.arena_bytes = 0;
            call.x = nullptr;
          }) == KDLC_E_ARENA_SIZE);
}

TEST_CASE("no samples are no work, whatever else is passed") {
  const auto model = testing::compile_and_load(scale_plan(), testing::target_of("native"), bytes_of(kScale));
  const auto forward = reinterpret_cast<Forward>(model->symbol("m_forward"));
  REQUIRE(forward(nullptr, nullptr, 0, nullptr, 0, nullptr, nullptr) == KDLC_OK);
  const std::size_t none = 0;
  REQUIRE(model->model().run(nullptr, nullptr, 0, nullptr, nullptr, &none, nullptr, nullptr) == KDLC_OK);
  const std::size_t one = 1;
  REQUIRE(model->model().run(model->model().embedded, nullptr, 0, nullptr, nullptr, &one, nullptr, nullptr) ==
          KDLC_E_NULL);
  REQUIRE(model->model().run(model->model().embedded, nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr) ==
          KDLC_E_NULL);
}

TEST_CASE("bind accepts the file of this model and nothing else") {
  const plan::Plan plan = scale_plan();
  Report report;
  const auto object = codegen::compile(plan, {.target = testing::target_of("native"), .prefix = "m"}, report);
  REQUIRE(object.has_value());
  const auto model = link::LoadedModel::load(*object, "m", report);
  REQUIRE(model != nullptr);
  REQUIRE(model->model().embedded == nullptr);
  REQUIRE(model->symbol("m_embedded") == nullptr);
  const auto bind = reinterpret_cast<Bind>(model->symbol("m_bind"));

  const std::string file = codegen::packed_file(plan, bytes_of(kScale));
  REQUIRE(file.size() == 84);
  alignas(64) std::array<char, 192> memory{};
  const auto status = [&](std::size_t size, const std::function<void(char*)>& damage) {
    std::copy(file.begin(), file.end(), memory.begin());
    damage(memory.data());
    kdlc_weights weights{};
    return bind(&weights, memory.data(), size);
  };
  const auto unchanged = [](char*) {};
  REQUIRE(status(84, unchanged) == KDLC_OK);
  REQUIRE(status(85, unchanged) == KDLC_OK);
  for (const std::size_t size : {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{83}}) {
    REQUIRE(status(size, unchanged) == KDLC_E_WEIGHTS);
  }
  // Magic, version, hash, length, checksum and every byte of the tensors.
  for (std::size_t byte = 0; byte < 84; ++byte) {
    const bool is_unused = (byte >= 12 && byte < 16) || (byte >= 40 && byte < 64);
    CAPTURE(byte);
    REQUIRE(status(84, [&](char* data) { data[byte] = static_cast<char>(data[byte] ^ 0x40); }) ==
            (is_unused ? KDLC_OK : KDLC_E_WEIGHTS));
  }
  kdlc_weights weights{};
  std::copy(file.begin(), file.end(), memory.begin() + 8);
  REQUIRE(bind(&weights, memory.data() + 8, 84) == KDLC_E_WEIGHTS);
  REQUIRE(bind(nullptr, memory.data(), 84) == KDLC_E_NULL);
  REQUIRE(bind(&weights, nullptr, 84) == KDLC_E_NULL);

  std::copy(file.begin(), file.end(), memory.begin());
  REQUIRE(bind(&weights, memory.data(), 84) == KDLC_OK);
  REQUIRE(weights.data == memory.data() + 64);
  REQUIRE(weights.hash == kHash);
}

/// y[T] = -x[T] for T up to 9: no batch, no arena, no weights.
plan::Plan dim_plan() {
  plan::Plan plan;
  graph::Builder builder(plan.graph);
  plan.graph.dims.push_back({.name = "T", .bound = 9});
  const auto x = builder.input({.name = "x"}, {DType::f32, Shape{{Dim::symbol("T")}}});
  plan.graph.outputs.push_back({.name = "y", .node = builder.map1(graph::MapOp::negate, x)});
  graph::MapBuilder map;
  const auto negated = map.apply(graph::MapOp::negate, map.operand(0, DType::f32));
  plan.single.steps.push_back({.kernel = plan::MapStep{.axes = {Dim::symbol("T")},
                                                       .expression = map.finish(negated),
                                                       .inputs = {{.memory = plan::Memory::input, .strides = {1}}},
                                                       .output = {.memory = plan::Memory::output, .strides = {1}}},
                               .name = "negate"});
  plan.chunk = plan.single;
  return plan;
}

TEST_CASE("a declared dim has its bound; a model without batch runs once, one without arena takes NULL") {
  const auto loaded = testing::compile_and_load(dim_plan(), testing::target_of("native"));
  const kdlc_model& model = loaded->model();
  REQUIRE(model.dim_count == 1);
  REQUIRE(std::string(model.dims[0].name) == "T");
  REQUIRE(model.dims[0].bound == 9);
  REQUIRE(model.inputs[0].axes[0] == -2);
  REQUIRE(model.inputs[0].sample_bytes == 0);
  const std::array<float, 9> x = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (std::size_t length = 0; length <= 11; ++length) {
    std::array<float, 9> y{};
    const std::array<std::size_t, 2> sizes = {3, length};
    const std::array<const void*, 1> inputs = {x.data()};
    const std::array<void*, 1> outputs = {y.data()};
    const std::int32_t status =
        model.run(model.embedded, nullptr, 0, nullptr, nullptr, sizes.data(), inputs.data(), outputs.data());
    REQUIRE(status == (length <= 9 ? KDLC_OK : KDLC_E_SIZE));
    for (std::size_t k = 0; k < y.size(); ++k) {
      REQUIRE(y[k] == (status == KDLC_OK && k < length ? -x[k] : 0));
    }
  }
}

TEST_CASE("the descriptor tells names, shapes, ranges and sizes") {
  const auto loaded = testing::compile_and_load(scale_plan(), testing::target_of("x86-64"), bytes_of(kScale));
  const kdlc_model& model = loaded->model();
  REQUIRE(model.abi_version == KDLC_ABI_VERSION);
  REQUIRE(*static_cast<const std::int32_t*>(loaded->symbol("m_abi_2")) == 2);
  REQUIRE(std::string(model.name) == "Scale");
  REQUIRE(std::string(model.doc) == "Scales.");
  REQUIRE(std::string(model.target) == "x86_64-linux-gnu x86-64");
  REQUIRE(model.input_count == 1);
  REQUIRE(std::string(model.inputs[0].name) == "x");
  REQUIRE(std::string(model.inputs[0].doc) == "What is scaled.");
  REQUIRE(model.inputs[0].dtype == KDLC_F32);
  REQUIRE(model.inputs[0].axis_count == 2);
  REQUIRE(model.inputs[0].axes[0] == -1);
  REQUIRE(model.inputs[0].axes[1] == kWidth);
  REQUIRE(model.inputs[0].sample_bytes == 20);
  REQUIRE(model.inputs[0].range_begin == 2);
  REQUIRE(model.inputs[0].range_end == 9);
  REQUIRE(model.output_count == 1);
  REQUIRE(std::string(model.outputs[0].name) == "y");
  REQUIRE(model.dim_count == 0);
  REQUIRE(model.arena_bytes == 144);
  REQUIRE(model.arena_align == 64);
  REQUIRE(model.chunk == kChunk);
  REQUIRE(model.weights_bytes == 20);
  REQUIRE(model.weights_hash == kHash);
  REQUIRE(model.embedded->hash == kHash);
  REQUIRE(reinterpret_cast<std::uintptr_t>(model.embedded->data) % 64 == 0);
  REQUIRE(model.tap_count == 0);
}

/// Dense layers of a few units, one behind the other.
graph::Graph small_layers() {
  graph::Graph graph;
  graph::Builder builder(graph);
  graph::NodeId x = builder.input({.name = "x"}, {DType::f32, Shape{{Dim::batch(), kWidth}}});
  std::int64_t width = kWidth;
  for (const std::int64_t units : {11, 7, 3}) {
    const auto weights =
        builder.parameter({.path = "w" + std::to_string(units), .type = {DType::f32, Shape{{width, units}}}});
    const graph::ContractionAttributes dense{
        .left = "nk", .right = "ku", .output = "nu", .windows = {}, .epilogue = {}};
    x = builder.contraction(dense, x, weights);
    width = units;
  }
  graph.outputs.push_back({.name = "y", .node = x});
  return graph;
}

TEST_CASE("small values of one sample stay out of the arena") {
  const graph::Graph graph = small_layers();
  for (const std::string& cpu : testing::runnable_cpus()) {
    INFO(cpu);
    const codegen::Target target = testing::target_of(cpu);
    const plan::Plan plan = plan::make_plan(graph, {.machine = target.machine, .chunk = kChunk});
    std::vector<TensorData> ones;
    for (const graph::ParameterInfo& parameter : graph.parameters) {
      const auto rows = parameter.type.shape.axes[0].constant();
      const auto columns = parameter.type.shape.axes[1].constant();
      ones.push_back(
          TensorData::from_floats({rows, columns}, std::vector<float>(static_cast<std::size_t>(rows * columns), 1)));
    }
    const auto model = testing::compile_and_load(plan, target, plan::pack_weights(plan, ones));
    const auto forward = reinterpret_cast<Forward>(model->symbol("m_forward"));
    alignas(64) std::array<std::byte, 4096> arena{};
    REQUIRE(static_cast<std::size_t>(plan.arena_bytes) <= arena.size());
    const auto writes_arena = [&](std::size_t n) {
      arena.fill(std::byte{0x5a});
      std::array<float, kWidth * kChunk> x{};
      x.fill(1);
      std::array<float, 3 * kChunk + 1> y{};
      REQUIRE(forward(model->model().embedded, arena.data(), arena.size(), nullptr, n, x.data(), y.data()) == KDLC_OK);
      CHECK(y[0] == 5 * 11 * 7);
      CHECK(y[3 * n - 1] == 5 * 11 * 7);
      CHECK(y[3 * n] == 0);
      return std::any_of(arena.begin(), arena.end(), [](std::byte byte) { return byte != std::byte{0x5a}; });
    };
    CHECK_FALSE(writes_arena(1));
    CHECK(writes_arena(kChunk));
  }
}

}  // namespace
}  // namespace kdlc
