// Vector mathematics on other processors, under an emulator.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "catch.hpp"
#include "codegen/loops.hpp"
#include "codegen/math/vector_math.hpp"
#include "unit/codegen/kernel_runner.hpp"

namespace kdlc::testing {
namespace {

/// outputs[0][k × N + i] = function k of inputs[0][i]: the order is that of emulated_math.c.
void emit_all_functions(codegen::Emitter& emitter) {
  using Emit = llvm::Value* (*)(codegen::Emitter&, llvm::Value*);
  llvm::Value* count = emitter.count(Dim::batch());
  const codegen::View input{.base = emitter.frame.inputs[0], .dtype = DType::f32, .strides = {1}};
  codegen::View output{.base = emitter.frame.outputs[0], .dtype = DType::f32, .strides = {1}};
  for (const Emit emit :
       {codegen::emit_exp, codegen::emit_expm1, codegen::emit_log, codegen::emit_log1p, codegen::emit_tanh,
        codegen::emit_sigmoid, codegen::emit_erf, codegen::emit_sin, codegen::emit_cos, codegen::emit_sqrt,
        codegen::emit_rsqrt, codegen::emit_floor, codegen::emit_ceil, codegen::emit_round}) {
    codegen::for_each_part(emitter, count, emitter.lanes(DType::f32), [&](const codegen::Part& part) {
      emitter.store(emit(emitter, emitter.load(input, 0, part)), output, 0, part);
    });
    output.base = emitter.element_pointer(output.base, DType::f32, count, 1);
  }
}

struct Emulated {
  const char* triple;
  const char* compiler;
  const char* emulator;
};

/// What a command prints, and whether it succeeds.
std::pair<bool, std::string> run(const std::string& command) {
  std::string text;
  char buffer[256];
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  while (pipe != nullptr && fgets(buffer, sizeof buffer, pipe) != nullptr) {
    text += buffer;
  }
  return {pipe != nullptr && pclose(pipe) == 0, text};
}

TEST_CASE("vector mathematics keeps within its bounds on other processors") {
  for (const Emulated& emulated : {Emulated{"aarch64-linux-gnu", "aarch64-linux-gnu-gcc", "qemu-aarch64"},
                                   Emulated{"riscv64-linux-gnu", "riscv64-linux-gnu-gcc", "qemu-riscv64"}}) {
    if (!run(fmt::format("command -v {} && command -v {}", emulated.compiler, emulated.emulator)).first) {
      WARN(emulated.triple << " is not on this machine: it needs " << emulated.compiler << " and "
                           << emulated.emulator);
      continue;
    }
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("kdlc_emulated_{}", getpid());
    std::filesystem::create_directories(folder);
    const std::string object = (folder / "kernel.o").string();
    const std::string program = (folder / "program").string();
    std::ofstream(object, std::ios::binary) << object_of({.target = target_for("generic", emulated.triple),
                                                          .input_count = 1,
                                                          .output_count = 1,
                                                          .symbols = {"N"},
                                                          .emit = emit_all_functions});
    const auto [is_linked, link_text] = run(fmt::format("{} -O1 -static -o {} {}/unit/codegen/emulated_math.c {} -lm",
                                                        emulated.compiler, program, KDLC_TESTS_FOLDER, object));
    INFO(emulated.triple << ": " << link_text);
    CHECK(is_linked);
    const auto [is_right, text] = run(fmt::format("{} {}", emulated.emulator, program));
    INFO(text);
    CHECK(is_right);
    std::filesystem::remove_all(folder);
  }
}

}  // namespace
}  // namespace kdlc::testing
