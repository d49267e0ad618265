// Random models: the plan of the optimised graph, executed in plain code, equals the graph as it was written.
#include <algorithm>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/other_choices.hpp"
#include "support/random_convolution.hpp"
#include "support/random_dense.hpp"
#include "support/random_graph.hpp"
#include "support/random_maps.hpp"
#include "unit/plan/compare_plan.hpp"

using namespace kdlc;

namespace {

constexpr int kModels = 600;

plan::Options options_of(std::uint64_t seed) {
  plan::Options options;
  options.strict = seed % 3 == 0;
  options.chunk = static_cast<std::int64_t>(seed % 4);  // 0: the planner's own choice
  options.strassen = seed % 3 == 1 ? std::optional<bool>(true) : std::nullopt;
  options.winograd_tile = seed % 5 == 1 ? std::optional<std::int64_t>(seed % 2 == 0   ? 2
                                                                      : seed % 3 == 0 ? 1
                                                                                      : 4)
                                        : std::nullopt;
  if (seed % 2 == 0) {
    options.machine = {.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  }
  options.machine.l1_bytes = seed % 5 < 2 ? 256 : options.machine.l1_bytes;  // attention goes head by head
  return options;
}

bool has_loop_over_heads(const plan::Share& share) {
  const auto* loop = std::get_if<plan::LoopStep>(&share.step.kernel);
  return loop != nullptr && loop->turn.starts_with("head");
}

}  // namespace

TEST_CASE("plans of random models with sizes known only at run time equal the reference evaluator") {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    constexpr std::int64_t kBound = 9;
    const int dims = seed % 4 == 0 ? 2 : 1;
    const graph::Graph graph =
        testing::make_random_graph({.seed = seed, .max_operations = 8, .max_size = kBound, .dims = dims});
    const plan::Options options = options_of(seed);
    const plan::Plan plan =
        plan::make_plan(passes::optimise(graph, {.strict = options.strict, .after_pass = {}}), options);
    const std::int64_t batch = 1 + static_cast<std::int64_t>(seed % 5);
    for (const std::int64_t size : {std::int64_t{0}, std::int64_t{1}, std::int64_t{5}, kBound}) {
      std::map<std::string, std::int64_t> sizes = {{"N", batch}, {"T", size}};
      if (dims == 2) {
        sizes["U"] = size == 5 ? 2 : size;
      }
      const bool fits = std::all_of(plan.size_rules.begin(), plan.size_rules.end(),
                                    [&](const graph::SizeRule& rule) { return graph::holds(rule, sizes); });
      if (fits) {
        testing::compare_plan(graph, plan, sizes, seed);
      } else {
        ++refused;
        INFO("seed " << seed << "\n" << plan::dump(plan));
        REQUIRE(size == 0);  // the last element of nothing
      }
    }
  }
  CHECK(refused > 0);
  CHECK(refused < kModels / 2);
}

TEST_CASE("plans of random models equal the reference evaluator") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_graph({.seed = seed});
    const plan::Options options = options_of(seed);
    const graph::Graph optimised = passes::optimise(graph, {.strict = options.strict, .after_pass = {}});
    const plan::Plan plan = plan::make_plan(optimised, options);
    const std::int64_t batch = 1 + static_cast<std::int64_t>(seed % 5);
    testing::compare_plan(graph, plan, {{"N", batch}}, seed);
  }
}

