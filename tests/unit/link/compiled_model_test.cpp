// What codegen makes, through the generated header into a C program, and through the linker into an executable.
#include "catch.hpp"
#include "codegen/codegen.hpp"
#include "graph/graph.hpp"
#include "link/link.hpp"
#include "link/run_program.hpp"
#include "weights/weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

/// y[n][2] = x[n][3] × kernel + bias.
plan::Plan dense_plan(std::int64_t threads = 1) {
  graph::Graph graph;
  graph.name = "Dense";
  graph.doc = "One layer.";
  graph::Builder builder(graph);
  graph::InputInfo input;
  input.name = "x";
  input.doc = "Three numbers.";
  const graph::NodeId x = builder.input(input, {DType::f32, Shape{{Dim::batch(), 3}}});
  const auto parameter = [&](const std::string& path, std::vector<Dim> axes) {
    graph::ParameterInfo info;
    info.path = path;
    info.type = {DType::f32, Shape{std::move(axes)}};
    return builder.parameter(info);
  };
  const graph::NodeId kernel = parameter("fc.kernel", {3, 2});
  const graph::NodeId bias = parameter("fc.bias", {2});
  graph::MapBuilder map;
  graph::ContractionAttributes attributes;
  attributes.left = "nk";
  attributes.right = "kf";
  attributes.output = "nf";
  attributes.epilogue =
      map.finish(map.apply(graph::MapOp::add, map.operand(0, DType::f32), map.operand(1, DType::f32)));
  graph.outputs.push_back({"y", "Two numbers.", Span{}, builder.contraction(attributes, x, kernel, {bias})});
  plan::Options options;
  options.machine.vector_bytes = 16;
  options.threads = threads;
  return plan::make_plan(std::move(graph), options);
}

/// Rows of the kernel: (1, 2), (3, 4), (5, 6); bias (10, 20).
std::vector<TensorData> parameters() {
  return {TensorData::from_floats({3, 2}, {1, 2, 3, 4, 5, 6}), TensorData::from_floats({2}, {10, 20})};
}

// (1, 0, 2) → (1 + 10, 2 + 12) + bias; (0, 0, 0) → bias.
const std::string kSamples = "1,0,2\n0,0,0\n";
const std::string kResults = "sample 0: y = 21 34\nsample 1: y = 10 20\n";

struct Compiled {
  codegen::Target target;
  std::string object;
};

Compiled compile(const plan::Plan& plan, std::optional<std::vector<std::byte>> embedded, Report& report) {
  const auto target = codegen::find_target("", "x86-64", report);
  REQUIRE(target);
  codegen::Options options;
  options.target = *target;
  options.prefix = "dense";
  options.embedded_weights = std::move(embedded);
  const auto object = codegen::compile(plan, options, report);
  REQUIRE(object);
  return {*target, *object};
}

std::string link_and_run(const TemporaryFolder& folder, const Compiled& compiled, std::vector<std::string> arguments) {
  Report report;
  const std::string path = folder.file("dense");
  REQUIRE(link::link_executable(compiled.object, {compiled.target, "dense", path}, report));
  arguments.insert(arguments.begin(), path);
  return link::run_program(arguments).words;
}

}  // namespace

TEST_CASE("an executable of compiled code has its weights inside, or takes them from a packed file") {
  const TemporaryFolder folder;
  Report report;
  const plan::Plan plan = dense_plan();
  const std::vector<std::byte> packed = plan::pack_weights(plan, parameters());
  const std::string samples = folder.write("x.csv", kSamples);
  CHECK(link_and_run(folder, compile(plan, packed, report), {samples}) == kResults);

  const std::string file = codegen::packed_file(plan, packed);
  const Compiled external = compile(plan, std::nullopt, report);
  CHECK(link_and_run(folder, external, {samples, "--weights", folder.write("dense.weights", file)}) == kResults);
  std::string damaged = file;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  CHECK(link_and_run(folder, external, {samples, "--weights", folder.write("damaged.weights", damaged)})
            .find("is damaged") != std::string::npos);
  CHECK(link_and_run(folder, external, {samples, "--weights", folder.write("short.weights", file.substr(0, 70))})
            .find("is damaged") != std::string::npos);
  CHECK(report.size() == 0);
}

TEST_CASE("an executable computes with up to the threads that it was built for") {
  const TemporaryFolder folder;
  Report report;
  const plan::Plan plan = dense_plan(3);
  const Compiled compiled = compile(plan, plan::pack_weights(plan, parameters()), report);
  std::string samples;
  for (int sample = 0; sample < 5000; ++sample) {
    samples += "0,0,1\n";
  }
  const std::string file = folder.write("x.csv", samples);
  const std::string one = link_and_run(folder, compiled, {file, "--threads", "1"});
  CHECK(one.find("sample 0: y = 15 26") == 0);
  CHECK(link_and_run(folder, compiled, {file, "--threads", "3"}) == one);
  CHECK(link_and_run(folder, compiled, {file}) == one);
  CHECK(link_and_run(folder, compiled, {file, "--threads", "4"}).find("at most 3") != std::string::npos);
  CHECK(report.size() == 0);
}

TEST_CASE("a C program calls compiled code by its header") {
  const TemporaryFolder folder;
  Report report;
  const plan::Plan plan = dense_plan();
  const std::string object =
      folder.write("dense.o", compile(plan, plan::pack_weights(plan, parameters()), report).object);
  folder.write("dense.h", link::write_header(plan, {.prefix = "dense"}));
  const std::string program =
      folder.write("program.c",
                   "#include \"dense.h\"\n#include <stdio.h>\n#include <stdlib.h>\n"
                   "int main(void) {\n"
                   "  const float x[2][DENSE_X_BYTES / sizeof(float)] = {{1, 0, 2}, {0, 0, 0}};\n"
                   "  float y[2][DENSE_Y_BYTES / sizeof(float)];\n"
                   "  char *memory = malloc(DENSE_ARENA_BYTES + DENSE_ARENA_ALIGN);\n"
                   "  char *arena = memory + (DENSE_ARENA_ALIGN - (uintptr_t)memory % DENSE_ARENA_ALIGN);\n"
                   "  int32_t status = dense_forward(&dense_embedded, arena, DENSE_ARENA_BYTES, NULL, 2, x[0], y[0]);\n"
                   "  printf(\"%d %d: %g %g, %g %g; %s\\n\", (int)dense_check_cpu(), (int)status, y[0][0], y[0][1], "
                   "y[1][0], y[1][1], dense_model.doc);\n"
                   "  free(memory);\n  return 0;\n}\n");
  const std::string path = folder.file("program");
  const link::ProgramResult compiled = link::run_program(
      {"/usr/bin/gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", program, object, "-o", path});
  CHECK(compiled.words.empty());
  CHECK(link::run_program({path}).words == "0 0: 21 34, 10 20; One layer.\n");
}
