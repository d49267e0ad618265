// Generated headers: compiled as every standard of C and C++ that they promise, two models in one program, names that
// clash.
#include <sstream>

#include "catch.hpp"
#include "graph/graph.hpp"
#include "link/header_names.hpp"
#include "link/link.hpp"
#include "link/run_program.hpp"
#include "weights/weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

struct Tensor {
  std::string name;
  TensorType type;
  std::string doc = "";
};

plan::Plan plan_of(const std::string& name, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
  plan::Plan plan;
  plan.graph.name = name;
  plan.arena_bytes = 4096;
  plan.packed_bytes = 640;
  plan.chunk.samples = 8;
  graph::Builder builder(plan.graph);
  for (const Tensor& input : inputs) {
    graph::InputInfo info;
    info.name = input.name;
    info.doc = input.doc;
    builder.input(info, input.type);
  }
  for (const Tensor& output : outputs) {
    // The type is what counts here: an input's node serves as well as a computed one.
    graph::InputInfo info;
    info.name = output.name;
    graph::Graph scratch;
    const graph::NodeId node = builder.input(info, output.type);
    plan.graph.inputs.pop_back();
    plan.graph.outputs.push_back({output.name, output.doc, Span{}, node});
  }
  return plan;
}

TensorType batch_of(std::vector<Dim> axes, DType dtype = DType::f32) {
  axes.insert(axes.begin(), Dim::batch());
  return {dtype, Shape{std::move(axes)}};
}

plan::Plan lenet() {
  plan::Plan plan = plan_of("LeNet", {{"image", batch_of({28, 28, 1}), "Grey, 0 to 1. */ int broken; /* \\"}},
                            {{"probs", batch_of({10}), "Of the ten digits."}});
  plan.graph.doc = "Reads digits.\n\nSecond part. */";
  return plan;
}

/// What the compiler says; empty when it is content.
std::string compile(const std::vector<std::string>& flags, const std::string& compiler = "/usr/bin/gcc") {
  std::vector<std::string> command = {compiler, "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"};
  command.insert(command.end(), flags.begin(), flags.end());
  const link::ProgramResult result = link::run_program(command);
  return result.exit_code == 0 ? "" : result.words + "exit code " + std::to_string(result.exit_code);
}

}  // namespace

TEST_CASE("a header is complete and reads well") {
  const std::string text = link::write_header(lenet(), {.prefix = "lenet"});
  INFO(text);
  CHECK(text.find("/* lenet.h: the model LeNet, compiled by kdlc.\n *\n * Reads digits.\n *\n * Second part. * /\n") ==
        0);
  for (const char* piece : {
           "#define LENET_ARENA_BYTES 4096 ",
           "#define LENET_ARENA_ALIGN 64\n",
           "#define LENET_CHUNK 8 ",
           "#define LENET_WEIGHTS_BYTES 640 ",
           "#define LENET_IMAGE_BYTES 3136 /* of one sample: f32[N, 28, 28, 1] */\n",
           "#define LENET_PROBS_BYTES 40 /* of one sample: f32[N, 10] */\n",
           "extern const lenet_weights lenet_embedded;\n",
           "int32_t lenet_bind(lenet_weights *weights, const void *bytes, size_t size);\n",
           "int32_t lenet_check_cpu(void);\n",
           "extern const kdlc_model lenet_model;\n",
           " * probs, output: f32[N, 10]\n *   Of the ten digits.\n",
           "int32_t lenet_forward(const lenet_weights *weights, /* &lenet_embedded, or what lenet_bind filled */\n"
           "                      void *arena, /* aligned to LENET_ARENA_ALIGN */\n"
           "                      size_t arena_bytes, /* at least LENET_ARENA_BYTES */\n"
           "                      const lenet_options *options, /* NULL: one thread, no taps */\n"
           "                      size_t n, /* samples */\n"
           "                      const float *image, /* [n][28][28][1] */\n"
           "                      float *probs); /* [n][10] */\n",
       }) {
    INFO(piece);
    CHECK(text.find(piece) != std::string::npos);
  }
  CHECK(link::write_header(lenet(), {.prefix = "lenet", .embedded_weights = false}).find("lenet_embedded") ==
        std::string::npos);
}

