// The machine code of whole models, read: hot loops keep what they compute with in registers, and where a processor has
// vectors of 512 bits, multiply-adds use all of them.
//
// A hot loop is a loop with no other inside that computes with vectors. Every kind of kernel has a model here whose
// widths are multiples of 16, so that no part of it needs narrower vectors; tails have models of their own.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "syntax/syntax.hpp"

namespace kdlc {
namespace {

struct Case {
  const char* kernel;
  const char* lines;  // of the model
  bool has_multiply_adds = true;
  bool has_tails = false;  // fewer lanes than a vector has, beside full ones
  /// Where 16 registers do not hold the constants of exp, or the 36 values of a tile of Winograd's, beside the values:
  /// they are operands on the stack, in reach of the first cache. 32 registers hold them.
  bool fits_16_registers = true;
};

const std::vector<Case> kCases = {
    {.kernel = "dense", .lines = "input x: f32[N, 256]\n output y = x -> dense(128, relu)"},
    {.kernel = "convolution", .lines = "input x: f32[N, 14, 14, 64]\n output y = x -> conv2d(64, 3, stride: 2)"},
    {.kernel = "pointwise", .lines = "input x: f32[N, 14, 14, 96]\n output y = x -> conv2d(64, 1, activation: relu)"},
    {.kernel = "winograd",
     .lines = "input x: f32[N, 16, 16, 64]\n output y = x -> conv2d(64, 3, padding: same, activation: relu)",
     .fits_16_registers = false},
    {.kernel = "first layer",
     .lines = "input x: f32[N, 32, 32, 3]\n output y = x -> conv2d(32, 3, stride: 2, padding: same)"},
    {.kernel = "odd columns",
     .lines = "input x: f32[N, 14, 14, 20]\n output y = x -> conv2d(24, 3, stride: 2)",
     .has_tails = true},
    {.kernel = "narrow",
     .lines = "input x: f32[N, 16, 16, 32]\n output y = x -> conv2d(4, 3, padding: same)",
     .has_tails = true,
     .fits_16_registers = false},
    {.kernel = "one column", .lines = "input x: f32[N, 16, 16, 32]\n output y = x -> conv2d(1, 3, padding: same)"},
    {.kernel = "depthwise",
     .lines = "input x: f32[N, 14, 14, 64]\n output y = x -> depthwise_conv2d(3, padding: same, activation: relu6)"},
    {.kernel = "depthwise with strides",
     .lines = "input x: f32[N, 28, 28, 64]\n output y = x -> depthwise_conv2d(5, stride: 2, padding: same)"},
    {.kernel = "bands of a chain",
     .lines = "input x: f32[N, 56, 56, 32]\n output y = x -> conv2d(192, 1, activation: relu6) -> depthwise_conv2d(3, "
              "padding: same) "
              "-> conv2d(32, 1)"},
    {.kernel = "transposed",
     .lines = "input x: f32[N, 14, 14, 32]\n output y = x -> conv2d_transpose(32, 3, stride: 2, padding: same)"},
    {.kernel = "maxima of windows",
     .lines = "input x: f32[N, 28, 28, 64]\n output y = x -> maxpool(3, stride: 2, padding: same)",
     .has_multiply_adds = false},
    {.kernel = "means of windows",
     .lines = "input x: f32[N, 28, 28, 64]\n output y = x -> avgpool(2)",
     .has_multiply_adds = false},
    {.kernel = "reduction",
     .lines = "input x: f32[N, 7, 7, 256]\n output y = x -> global_avgpool",
     .has_multiply_adds = false},
    {.kernel = "softmax", .lines = "input x: f32[N, 8, 256]\n output y = x -> softmax", .fits_16_registers = false},
    {.kernel = "norm", .lines = "input x: f32[N, 8, 384]\n output y = x -> layernorm"},
    {.kernel = "attention",
     .lines = "input x: f32[N, 64, 64]\n output y = (x, x, x) -> attention(2, 32)",
     .fits_16_registers = false},
    {.kernel = "LSTM", .lines = "input x: f32[N, 8, 64]\n output y = x -> lstm(64)", .fits_16_registers = false},
    {.kernel = "GRU", .lines = "input x: f32[N, 8, 64]\n output y = x -> gru(64)", .fits_16_registers = false},
    {.kernel = "chain of maps",
     .lines = "input x: f32[N, 4096]\n output y = gelu(x) * sigmoid(2 * x) + tanh(x)",
     .fits_16_registers = false},
    {.kernel = "taps", .lines = "input x: f32[N, 14, 14, 6]\n output y = x -> conv2d(16, 5)"},
    {.kernel = "taps apart",
     .lines = "input x: f32[N, 96, 8]\n output y = x -> conv1d(16, 3, dilation: 2, activation: relu)"},
    {.kernel = "half a vector of columns",
     .lines = "input x: f32[N, 28, 28, 96]\n output y = x -> conv2d(24, 1)",
     .has_tails = true},
};

std::string assembly_of(const std::string& lines, const codegen::Target& target) {
  SourceSet sources;
  Report report;
  const SourceId source = sources.add("model.kdl", "kdl 1\nmodel M {\n " + lines + "\n}\n");
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const auto model = check::check(tree, sources, {}, report);
  REQUIRE(model.has_value());
  const plan::Plan plan = plan::make_plan(passes::optimise(model->graph, {}), {.machine = target.machine});
  const auto text = codegen::compile(
      plan, {.target = target, .prefix = "m", .emit = codegen::Emit::assembly, .embedded_weights = {}}, report);
  REQUIRE(text.has_value());
  return *text;
}

/// `\tvfmadd231ps\t(%rax), %zmm1, %zmm2` → `vfmadd231ps`.
std::string mnemonic_of(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

/// The label that a line is, or that it jumps to; empty for others.
std::string label_of(const std::string& line) {
  const std::size_t begin = line.find(".L");
  if (begin == std::string::npos || (begin > 0 && mnemonic_of(line).front() != 'j')) {
    return "";
  }
  return line.substr(begin, line.find_first_of(": \t,", begin) - begin);
}

using Loop = std::vector<std::string>;  // its lines

/// The loops of each function in which no other one lies: from a label to a jump back to it.
std::vector<Loop> innermost_loops(const std::string& assembly) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < assembly.size();) {
    const std::size_t end = std::min(assembly.find('\n', begin), assembly.size());
    lines.push_back(assembly.substr(begin, end - begin));
    begin = end + 1;
  }
  struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  std::map<std::string, std::size_t> places;
  std::vector<Range> ranges;  // labels are unique in a file
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const std::string label = label_of(lines[number]);
    if (lines[number].starts_with(".L")) {
      places[label] = number;
    } else if (const auto place = places.find(label); !label.empty() && place != places.end()) {
      ranges.push_back({place->second, number});
    }
  }
  std::vector<Loop> loops;
  for (const Range& range : ranges) {
    const bool has_inner = std::any_of(ranges.begin(), ranges.end(), [&](const Range& other) {
      return (other.first != range.first || other.last != range.last) && other.first >= range.first &&
             other.last <= range.last;
    });
    if (!has_inner) {
      loops.emplace_back(lines.begin() + static_cast<std::ptrdiff_t>(range.first),
                         lines.begin() + static_cast<std::ptrdiff_t>(range.last) + 1);
    }
  }
  return loops;
}