TEST_CASE("plans of two products with a wide value between, computed in parts, equal the reference evaluator") {
  std::size_t splits = 0;
  for (std::uint64_t seed = 0; seed < 2 * kModels; ++seed) {
    const graph::Graph graph = testing::make_random_dense(seed);
    const auto contractions = [](const graph::Graph& of) {
      return std::count_if(of.nodes.begin(), of.nodes.end(),
                           [](const graph::Node& node) { return node.op == graph::Op::contraction; });
    };
    const auto first = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                    [](const graph::Node& node) { return node.op == graph::Op::contraction; });
    // As large as it can be while the first product's result still outgrows it.
    const std::int64_t bytes = first->type.bytes_per_sample();
    const graph::Graph optimised =
        passes::optimise(graph, {.strict = false, .cache_bytes = 4 * bytes - 1, .after_pass = {}});
    if (contractions(optimised) == contractions(graph)) {
      continue;
    }
    ++splits;
    plan::Options options = options_of(seed);
    options.strict = false;
    options.threads = 1 + static_cast<std::int64_t>(seed % 3);
    options.meeting_nanoseconds = 0;
    testing::compare_plan(graph, plan::make_plan(optimised, options), {{"N", 1 + static_cast<std::int64_t>(seed % 5)}},
                          seed);
  }
  CHECK(splits > kModels / 20);
}

TEST_CASE("plans with measured choices equal the reference evaluator, and none is left out") {
  std::size_t taken = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_graph({.seed = seed});
    plan::Options options = options_of(seed);
    const graph::Graph optimised = passes::optimise(graph, {.strict = options.strict, .after_pass = {}});
    const plan::MeasuredChoices choices = testing::other_choices(optimised, options, seed);
    options.measured = &choices;
    const plan::Plan plan = plan::make_plan(optimised, options);
    for (const plan::Choice& choice : plan.choices) {
      const auto answer = choices.by_question.find(choice.question);
      REQUIRE(choice.is_measured == (answer != choices.by_question.end()));
      if (choice.is_measured) {
        REQUIRE(choice.taken == answer->second.choice);
        ++taken;
      }
    }
    testing::compare_plan(graph, plan, {{"N", 1 + static_cast<std::int64_t>(seed % 5)}}, seed);
  }
  CHECK(taken > kModels);
}

TEST_CASE("plans for several threads equal the reference evaluator") {
  int shared = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_graph({.seed = seed, .dims = seed % 5 == 0 ? 1 : 0});
    plan::Options options = options_of(seed);
    options.threads = 2 + static_cast<std::int64_t>(seed % 3);
    options.meeting_nanoseconds = 0;  // cuts whatever can be cut
    const graph::Graph optimised = passes::optimise(graph, {.strict = options.strict, .after_pass = {}});
    const plan::Plan plan = plan::make_plan(optimised, options);
    shared += std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(),
                          [](const plan::Region& region) { return region.threads > 1; })
                  ? 1
                  : 0;
    std::map<std::string, std::int64_t> sizes = {{"N", 2}};
    if (seed % 5 == 0) {
      sizes["T"] = 5;
    }
    testing::compare_plan(graph, plan, sizes, seed, testing::Way::together);
  }
  CHECK(shared > kModels / 2);
}

TEST_CASE(
    "windows reduced where a convolution computes them equal the reference, strictly in the order of their cells") {
  int fast = 0;
  int strict = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const graph::Graph graph = testing::make_random_pooled_convolution(seed);
    plan::Options options = options_of(2 * seed);
    options.strict = seed % 3 == 0;
    options.threads = 1 + static_cast<std::int64_t>(seed % 4);
    options.meeting_nanoseconds = 0;
    const graph::Graph optimised = passes::optimise(graph, {.strict = options.strict, .after_pass = {}});
    const plan::Plan plan = plan::make_plan(optimised, options);
    for (const plan::Step& step : plan.single.steps) {
      const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
      if (contraction != nullptr && contraction->pool) {
        const graph::Reducer reducer = contraction->pool->reducer;
        (options.strict ? strict : fast) += 1;
        CHECK((!options.strict || reducer == graph::Reducer::maximum || reducer == graph::Reducer::minimum));
      }
    }
    testing::compare_plan(graph, plan, {{"N", 3}}, seed,
                          options.threads > 1 ? testing::Way::together : testing::Way::alone);
  }
  CHECK(fast > 30);
  CHECK(strict > 5);
}