TEST_CASE("headers compile as C and C++ of every standard, two models in one program, included twice") {
  const TemporaryFolder folder;
  plan::Plan second = plan_of(
      "Second",
      {{"float", batch_of({4}, DType::f16)}, {"n", batch_of({}, DType::boolean)}, {"class", {DType::i64, Shape{}}}},
      {{"weights", batch_of({2}, DType::u8)}, {"Float", batch_of({2}, DType::f64)}});
  folder.write("lenet.h", link::write_header(lenet(), {.prefix = "lenet"}));
  folder.write("second.h", link::write_header(second, {.prefix = "second", .embedded_weights = false}));
  const std::string program =
      folder.write("program.c",
                   "#include \"lenet.h\"\n#include \"second.h\"\n#include \"lenet.h\"\n"
                   "int main(void) {\n"
                   "  static float image[LENET_IMAGE_BYTES / sizeof(float)];\n"
                   "  static float probs[LENET_PROBS_BYTES / sizeof(float)];\n"
                   "  static char arena[LENET_ARENA_BYTES];\n"
                   "  second_weights weights;\n"
                   "  if (second_bind(&weights, NULL, 0) != KDLC_E_NULL) return 1;\n"
                   "  return lenet_forward(&lenet_embedded, arena, sizeof arena, NULL, 1, image, probs);\n"
                   "}\n");
  for (const char* standard : {"-std=c99", "-std=c11", "-std=gnu17"}) {
    INFO(standard);
    CHECK(compile({standard, "-c", program, "-o", folder.file("program.o")}) == "");
  }
  for (const char* standard : {"-std=c++98", "-std=c++11", "-std=c++20"}) {
    INFO(standard);
    CHECK(compile({standard, "-x", "c++", "-c", program, "-o", folder.file("program_cpp.o")}, "/usr/bin/g++") == "");
  }
  // Definitions that agree with the declarations, as the object has them.
  const std::string object = folder.write(
      "object.c",
      "#include \"lenet.h\"\n#include \"second.h\"\n"
      "const int32_t lenet_abi_2 = 2, second_abi_2 = 2;\n"
      "const kdlc_weights lenet_embedded = {NULL, 0};\n"
      "int32_t second_bind(second_weights *w, const void *b, size_t s) { (void)w, (void)s; return b == NULL ? "
      "KDLC_E_NULL : 0; }\n"
      "int32_t lenet_forward(const kdlc_weights *w, void *a, size_t s, const kdlc_options *o, size_t n, const float "
      "*i, float *p) {\n"
      "  (void)w, (void)a, (void)s, (void)o, (void)i, (void)p; return n == 1 ? KDLC_OK : KDLC_E_SIZE; }\n");
  CHECK(compile({"-std=c99", "-c", object, "-o", folder.file("object.o")}) == "");
  for (const char* program_object : {"program.o", "program_cpp.o"}) {
    CHECK(compile({folder.file(program_object), folder.file("object.o"), "-o", folder.file("program")}) == "");
    CHECK(link::run_program({folder.file("program")}).exit_code == 0);
  }
  // An object of another version of the interface does not link.
  folder.write("stale.c", contents_of(object).replace(contents_of(object).find("lenet_abi_2"), 11, "lenet_abi_0"));
  CHECK(compile({"-std=c99", "-c", folder.file("stale.c"), "-o", folder.file("stale.o")}) == "");
  CHECK(compile({folder.file("program.o"), folder.file("stale.o"), "-o", folder.file("program")}).find("lenet_abi_2") !=
        std::string::npos);
}

TEST_CASE("the example in a header compiles") {
  const TemporaryFolder folder;
  const plan::Plan plan = lenet();
  for (const bool is_embedded : {true, false}) {
    const std::string header = link::write_header(plan, {.prefix = "lenet", .embedded_weights = is_embedded});
    folder.write("lenet.h", header);
    std::string body;
    std::istringstream lines(header.substr(0, header.find("#ifndef")));
    for (std::string line; std::getline(lines, line);) {
      const std::string start = " *   ";
      body +=
          line.starts_with(start) && line.find("#include") == std::string::npos ? line.substr(start.size()) + "\n" : "";
    }
    const std::string program =
        folder.write("example.c",
                     "#include <stdlib.h>\n#include \"lenet.h\"\nint example(const void *bytes, size_t size);\n"
                     "int example(const void *bytes, size_t size) {\n" +
                         body + "(void)bytes, (void)size;\nreturn status;\n}\n");
    INFO(contents_of(program));
    CHECK(body.find("lenet_forward(") != std::string::npos);
    CHECK(compile({"-std=c11", "-c", program, "-o", folder.file("example.o")}) == "");
  }
}