bool is_multiply_add(const std::string& line) {
  const std::string name = mnemonic_of(line);
  return (name.starts_with("vfmadd") || name.starts_with("vfnmadd") || name.starts_with("vfmsub") ||
          name.starts_with("vfnmsub")) &&
         name.ends_with("ps");
}

bool computes(const std::string& line) {
  const std::string name = mnemonic_of(line);
  const bool is_simple =
      name == "vmulps" || name == "vaddps" || name == "vsubps" || name == "vmaxps" || name == "vrangeps";
  return is_simple || is_multiply_add(line);
}

bool has(const std::string& line, const std::string& word) {
  return line.find(word) != std::string::npos;
}

/// A vector that is kept on the stack, or a value of the stack that a vector instruction reads.
bool touches_stack(const std::string& line) {
  return has(line, "mm") && has(line, "(%rsp");
}

/// What a model's hot loops hold.
struct Reading {
  std::size_t hot_loops = 0;
  std::size_t full_multiply_adds = 0;
  std::string spills;            // the lines
  std::string narrow_additions;  // multiply-adds on narrower vectors
};

Reading read(const std::string& assembly, const std::string& full_register) {
  Reading reading;
  for (const Loop& loop : innermost_loops(assembly)) {
    if (std::none_of(loop.begin(), loop.end(), computes)) {
      continue;
    }
    ++reading.hot_loops;
    for (const std::string& line : loop) {
      reading.spills += touches_stack(line) ? line + "\n" : "";
      if (is_multiply_add(line)) {
        reading.full_multiply_adds += has(line, full_register) ? 1 : 0;
        reading.narrow_additions += has(line, full_register) ? "" : line + "\n";
      }
    }
  }
  return reading;
}