TEST_CASE("threads change nothing for a call that has one") {
  std::int64_t chunks = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    plan::Options options;
    options.machine.l2_bytes = 16 << 10;
    const graph::Graph optimised = passes::optimise(testing::make_random_graph({.seed = seed}), {});
    const plan::Plan alone = plan::make_plan(optimised, options);
    options.threads = 4;
    const plan::Plan plan = plan::make_plan(optimised, options);
    INFO("seed " << seed << "\n" << plan::dump(alone) << plan::dump(plan));
    CHECK(plan.chunk.samples == alone.chunk.samples);
    CHECK(plan.model_hash == alone.model_hash);  // of the packing, too
    chunks += alone.chunk.samples;
  }
  CHECK(chunks > 2 * 60);  // more than one sample in many
}

TEST_CASE("threads take heads or rows of attention, each with a tile of its own") {
  for (const std::int64_t heads : {1, 3, 8}) {
    for (const std::int64_t steps : {std::int64_t{19}, std::int64_t{64}}) {
      graph::Graph graph;
      graph::Builder builder(graph);
      const TensorType type{.dtype = DType::f32, .shape = {{Dim::batch(), Dim(steps), Dim(heads), Dim(5)}}};
      const graph::NodeId queries = builder.input({.name = "q"}, type);
      const graph::NodeId keys = builder.input({.name = "k"}, type);
      const graph::NodeId values = builder.input({.name = "v"}, type);
      const graph::NodeId scores =
          builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts"}, queries, keys);
      const graph::NodeId parts = builder.rows(testing::softmax_rows(), {scores}, DType::f32);
      graph.outputs = {
          {.name = "y",
           .node = builder.contraction({.left = "nhts", .right = "nshd", .output = "nthd"}, parts, values)}};
      const graph::Graph optimised = passes::optimise(graph, {});
      for (const std::int64_t threads : {2, 3, 5, 8}) {
        plan::Options options;
        options.machine.l1_bytes = 512;
        options.threads = threads;
        options.meeting_nanoseconds = 0;
        const plan::Plan plan = plan::make_plan(optimised, options);
        INFO(heads << " heads, " << steps << " steps, " << threads << " threads\n" << plan::dump(plan));
        const auto has_heads = [](const plan::Region& region) {
          return region.threads > 1 && std::any_of(region.shares.begin(), region.shares.end(), has_loop_over_heads);
        };
        CHECK((heads == 1 || std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(), has_heads)));
        testing::compare_plan(graph, plan, {{"N", 1}}, static_cast<std::uint64_t>(steps + threads),
                              testing::Way::together);
      }
    }
  }
}

TEST_CASE("threads reduce maps in parts, each the rows that it has computed, unless the order of a sum must stay") {
  for (const graph::Reducer reducer : {graph::Reducer::mean, graph::Reducer::maximum, graph::Reducer::sum}) {
    for (const std::int64_t threads : {2, 3, 4}) {
      graph::Graph graph;
      graph::Builder builder(graph);
      const TensorType type{.dtype = DType::f32, .shape = {{Dim::batch(), Dim(12), Dim(5), Dim(19)}}};
      const graph::NodeId image = builder.input({.name = "x"}, type);
      const graph::NodeId map = builder.map2(graph::MapOp::multiply, image, image);
      graph.outputs = {{.name = "y", .node = map}, {.name = "z", .node = builder.reduce(reducer, map, {1, 2}, false)}};
      const graph::Graph optimised = passes::optimise(graph, {});
      for (const bool is_strict : {false, true}) {
        plan::Options options;
        options.strict = is_strict;
        options.threads = threads;
        options.meeting_nanoseconds = 0;
        const plan::Plan plan = plan::make_plan(optimised, options);
        const auto has_parts = [](const plan::Region& region) {
          return std::any_of(region.shares.begin(), region.shares.end(), [](const plan::Share& share) {
            return share.threads > 1 && share.step.name.starts_with("parts of");
          });
        };
        INFO(threads << " threads\n" << plan::dump(plan));
        CHECK(std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(), has_parts) == !is_strict);
        testing::compare_plan(graph, plan, {{"N", 1}}, static_cast<std::uint64_t>(threads), testing::Way::together);
      }
    }
  }
}