TEST_CASE("names of parameters clash with nothing") {
  plan::Plan plan = plan_of("X",
                            {{"weights", batch_of({})},
                             {"class", batch_of({})},
                             {"x", batch_of({})},
                             {"X", batch_of({})},
                             {"größe", batch_of({})},
                             {"n", batch_of({})},
                             {"n_", batch_of({})},
                             {"Arena", batch_of({})}},
                            {{"x_", batch_of({})}});
  const link::HeaderNames names = link::header_names(plan.graph);
  CHECK(names.inputs == std::vector<std::string>{"weights_", "class_", "x", "X_", "gr____e", "n_", "n__", "Arena_"});
  CHECK(names.outputs == std::vector<std::string>{"x__"});
}

TEST_CASE("declared dims stand behind n, with their bounds") {
  plan::Plan plan =
      plan_of("Text", {{"ids", batch_of({Dim::symbol("T")}, DType::i32)}}, {{"y", batch_of({Dim::symbol("T"), 3})}});
  plan.graph.dims.push_back({"T", 512, Span{}});
  const std::string text = link::write_header(plan, {.prefix = "text"});
  INFO(text);
  CHECK(text.find("#define TEXT_T_BOUND 512 /* the largest T */\n") != std::string::npos);
  CHECK(text.find("#define TEXT_IDS_BYTES 2048 /* of one sample, at most: i32[N, T] */\n") != std::string::npos);
  CHECK(text.find("size_t T, /* at most 512 */\n") != std::string::npos);
  CHECK(text.find("const int32_t *ids, /* [n][T] */\n") != std::string::npos);
  CHECK(text.find("float *y); /* [n][T][3] */\n") != std::string::npos);
}

TEST_CASE("a model that keeps states has a type for them, which C and C++ know") {
  const TemporaryFolder folder;
  plan::Plan plan = plan_of("Ear", {{"x", batch_of({3})}, {"State", batch_of({2})}}, {{"state", batch_of({4})}});
  plan.graph.states.push_back({"cell.h */", Span{}, plan.graph.outputs[0].node, plan.graph.outputs[0].node});
  plan.states.push_back({.elements = 4});
  plan.streams = 3;
  plan.state_bytes = 48;
  folder.write("ear.h", link::write_header(plan, {.prefix = "ear"}));
  folder.write("lenet.h", link::write_header(lenet(), {.prefix = "lenet"}));
  const std::string program = folder.write(
      "program.c",
      "#include \"ear.h\"\n#include \"lenet.h\"\n#include \"ear.h\"\n"
      "static ear_state state;\n"
      "int main(void) {\n"
      "  static float x[EAR_STREAMS][3], other[EAR_STREAMS][2], result[EAR_STREAMS][4];\n"
      "  static char arena[EAR_ARENA_BYTES];\n"
      "  ear_state copy = state;\n"
      "  if (sizeof state != EAR_STATE_BYTES || EAR_STATE_BYTES != 48 || EAR_STATE_ALIGN != 8) return 1;\n"
      "  if (ear_reset(&copy, KDLC_ALL_STREAMS) != KDLC_OK) return 1;\n"
      "  return ear_forward(&ear_embedded, arena, sizeof arena, NULL, &state, EAR_STREAMS, x[0], other[0],\n"
      "                     result[0]);\n"
      "}\n");
  for (const char* standard : {"-std=c99", "-std=c11", "-std=gnu17"}) {
    INFO(standard);
    CHECK(compile({standard, "-c", program, "-o", folder.file("program.o")}) == "");
  }
  for (const char* standard : {"-std=c++98", "-std=c++11", "-std=c++20"}) {
    INFO(standard);
    CHECK(compile({standard, "-x", "c++", "-c", program, "-o", folder.file("program_cpp.o")}, "/usr/bin/g++") == "");
  }
  const std::string text = contents_of(folder.file("ear.h"));
  CHECK(text.find("#define EAR_STATE_BYTES 48 /* of ear_state */\n") != std::string::npos);
  CHECK(text.find("const float *State_, /* [n][2] */\n") != std::string::npos);
  CHECK(text.find("float *state__); /* [n][4] */\n") != std::string::npos);
  CHECK(text.find(" *   cell.h * /, f32[N, 4]\n") != std::string::npos);
  CHECK(contents_of(folder.file("lenet.h")).find("lenet_state") == std::string::npos);
}

TEST_CASE("prefixes are the letters and digits of a name") {
  CHECK(link::symbol_prefix("LeNet") == "lenet");
  CHECK(link::symbol_prefix("Res_Net50") == "resnet50");
  CHECK(link::symbol_prefix("3D") == "model3d");
  CHECK(link::symbol_prefix("KDLC") == "modelkdlc");
  CHECK(link::symbol_prefix("Größe") == "gre");
  CHECK(link::symbol_prefix("数字") == "model");
}
