// Speed of single kernels beside the machine's own limits: run it alone, on an idle core.
//   kernels --benchmark_filter=conv
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "codegen/kernels/kernels.hpp"
#include "plan/contraction_blocks.hpp"
#include "unit/codegen/kernel_runner.hpp"

namespace kdlc::testing {
namespace {

using plan::Access;
using plan::ContractionStep;
using plan::Memory;

std::string cpu_name() {
  const char* name = std::getenv("KDLC_BENCHMARK_CPU");
  return name == nullptr ? "native" : name;
}

struct Buffer {
  explicit Buffer(std::size_t floats)
      : bytes((floats * 4 + 64 + 4095) / 4096 * 4096), data(static_cast<float*>(std::aligned_alloc(4096, bytes))) {
    for (std::size_t index = 0; index < bytes / 4; ++index) {
      data[index] = static_cast<float>(index % 17) * 0.01F;
    }
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data); }
  std::size_t bytes;
  float* data;
};

/// The block from the model, or `KDLC_BENCHMARK_BLOCK=outer,inner,vectors,order,band` (order: c or r).
plan::ContractionBlock block_for(const codegen::Target& target, const plan::ContractionShape& shape) {
  plan::ContractionBlock block = plan::choose_contraction_block(target.machine, shape);
  if (const char* text = std::getenv("KDLC_BENCHMARK_BLOCK")) {
    int outer = 1;
    int inner = 1;
    int vectors = 1;
    char order = 'c';
    int band = 0;
    if (std::sscanf(text, "%d,%d,%d,%c,%d", &outer, &inner, &vectors, &order, &band) >= 3) {
      block = {.outer_rows = outer,
               .inner_rows = inner,
               .vectors = vectors,
               .lanes = block.lanes,
               .columns_outermost = order == 'c',
               .band_rows = band};
    }
  }
  return block;
}

void measure(benchmark::State& state, const codegen::Target& target, const ContractionStep& step, double flops,
             std::size_t left, std::size_t right, std::size_t output) {
  const Buffer input(left);
  const Buffer added(output);
  const Buffer weights(right);
  const Buffer result(output);
  const Kernel kernel({.target = target, .input_count = 2, .output_count = 1, .emit = [&](codegen::Emitter& emitter) {
                         emit_contraction(emitter, step);
                       }});
  const Places places{.inputs = {input.data, added.data}, .outputs = {result.data}, .weights = weights.data};
  kernel.run(places);
  for (auto _ : state) {
    kernel.run(places);
    benchmark::ClobberMemory();
  }
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["GB/s of weights"] =
      benchmark::Counter(static_cast<double>(right) * 4e-9, benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::to_string(step.block.outer_rows) + "x" + std::to_string(step.block.inner_rows) + "x" +
                 std::to_string(step.block.vectors) + "x" + std::to_string(step.block.lanes) +
                 (step.block.columns_outermost
                      ? " columns outermost in bands of " + std::to_string(step.block.band_rows)
                      : " rows outermost"));
}

graph::MapExpression relu() {
  graph::MapBuilder builder;
  return builder.finish(builder.maximum(builder.operand(0, DType::f32), builder.constant(0, DType::f32)));
}

/// relu(sum + what `step.output` has its place for in input 1).
void add_residual(ContractionStep& step) {
  graph::MapBuilder builder;
  const auto sum = builder.add(builder.operand(0, DType::f32), builder.operand(1, DType::f32));
  step.epilogue = builder.finish(builder.maximum(sum, builder.constant(0, DType::f32)));
  step.epilogue_operands = {step.output};
  step.epilogue_operands[0].memory = Memory::input;
  step.epilogue_operands[0].index = 1;
}

/// output[n, c] = relu(sum over k), n rows.
void dense(benchmark::State& state, std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const codegen::Target target = target_for(cpu_name());
  ContractionStep step;
  step.rows = {rows};
  step.depth = {depth};
  step.columns = columns;
  step.block = block_for(target, {.inner_rows = rows, .depth = depth, .inner_depth = depth, .columns = columns});
  step.left = {.memory = Memory::input, .strides = {depth, 1}};
  step.right = {.memory = Memory::weights};
  step.output = {.memory = Memory::output, .strides = {columns, 1}};
  step.epilogue = relu();
  const std::int64_t padded = plan::panel_count(step.block, columns) * plan::panel_columns(step.block);
  measure(state, target, step, 2.0 * static_cast<double>(rows * columns * depth),
          static_cast<std::size_t>(rows * depth), static_cast<std::size_t>(padded * depth),
          static_cast<std::size_t>(rows * columns));
}

/// A window × window convolution of size × size × channels to `filters`, stride 1 (the border is in the input).
void convolution(benchmark::State& state, std::int64_t size, std::int64_t channels, std::int64_t filters,
                 std::int64_t window, bool has_residual = false) {
  const codegen::Target target = target_for(cpu_name());
  const std::int64_t padded_size = size + window - 1;
  const std::int64_t row = padded_size * channels;
  ContractionStep step;
  step.columns = filters;
  if (window == 1) {
    step.rows = {size * size};
    step.depth = {channels};
    step.left = {.memory = Memory::input, .strides = {channels, 1}};
    step.output = {.memory = Memory::output, .strides = {filters, 1}};
    step.block = block_for(target, {.inner_rows = size * size,
                                    .depth = channels,
                                    .inner_depth = channels,
                                    .columns = filters,
                                    .cell_bytes = has_residual ? 8 : 4});
  } else {
    step.rows = {size, size};
    step.depth = {window, window * channels};
    step.left = {.memory = Memory::input, .strides = {row, channels, row, 1}};
    step.output = {.memory = Memory::output, .strides = {size * filters, filters, 1}};
    step.block = block_for(target, {.outer_rows = size,
                                    .inner_rows = size,
                                    .depth = window * window * channels,
                                    .inner_depth = window * channels,
                                    .columns = filters});
  }
  step.right = {.memory = Memory::weights};
  step.epilogue = relu();
  if (has_residual) {
    add_residual(step);
  }
  const std::int64_t padded = plan::panel_count(step.block, filters) * plan::panel_columns(step.block);
  const std::int64_t depth = window * window * channels;
  measure(state, target, step, 2.0 * static_cast<double>(size * size * filters * depth),
          static_cast<std::size_t>(row * padded_size), static_cast<std::size_t>(padded * depth),
          static_cast<std::size_t>(size * size * filters));
}

/// rows × columns products of two activations: attention's weighted sum, right as it lies in memory.
void two_activations(benchmark::State& state, std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  const codegen::Target target = target_for(cpu_name());
  ContractionStep step;
  step.rows = {rows};
  step.depth = {depth};
  step.columns = columns;
  step.block = block_for(target, {.inner_rows = rows, .depth = depth, .inner_depth = depth, .columns = columns});
  step.left = {.memory = Memory::input, .strides = {depth, 1}};
  step.right = {.memory = Memory::weights, .strides = {columns, 1}};
  step.right_is_packed = false;
  step.output = {.memory = Memory::output, .strides = {columns, 1}};
  measure(state, target, step, 2.0 * static_cast<double>(rows * columns * depth),
          static_cast<std::size_t>(rows * depth), static_cast<std::size_t>(columns * depth),
          static_cast<std::size_t>(rows * columns));
}

/// A window × window depthwise convolution, stride 1 (the border is in the input).
void depthwise(benchmark::State& state, std::int64_t size, std::int64_t channels, std::int64_t window) {
  const codegen::Target target = target_for(cpu_name());
  const std::int64_t padded_size = size + window - 1;
  const std::int64_t row = padded_size * channels;
  plan::DepthwiseStep step;
  step.positions = {size, size};
  step.depth = {window, window};
  step.channels = channels;
  step.left = {.memory = Memory::input, .strides = {row, channels, row, channels, 1}};
  step.right = {.memory = Memory::weights, .strides = {window * channels, channels, 1}};
  step.output = {.memory = Memory::output, .strides = {size * channels, channels, 1}};
  step.epilogue = relu();
  const Buffer input(static_cast<std::size_t>(row * padded_size));
  const Buffer weights(static_cast<std::size_t>(window * window * channels));
  const Buffer result(static_cast<std::size_t>(size * size * channels));
  const Kernel kernel({.target = target, .input_count = 1, .output_count = 1, .emit = [&](codegen::Emitter& emitter) {
                         emit_depthwise(emitter, step);
                       }});
  const Places places{.inputs = {input.data}, .outputs = {result.data}, .weights = weights.data};
  kernel.run(places);
  for (auto _ : state) {
    kernel.run(places);
    benchmark::ClobberMemory();
  }
  const double flops = 2.0 * static_cast<double>(size * size * window * window * channels);
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

/// Multiply-adds on registers alone: twelve sums, sixteen steps a turn.
void peak(benchmark::State& state) {
  const codegen::Target target = target_for(cpu_name());
  const std::int64_t lanes = target.machine.vector_bytes / 4;
  ContractionStep step;
  step.rows = {12};
  step.depth = {4096};
  step.columns = lanes;
  step.block = {.inner_rows = 12, .vectors = 1, .lanes = lanes};
  step.left = {.memory = Memory::input, .strides = {1, 0}};
  step.right = {.memory = Memory::weights, .strides = {0, 1}};
  step.right_is_packed = false;
  step.output = {.memory = Memory::output, .strides = {lanes, 1}};
  measure(state, target, step, 2.0 * 12 * 4096 * static_cast<double>(lanes), 64, 64, 1024);
}

BENCHMARK(peak);
BENCHMARK_CAPTURE(convolution, conv3x3_56x64, 56, 64, 64, 3);
BENCHMARK_CAPTURE(convolution, conv3x3_28x128, 28, 128, 128, 3);
BENCHMARK_CAPTURE(convolution, conv3x3_14x256, 14, 256, 256, 3);
BENCHMARK_CAPTURE(convolution, conv3x3_7x512, 7, 512, 512, 3);
BENCHMARK_CAPTURE(convolution, conv1x1_56x64x256, 56, 64, 256, 1);
BENCHMARK_CAPTURE(convolution, conv1x1_56x64x256_residual, 56, 64, 256, 1, true);
BENCHMARK_CAPTURE(convolution, conv1x1_28x128x512_residual, 28, 128, 512, 1, true);
BENCHMARK_CAPTURE(convolution, conv1x1_14x256x1024_residual, 14, 256, 1024, 1, true);
BENCHMARK_CAPTURE(convolution, conv1x1_7x512x2048_residual, 7, 512, 2048, 1, true);
BENCHMARK_CAPTURE(convolution, conv1x1_56x256x64, 56, 256, 64, 1);
BENCHMARK_CAPTURE(convolution, conv1x1_28x512x128, 28, 512, 128, 1);
BENCHMARK_CAPTURE(convolution, conv1x1_14x1024x256, 14, 1024, 256, 1);
BENCHMARK_CAPTURE(convolution, conv1x1_14x256x1024, 14, 256, 1024, 1);
BENCHMARK_CAPTURE(convolution, conv1x1_7x512x2048, 7, 512, 2048, 1);
BENCHMARK_CAPTURE(convolution, conv5x5_14x6x16, 10, 6, 16, 5);
BENCHMARK_CAPTURE(convolution, conv3x3_32x16, 32, 16, 16, 3);
BENCHMARK_CAPTURE(convolution, conv3x3_32x3x16, 32, 3, 16, 3);
BENCHMARK_CAPTURE(dense, gemm_256x512x512, 256, 512, 512);
BENCHMARK_CAPTURE(dense, gemm_256x512x784, 256, 512, 784);
BENCHMARK_CAPTURE(dense, gemm_32x512x784, 32, 512, 784);
BENCHMARK_CAPTURE(dense, gemm_128x384x1536, 128, 384, 1536);
BENCHMARK_CAPTURE(dense, gemm_128x1536x384, 128, 1536, 384);
BENCHMARK_CAPTURE(dense, gemm_128x384x384, 128, 384, 384);
BENCHMARK_CAPTURE(dense, gemm_256x1024x1024, 256, 1024, 1024);
BENCHMARK_CAPTURE(dense, gemm_12544x96x16, 12544, 96, 16);
BENCHMARK_CAPTURE(dense, gemm_12544x32x27, 12544, 32, 27);
BENCHMARK_CAPTURE(dense, gemm_128x128x32, 128, 128, 32);
BENCHMARK_CAPTURE(dense, gemm_3136x24x144, 3136, 24, 144);
BENCHMARK_CAPTURE(dense, gemm_49x320x960, 49, 320, 960);
BENCHMARK_CAPTURE(dense, gemm_8x512x784, 8, 512, 784);
BENCHMARK_CAPTURE(dense, gemm_3x512x512, 3, 512, 512);
BENCHMARK_CAPTURE(dense, gemv_512x512, 1, 512, 512);
BENCHMARK_CAPTURE(dense, gemv_512x784, 1, 512, 784);
BENCHMARK_CAPTURE(dense, gemv_10x512, 1, 10, 512);
BENCHMARK_CAPTURE(dense, gemv_1x512, 1, 1, 512);
BENCHMARK_CAPTURE(dense, gemv_3x16, 1, 3, 16);
BENCHMARK_CAPTURE(dense, gemv_16x16, 1, 16, 16);
BENCHMARK_CAPTURE(dense, gemm_256x10x512, 256, 10, 512);
BENCHMARK_CAPTURE(dense, gemm_256x1x512, 256, 1, 512);

BENCHMARK_CAPTURE(two_activations, attention_128x64x128, 128, 64, 128);
BENCHMARK_CAPTURE(two_activations, attention_128x128x64, 128, 128, 64);
BENCHMARK_CAPTURE(depthwise, depthwise3x3_112x32, 112, 32, 3);
BENCHMARK_CAPTURE(depthwise, depthwise3x3_56x144, 56, 144, 3);
BENCHMARK_CAPTURE(depthwise, depthwise3x3_28x192, 28, 192, 3);
BENCHMARK_CAPTURE(depthwise, depthwise3x3_14x384, 14, 384, 3);
BENCHMARK_CAPTURE(depthwise, depthwise3x3_7x960, 7, 960, 3);
BENCHMARK_CAPTURE(depthwise, depthwise5x5_14x240, 14, 240, 5);
BENCHMARK_CAPTURE(depthwise, depthwise7x7_14x256, 14, 256, 7);

}  // namespace
}  // namespace kdlc::testing

BENCHMARK_MAIN();
