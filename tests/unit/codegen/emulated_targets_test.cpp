// Code for processors that this machine lacks runs under an emulator: random graphs on Arm and RISC-V, and the
// processor check on older x86. Needs a C cross compiler and QEMU's user mode; what is missing is said, and counted as
// not run.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <unistd.h>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_convolution.hpp"
#include "support/random_dense.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

constexpr std::size_t kSamples = 5;  // a whole chunk of three and a rest of two
constexpr std::uint64_t kGraphs = 20;

bool is_there(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}

/// The program's exit status, or -1 when it did not end by itself.
int run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A folder that goes with the object.
class ScratchFolder {
public:
  ScratchFolder() : path_(std::filesystem::temp_directory_path() / ("kdlc_emulated_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
  }

private:
  std::filesystem::path path_;
};

std::string c_array(const std::string& name, const TensorData& data) {
  std::ostringstream text;
  text << "static const unsigned char " << name << "[] __attribute__((aligned(64))) = {";
  for (const std::byte byte : data.bytes) {
    text << static_cast<int>(byte) << ',';
  }
  text << "0};\n";
  return text.str();
}

/// C's side of one model `m`: its inputs and what the reference gives. Exit codes: 0 equal, 1 different, 2 a status, 7
/// E_CPU.
std::string c_program(const graph::Graph& graph, std::uint64_t seed) {
  const auto batch = static_cast<std::int64_t>(kSamples);
  const auto inputs = testing::random_inputs(graph, {{"N", batch}}, seed);
  std::vector<graph::NodeId> nodes;
  for (const graph::OutputInfo& output : graph.outputs) {
    nodes.push_back(output.node);
  }
  const auto expected = evaluate(
      graph, {.sizes = {{"N", batch}}, .inputs = inputs, .parameters = testing::random_parameters(graph, seed)}, nodes);
  std::string data;
  std::string input_list;
  std::string output_list;
  std::string checks;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::string name = "input" + std::to_string(k);
    data += c_array(name, inputs[k]);
    input_list += name + ", ";
  }
  for (std::size_t k = 0; k < expected.size(); ++k) {
    REQUIRE(expected[k].dtype == DType::f32);
    const std::string number = std::to_string(k);
    const std::string count = std::to_string(expected[k].element_count());
    data += c_array("expected" + number, expected[k]);
    data += "static float output" + number + "[" + count + " + 1];\n";
    output_list += "output" + number + ", ";
    checks += "  if (differs((const float *)expected" + number + ", output" + number + ", " + count + ")) return 1;\n";
  }
  return "#include <math.h>\n#include <stdlib.h>\n#include \"kdlc_abi.h\"\nextern const kdlc_model m_model;\n" + data +
         R"(
static int differs(const float *expected, const float *actual, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(expected[i]));
  for (size_t i = 0; i < count; i++)
    if (!(fabs((double)expected[i] - actual[i]) <= 1e-4 * (1 + largest)) && !(isnan(expected[i]) && isnan(actual[i]))) return 1;
  return 0;
}
int main(void) {
  const void *inputs[] = {)" +
         input_list + "0};\n  void *outputs[] = {" + output_list + "0};\n  size_t n = " + std::to_string(kSamples) +
         R"(;
  void *arena = aligned_alloc(64, (m_model.arena_bytes + 127) / 64 * 64);
  if (m_model.check_cpu() != KDLC_OK) return 7;
  if (m_model.run(m_model.embedded, arena, m_model.arena_bytes, 0, 0, &n, inputs, outputs) != KDLC_OK) return 2;
)" + checks +
         "  return 0;\n}\n";
}

/// Compiles the random model of this seed for the target and links it with its C side; the program's path.
std::string build_program(const ScratchFolder& folder, const std::string& triple, const std::string& cpu,
                          const std::string& c_compiler, std::uint64_t seed) {
  Report report;
  const bool is_convolution = seed % 5 == 4;
  const bool is_narrow = seed % 5 == 3;
  const bool is_dense = seed % 5 == 2;
  const graph::Graph graph = is_convolution               ? testing::make_random_convolution(seed)
                             : is_narrow && seed % 2 == 0 ? testing::make_random_narrow_convolution(seed)
                             : is_narrow                  ? testing::make_random_pooled_convolution(seed)
                             : is_dense                   ? testing::make_random_dense(6 * seed)  // of f32
                                                          : testing::make_random_graph({.seed = seed});
  const auto target = codegen::find_target(triple, cpu, report);
  REQUIRE(target.has_value());
  plan::Options options{.machine = target->machine, .strict = false, .chunk = 3};
  options.winograd_tile = is_convolution ? std::optional<std::int64_t>(seed % 2 == 0   ? 2
                                                                       : seed % 3 == 0 ? 1
                                                                                       : 4)
                                         : std::nullopt;
  options.strassen = is_dense ? std::optional<bool>(true) : std::nullopt;
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options);
  const auto weights = plan::pack_weights(plan, testing::random_parameters(graph, seed));
  const auto object = codegen::compile(plan, {.target = *target, .prefix = "m", .embedded_weights = weights}, report);
  REQUIRE(object.has_value());
  folder.write("model.o", *object);
  folder.write("main.c", c_program(graph, seed));
  const std::string program = folder.file("program");
  REQUIRE(run(c_compiler + " -std=gnu11 -I" KDLC_PROJECT_FOLDER "/runtime " + folder.file("main.c") + " " +
              folder.file("model.o") + " -static -lm -o " + program) == 0);
  return program;
}

TEST_CASE("random graphs compute the reference's numbers on Arm and RISC-V") {
  for (const std::string architecture : {"aarch64", "riscv64"}) {
    const std::string triple = architecture + "-linux-gnu";
    const std::string emulator = "qemu-" + architecture;
    if (!is_there(triple + "-gcc") || !is_there(emulator)) {
      std::cerr << triple << ": not on this machine\n";
      continue;
    }
    const ScratchFolder folder;
    for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
      INFO(triple << " seed " << seed);
      REQUIRE(run(emulator + " " + build_program(folder, triple, "generic", triple + "-gcc", seed)) == 0);
    }
  }
}

TEST_CASE("check_cpu refuses processors that lack the target's instructions") {
  if (!is_there("gcc") || !is_there("qemu-x86_64") || testing::target_of("native").triple != "x86_64-linux-gnu") {
    std::cerr << "older x86 processors: not on this machine\n";
    return;
  }
  struct Row {
    const char* cpu;
    const char* emulated;
    int exit_code;
  };
  const ScratchFolder folder;
  for (const Row& row :
       {Row{"x86-64", "qemu64", 0}, Row{"x86-64-v2", "qemu64", 7}, Row{"x86-64-v2", "Nehalem", 0},
        Row{"x86-64-v3", "Nehalem", 7}, Row{"x86-64-v3", "Haswell", 0}, Row{"x86-64-v4", "Haswell", 7}}) {
    INFO(row.cpu << " on " << row.emulated);
    const std::string program = build_program(folder, "x86_64-linux-gnu", row.cpu, "gcc", 1);
    REQUIRE(run("qemu-x86_64 -cpu " + std::string(row.emulated) + " " + program + " 2> /dev/null") == row.exit_code);
  }
}

}  // namespace
}  // namespace kdlc