codegen::Target target_of(const char* cpu) {
  Report report;
  const auto target = codegen::find_target("x86_64-linux-gnu", cpu, report);
  REQUIRE(target.has_value());
  return *target;
}

TEST_CASE("hot loops of every kind of kernel keep to registers of the full width") {
  struct Level {
    const char* cpu;
    const char* full_register;
    bool has_32_registers;
  };
  for (const Level& level :
       {Level{"x86-64-v4", "%zmm", true}, Level{"znver4", "%zmm", true}, Level{"x86-64-v3", "%ymm", false}}) {
    const codegen::Target target = target_of(level.cpu);
    for (const Case& one : kCases) {
      const Reading reading = read(assembly_of(one.lines, target), level.full_register);
      INFO(level.cpu << ", " << one.kernel);
      CHECK(reading.hot_loops > 0);
      CHECK((reading.full_multiply_adds > 0) == one.has_multiply_adds);
      if (level.has_32_registers || one.fits_16_registers) {
        CHECK(reading.spills == "");
      }
      if (!one.has_tails) {
        CHECK(reading.narrow_additions == "");
      }
    }
  }
}

TEST_CASE("sums that share cells are complete before a long epilogue begins") {
  // Constants may be read from the stack; no cell or sum is written there.
  for (const char* cpu : {"x86-64-v4", "znver4"}) {
    for (const char* activation : {"silu", "tanh"}) {
      const std::string lines = "input x: f32[N, 14, 14, 64]\n output y = x -> depthwise_conv2d(3, padding: same, " +
                                std::string("activation: ") + activation + ")";
      const std::string assembly = assembly_of(lines, target_of(cpu));
      std::string stored;
      for (const Loop& loop : innermost_loops(assembly)) {
        for (const std::string& line : loop) {
          stored += touches_stack(line) && line.ends_with("(%rsp)") ? line + "\n" : "";
        }
      }
      INFO(cpu << ", " << activation);
      CHECK(stored == "");
    }
  }
}

TEST_CASE("results that wait to be pooled are finished one by one where vectors are multiplied one in a cycle") {
  // The sums of a turn and the results of the turn before are 24 vectors: besides these, what the next turn needs no
  // register for may lie on the stack, but nothing between the steps of tanh.
  const std::string lines =
      "input x: f32[N, 28, 28, 1]\n output y = x -> conv2d(6, 5, activation: tanh, padding: same) -> avgpool(2)";
  std::size_t stored = 0;
  std::size_t divisions = 0;
  const std::string assembly = assembly_of(lines, target_of("znver4"));
  for (std::size_t begin = 0; begin < assembly.size();) {
    const std::size_t end = std::min(assembly.find('\n', begin), assembly.size());
    const std::string line = assembly.substr(begin, end - begin);
    stored += touches_stack(line) && line.ends_with("(%rsp)") && line.find("%zmm") != std::string::npos ? 1U : 0U;
    divisions += mnemonic_of(line) == "vdivps" && line.find("%zmm") != std::string::npos ? 1U : 0U;
    begin = end + 1;
  }
  CHECK(divisions > 0);
  CHECK(stored < 2 * divisions);
}

// What is read above is there to be found: code that is wrong on purpose.

TEST_CASE("blocks of more sums than there are registers are seen to spill") {
  codegen::Target target = target_of("x86-64-v4");
  target.machine.vector_registers = 48;
  for (const Case& one : {kCases[0], kCases[1], kCases[2]}) {
    INFO(one.kernel);
    CHECK(read(assembly_of(one.lines, target), "%zmm").spills != "");
  }
}

TEST_CASE("vectors of half the width are seen") {
  codegen::Target narrow = target_of("x86-64-v4");
  narrow.machine.vector_bytes = 32;
  for (const Case& one : {kCases[0], kCases[1], kCases[8], kCases[16]}) {
    const Reading reading = read(assembly_of(one.lines, narrow), "%zmm");
    INFO(one.kernel);
    CHECK(reading.full_multiply_adds == 0);
    CHECK(reading.narrow_additions != "");
  }
}

}  // namespace
}  // namespace kdlc