TEST_CASE("threads that take channels of a depthwise convolution write its border for themselves") {
  for (const std::int64_t threads : {2, 3}) {
    graph::Graph graph;
    graph::Builder builder(graph);
    const graph::NodeId image =
        builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), Dim(7), Dim(7), Dim(192)}}});
    const auto weight = [&](const char* name, std::vector<Dim> axes) {
      return builder.parameter({.path = name, .type = {.dtype = DType::f32, .shape = {std::move(axes)}}});
    };
    const graph::NodeId wide = builder.map2(graph::MapOp::multiply, image, image);
    graph::ContractionAttributes depthwise{
        .left = "nhwc", .right = "pqc", .output = "nhwc", .windows = {}, .epilogue = {}};
    depthwise.windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}};
    graph.outputs = {{.name = "y",
                      .node = builder.contraction(depthwise, builder.pad(wide, {0, 2, 1, 0}, {0, 2, 1, 0}, 0.5),
                                                  weight("d", {Dim(5), Dim(3), Dim(192)}))}};
    plan::Options options;
    options.threads = threads;
    options.meeting_nanoseconds = 0;
    const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options);
    const auto is_part_of_border = [&](const plan::Share& share) {
      const auto* map = std::get_if<plan::MapStep>(&share.step.kernel);
      return map != nullptr && map->inputs.empty() && map->axes.back() == Dim(192 / threads);
    };
    const auto has_parts = [&](const plan::Region& region) {
      return std::any_of(region.shares.begin(), region.shares.end(), is_part_of_border);
    };
    INFO(threads << " threads\n" << plan::dump(plan));
    // Seven rows are shared out less evenly between two than channels.
    CHECK((threads > 2 || std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(), has_parts)));
    testing::compare_plan(graph, plan, {{"N", 1}}, static_cast<std::uint64_t>(threads), testing::Way::together);
  }
}

TEST_CASE("the phases of a transposed convolution are written where they belong") {
  for (const std::int64_t cells : {2, 3}) {
    graph::Graph graph;
    graph::Builder builder(graph);
    const auto f32 = [](std::vector<Dim> axes) { return TensorType{.dtype = DType::f32, .shape = {std::move(axes)}}; };
    const graph::NodeId image = builder.input({.name = "x"}, f32({Dim::batch(), 4, 5, 3}));
    graph::ContractionAttributes spread{.left = "nhwc", .right = "pqcf", .output = "nhwf"};
    spread.windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = cells - 1, .input_dilation = 2},
                      {.output = 'w', .window = 'q', .pad_low = 1, .pad_high = cells - 1, .input_dilation = 2}};
    const graph::NodeId kernel = builder.parameter(
        {.path = "k", .type = f32({cells, cells, 3, 6}), .initializer = {.kind = "uniform", .value = 1}});
    graph.outputs = {
        {.name = "y", .node = builder.contraction(spread, builder.map1(graph::MapOp::tanh, image), kernel)}};
    const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), {});
    testing::compare_plan(graph, plan, {{"N", 2}}, 1);
    // tanh, its border, and one contraction for each phase, or one for all: nothing is copied.
    std::int64_t contractions = 0;
    for (const plan::Step& step : plan.single.steps) {
      const auto* map = std::get_if<plan::MapStep>(&step.kernel);
      CHECK((map == nullptr || map->inputs.empty() || !map->expression.terms.empty()));
      if (const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel)) {
        ++contractions;
        CHECK(contraction->output.memory == plan::Memory::output);
      }
    }
    CHECK(contractions == (cells == 2 ? 1 : 4));
  }
}
