// What generated kernels look like for each processor: sums stay in registers, vectors have their full width, and
// nothing is needed from outside.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include <fmt/format.h>

#include "catch.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/math/vector_math.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/winograd.hpp"
#include "unit/codegen/kernel_runner.hpp"

namespace kdlc::testing {
namespace {

using plan::ContractionStep;
using plan::Memory;

struct Level {
  const char* triple;
  const char* cpu;
};
const std::vector<Level> kLevels = {{"x86_64-linux-gnu", "x86-64"},    {"x86_64-linux-gnu", "x86-64-v2"},
                                    {"x86_64-linux-gnu", "x86-64-v3"}, {"x86_64-linux-gnu", "x86-64-v4"},
                                    {"aarch64-linux-gnu", "generic"},  {"riscv64-linux-gnu", "generic"}};

struct Shape {
  const char* name;
  std::int64_t size;  // rows and columns of the map; 0: dense
  std::int64_t rows;  // of a dense layer
  std::int64_t window;
  std::int64_t depth;  // channels
  std::int64_t columns;
};
const std::vector<Shape> kShapes = {
    {"3×3 at 56² × 64", 56, 0, 3, 64, 64},      {"3×3 at 28² × 128", 28, 0, 3, 128, 128},
    {"3×3 at 14² × 256", 14, 0, 3, 256, 256},   {"3×3 at 7² × 512", 7, 0, 3, 512, 512},
    {"5×5 at 10² × 6", 10, 0, 5, 6, 16},        {"3×3 at 32² × 3", 32, 0, 3, 3, 16},
    {"1×1 at 14²", 14, 0, 1, 1024, 256},        {"dense 256 × 512 × 784", 0, 256, 1, 784, 512},
    {"dense 1 × 512 × 784", 0, 1, 1, 784, 512}, {"dense 256 × 10 × 512", 0, 256, 1, 512, 10},
    {"dense 1 × 10 × 200", 0, 1, 1, 200, 10}};

graph::MapExpression bias_and_relu() {
  graph::MapBuilder builder;
  const auto sum = builder.add(builder.operand(0, DType::f32), builder.operand(1, DType::f32));
  return builder.finish(builder.maximum(sum, builder.constant(0, DType::f32)));
}

ContractionStep step_of(const codegen::Target& target, const Shape& shape) {
  const std::int64_t row = (shape.size + shape.window - 1) * shape.depth;
  ContractionStep step;
  step.columns = shape.columns;
  if (shape.size == 0) {
    step.rows = {shape.rows};
    step.depth = {shape.depth};
    step.left.strides = {shape.depth, 1};
    step.output.strides = {shape.columns, 1};
    step.epilogue_operands = {{.memory = Memory::weights, .strides = {0, 1}}};
  } else {
    step.rows = {shape.size, shape.size};
    step.depth = {shape.window, shape.window * shape.depth};
    step.left.strides = {row, shape.depth, row, 1};
    step.output.strides = {shape.size * shape.columns, shape.columns, 1};
    step.epilogue_operands = {{.memory = Memory::weights, .strides = {0, 0, 1}}};
  }
  step.left.memory = Memory::input;
  step.right = {.memory = Memory::weights, .offset_bytes = 4096};
  step.output.memory = Memory::output;
  step.epilogue = bias_and_relu();
  step.block = plan::choose_contraction_block(target.machine, {.outer_rows = std::max<std::int64_t>(1, shape.size),
                                                               .inner_rows = std::max(shape.size, shape.rows),
                                                               .depth = shape.window * shape.window * shape.depth,
                                                               .inner_depth = shape.window * shape.depth,
                                                               .columns = shape.columns});
  return step;
}

KernelForm form_of(const codegen::Target& target, const ContractionStep& step) {
  return {.target = target, .input_count = 1, .output_count = 1, .emit = [&step](codegen::Emitter& emitter) {
            emit_contraction(emitter, step);
          }};
}

/// The innermost loops of x86 or Arm assembly: from a label to a later jump back to it, with no label of a loop inside.
std::vector<std::string> innermost_loops(const std::string& assembly) {
  std::vector<std::string> lines;
  std::istringstream stream(assembly);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  std::vector<std::string> loops;
  std::size_t last_begin = 0;
  const std::regex label_pattern(R"(^(\.L[A-Za-z0-9_]+):.*)");
  const std::regex jump_pattern(
      R"(^\s+(?:j[a-z]+|b\.[a-z]+|cbn?z\s+\w+,|tbn?z.*,|bn?e.*,|b[lg][te]u?.*,)\s*(\.L[A-Za-z0-9_]+).*)");
  std::map<std::string, std::size_t> labels;
  for (std::size_t number = 0; number < lines.size(); ++number) {
    std::smatch match;
    if (std::regex_match(lines[number], match, label_pattern)) {
      labels[match[1]] = number;
    } else if (std::regex_match(lines[number], match, jump_pattern)) {
      const auto target = labels.find(match[1]);
      if (target != labels.end() && target->second >= last_begin) {
        std::string loop;
        for (std::size_t line = target->second; line <= number; ++line) {
          loop += lines[line] + "\n";
        }
        loops.push_back(loop);
        last_begin = target->second + 1;
      }
    }
  }
  return loops;
}

bool multiplies(const std::string& loop) {
  return std::regex_search(loop, std::regex(R"(fmadd|mulps|mulss|fmla|fmul|mulpd)"));
}

bool touches_stack(const std::string& loop) {
  return std::regex_search(loop, std::regex(R"(\(%rsp|\[sp|\(sp\))"));
}

TEST_CASE("the innermost loops of contractions keep their sums in registers on every level") {
  for (const Level& level : kLevels) {
    const codegen::Target target = target_for(level.cpu, level.triple);
    for (const Shape& shape : kShapes) {
      ContractionStep step = step_of(target, shape);
      std::string assembly = assembly_of(form_of(target, step));
      step.fetches_ahead = true;
      assembly += assembly_of(form_of(target, step));
      std::size_t multiplying = 0;
      for (const std::string& loop : innermost_loops(assembly)) {
        if (!multiplies(loop)) {
          continue;
        }
        ++multiplying;
        INFO(level.triple << " " << level.cpu << ", " << shape.name << ", block " << step.block.outer_rows << "x"
                          << step.block.inner_rows << "x" << step.block.vectors << "x" << step.block.lanes << "\n"
                          << loop);
        CHECK_FALSE(touches_stack(loop));
      }
      INFO(level.triple << " " << level.cpu << ", " << shape.name);
      CHECK(multiplying > 0);
    }
  }
}

plan::DepthwiseStep depthwise_step(std::int64_t size, std::int64_t window, std::int64_t stride, std::int64_t channels) {
  const std::int64_t row = ((size - 1) * stride + window) * channels;
  plan::DepthwiseStep step;
  step.positions = {size, size};
  step.depth = {window, window};
  step.channels = channels;
  step.left = {.memory = Memory::input, .strides = {row * stride, channels * stride, row, channels, 1}};
  step.right = {.memory = Memory::weights, .strides = {window * channels, channels, 1}};
  step.output = {.memory = Memory::output, .strides = {size * channels, channels, 1}};
  step.epilogue = bias_and_relu();
  step.epilogue_operands = {{.memory = Memory::weights, .strides = {0, 0, 1}}};
  return step;
}

TEST_CASE("the innermost loops of depthwise convolutions keep sums and weights in registers") {
  for (const Level& level : kLevels) {
    const codegen::Target target = target_for(level.cpu, level.triple);
    for (const std::int64_t window : {3, 5, 7}) {
      for (const std::int64_t stride : {1, 2}) {
        const plan::DepthwiseStep step = depthwise_step(14, window, stride, 64);
        const std::string assembly =
            assembly_of({.target = target, .input_count = 1, .output_count = 1, .emit = [&](codegen::Emitter& emitter) {
                           emit_depthwise(emitter, step);
                         }});
        for (const std::string& loop : innermost_loops(assembly)) {
          INFO(level.triple << " " << level.cpu << ", window " << window << ", stride " << stride << "\n" << loop);
          CHECK_FALSE((multiplies(loop) && touches_stack(loop)));
        }
      }
    }
  }
}

plan::WinogradStep winograd_step(const codegen::Target& target, const plan::WinogradForm& form, std::int64_t size) {
  constexpr std::int64_t kChannels = 64;
  const std::int64_t row = form.cells_of(size) * kChannels;
  const plan::WinogradChoice choice = plan::choose_winograd(
      target.machine, {.stride = form.stride, .height = size, .width = size, .depth = kChannels, .columns = kChannels},
      form.tile);
  plan::WinogradStep step{.tile = form.tile,
                          .stride = form.stride,
                          .positions = {size, size},
                          .depth = kChannels,
                          .columns = kChannels,
                          .tiles_at_once = choice.tiles_at_once,
                          .columns_at_once = choice.columns_at_once,
                          .block = choice.block};
  step.left = {.memory = Memory::input, .strides = {form.stride * row, form.stride * kChannels, 1}};
  step.right = {.memory = Memory::weights, .offset_bytes = 4096, .strides = {kChannels * choice.columns_at_once}};
  step.scratch = {.memory = Memory::arena, .strides = {1}};
  step.output = {.memory = Memory::output, .strides = {size * kChannels, kChannels, 1}};
  step.epilogue = bias_and_relu();
  step.epilogue_operands = {{.memory = Memory::weights, .strides = {0, 0, 1}}};
  return step;
}

TEST_CASE("Winograd's transforms keep a tile in the registers of AVX-512") {
  for (const Level& level : kLevels) {
    const codegen::Target target = target_for(level.cpu, level.triple);
    for (const plan::WinogradForm& form :
         {plan::WinogradForm{.tile = 2, .stride = 1}, {.tile = 4, .stride = 1}, {.tile = 2, .stride = 2}}) {
      for (const std::int64_t size : {14, 16}) {  // tiles of 4 stand out over the edge of 14
        const plan::WinogradStep step = winograd_step(target, form, size);
        const std::string assembly =
            assembly_of({.target = target, .input_count = 1, .output_count = 1, .emit = [&](codegen::Emitter& emitter) {
                           emit_winograd(emitter, step);
                         }});
        std::size_t multiplying = 0;
        for (const std::string& loop : innermost_loops(assembly)) {
          INFO(level.triple << " " << level.cpu << ", F(" << form.tile << "), stride " << form.stride << ", size "
                            << size << "\n"
                            << loop);
          multiplying += multiplies(loop) ? 1 : 0;
          // Elsewhere constants or addresses of the many planes move to the stack: cheap beside them.
          CHECK_FALSE((target.machine.vector_bytes == 64 && multiplies(loop) && touches_stack(loop)));
        }
        CHECK(multiplying > 0);
      }
    }
  }
}

TEST_CASE("AVX-512 code is 512 bits wide") {
  for (const char* cpu : {"x86-64-v4", "native"}) {
    const codegen::Target target = target_for(cpu);
    if (target.machine.vector_bytes < 64) {
      WARN("native is not AVX-512 on this machine");
      continue;
    }
    const ContractionStep step = step_of(target, kShapes[0]);
    const std::string assembly = assembly_of(form_of(target, step));
    CHECK(std::regex_search(assembly, std::regex(R"(vfmadd\d+ps.*%zmm)")));
    CHECK_FALSE(std::regex_search(assembly, std::regex(R"(vfmadd\d+ps.*%ymm)")));
  }
}

/// Symbols that an object takes from elsewhere, by nm.
std::string undefined_symbols(const std::string& object) {
  const std::string path = fmt::format("kdlc_assembly_test_{}.o", static_cast<const void*>(&object));
  std::ofstream(path, std::ios::binary) << object;
  std::string symbols;
  FILE* pipe = popen(("nm -u " + path + " 2>&1 || llvm-nm-19 -u " + path + " 2>&1").c_str(), "r");
  char buffer[256];
  while (pipe != nullptr && fgets(buffer, sizeof buffer, pipe) != nullptr) {
    symbols += buffer;
  }
  const bool has_run = pipe != nullptr && pclose(pipe) == 0;
  std::remove(path.c_str());
  return has_run ? symbols : "nm does not run";
}

/// Every function on vectors and scalars of both float types, and every kind of contraction: all that could become a
/// call.
void emit_everything(codegen::Emitter& emitter) {
  using Emit = llvm::Value* (*)(codegen::Emitter&, llvm::Value*);
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t lanes : {std::int64_t{1}, std::max<std::int64_t>(2, emitter.lanes(dtype))}) {
      const codegen::View input{.base = emitter.frame.inputs[0], .dtype = dtype, .strides = {1}};
      const codegen::View output{.base = emitter.frame.outputs[0], .dtype = dtype, .strides = {1}};
      const codegen::Part part{.index = emitter.integer(0), .lanes = lanes};
      for (const Emit emit :
           {codegen::emit_exp, codegen::emit_expm1, codegen::emit_log, codegen::emit_log1p, codegen::emit_tanh,
            codegen::emit_sigmoid, codegen::emit_erf, codegen::emit_sin, codegen::emit_cos, codegen::emit_sqrt,
            codegen::emit_rsqrt, codegen::emit_floor, codegen::emit_ceil, codegen::emit_round}) {
        emitter.store(emit(emitter, emitter.load(input, 0, part)), output, 0, part);
      }
      for (const auto emit :
           {codegen::emit_power, codegen::emit_remainder, codegen::emit_minimum, codegen::emit_maximum}) {
        llvm::Value* value = emitter.load(input, 0, part);
        emitter.store(emit(emitter, value, emitter.load(output, 0, part)), output, 0, part);
      }
    }
  }
}

TEST_CASE("kernels need nothing from outside on any target") {
  for (const Level& level : kLevels) {
    const codegen::Target target = target_for(level.cpu, level.triple);
    INFO(level.triple << " " << level.cpu);
    CHECK(undefined_symbols(
              object_of({.target = target, .input_count = 1, .output_count = 1, .emit = emit_everything})) == "");
    for (const Shape& shape : kShapes) {
      INFO(shape.name);
      const ContractionStep step = step_of(target, shape);
      CHECK(undefined_symbols(object_of(form_of(target, step))) == "");
    }
  }
}

}  // namespace
}  // namespace kdlc::testing
