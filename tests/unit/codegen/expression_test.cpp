// Elementwise expressions: every operation on every element type equals the evaluator, on vectors and scalars.
#include "codegen/expression.hpp"

#include <cmath>

#include <fmt/format.h>

#include "catch.hpp"
#include "codegen/loops.hpp"
#include "unit/codegen/kernel_runner.hpp"
#include "unit/codegen/random_tensors.hpp"

namespace kdlc::testing {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// results[i] of `expression` over operands[k][i], by vectors of the result's lanes and a tail.
void check(const codegen::Target& target, const graph::MapExpression& expression,
           const std::vector<DType>& operand_dtypes, Random& random) {
  constexpr std::int64_t kCount = 61;
  std::vector<TestTensor> operands;
  for (const DType dtype : operand_dtypes) {
    operands.emplace_back(dtype, Sizes{kCount}, std::vector<std::int64_t>{1});
    operands.back().fill(random);
    if (dtype == DType::boolean) {
      for (std::int64_t index = 0; index < kCount; ++index) {
        operands.back().set_element(index, static_cast<double>(random.integer(0, 1)));
      }
    }
  }
  TestTensor output(expression.result_dtype(), Sizes{kCount}, {1});
  const Kernel kernel(
      {.target = target, .input_count = operands.size(), .output_count = 1, .emit = [&](codegen::Emitter& emitter) {
         std::int64_t lanes = emitter.lanes(output.access(plan::Memory::output).dtype);
         for (const DType dtype : operand_dtypes) {
           lanes = std::min(lanes, emitter.lanes(dtype));
         }
         codegen::for_each_part(emitter, emitter.integer(kCount), lanes, [&](const codegen::Part& part) {
           std::vector<llvm::Value*> values;
           for (std::size_t index = 0; index < operands.size(); ++index) {
             values.push_back(emitter.load(
                 {.base = emitter.frame.inputs[index], .dtype = operand_dtypes[index], .strides = {1}}, 0, part));
           }
           llvm::Value* result = codegen::emit_expression(emitter, expression, values, part.lanes);
           emitter.store(result, {.base = emitter.frame.outputs[0], .dtype = expression.result_dtype(), .strides = {1}},
                         0, part);
         });
       }});
  Places places{.outputs = {output.data()}};
  for (const TestTensor& operand : operands) {
    places.inputs.push_back(operand.data());
  }
  kernel.run(places);
  CHECK(output.canaries_alive());
  for (std::int64_t index = 0; index < kCount; ++index) {
    std::vector<double> values;
    for (const TestTensor& operand : operands) {
      values.push_back(operand.element(index));
    }
    const double expected = graph::evaluate_element(expression, values);
    const double actual = output.element(index);
    const bool is_same = (std::isnan(expected) && std::isnan(actual)) || expected == actual ||
                         std::abs(actual - expected) <=
                             (expression.result_dtype() == DType::f64 ? 1e-13 : 2e-6) * (1 + std::abs(expected));
    if (!is_same) {
      INFO(target.cpu << " " << expression.to_text() << " of " << name_of(operand_dtypes.front()) << " "
                      << fmt::format("{}", fmt::join(values, ", ")) << " = " << actual);
      CHECK(actual == expected);
    }
  }
}

bool is_real_function(MapOp op) {
  switch (op) {
    case MapOp::exp:
    case MapOp::expm1:
    case MapOp::log:
    case MapOp::log1p:
    case MapOp::sqrt:
    case MapOp::rsqrt:
    case MapOp::tanh:
    case MapOp::sigmoid:
    case MapOp::erf:
    case MapOp::sin:
    case MapOp::cos:
      return true;
    default:
      return false;
  }
}

bool is_logical(MapOp op) {
  return op == MapOp::logical_and || op == MapOp::logical_or || op == MapOp::logical_not;
}

const std::vector<MapOp> kOps = {
#define MAP_OP(name, operand_count) MapOp::name,
#include "graph/map_op.def"
#undef MAP_OP
};

TEST_CASE("every elementwise operation on every element type equals the evaluator") {
  for (const char* cpu : {"x86-64", "x86-64-v3", "native"}) {
    const codegen::Target target = target_for(cpu);
    Random random(3);
    for (const DType dtype :
         {DType::f32, DType::f64, DType::i8, DType::i16, DType::i32, DType::i64, DType::u8, DType::boolean}) {
      for (const MapOp op : kOps) {
        const int count = graph::operand_count(op);
        if (op == MapOp::cast || op == MapOp::select || count == 0 || is_logical(op) != (dtype == DType::boolean)) {
          continue;
        }
        if (is_real_function(op) && !is_float(dtype)) {
          continue;
        }
        // Powers of small types wrap in hardware and saturate in the evaluator; they have their own test.
        if (op == MapOp::power && !is_float(dtype)) {
          continue;
        }
        // Likewise arithmetic beyond the range of eight bits.
        const bool is_narrow = dtype == DType::u8 || dtype == DType::i8;
        if (is_narrow && (op == MapOp::multiply || op == MapOp::subtract || op == MapOp::negate || op == MapOp::add)) {
          continue;
        }
        MapBuilder builder;
        const auto a = builder.operand(0, dtype);
        check(target,
              builder.finish(count == 1 ? builder.apply(op, a) : builder.apply(op, a, builder.operand(1, dtype))),
              count == 1 ? std::vector<DType>{dtype} : std::vector<DType>{dtype, dtype}, random);
      }
    }
  }
}

TEST_CASE("casts between all element types equal the evaluator") {
  const codegen::Target target = target_for("native");
  Random random(4);
  const std::vector<DType> dtypes = {DType::f32, DType::f64, DType::i8, DType::i16,
                                     DType::i32, DType::i64, DType::u8, DType::boolean};
  for (const DType from : dtypes) {
    for (const DType to : dtypes) {
      if (from != to && !(to == DType::u8 && from != DType::boolean)) {
        MapBuilder builder;
        check(target, builder.finish(builder.cast(builder.operand(0, from), to)), {from}, random);
      }
    }
  }
}

TEST_CASE("select takes lane by lane") {
  Random random(5);
  for (const DType dtype : {DType::f32, DType::i64, DType::u8}) {
    MapBuilder builder;
    const auto a = builder.operand(0, dtype);
    const auto b = builder.operand(1, dtype);
    check(target_for("native"), builder.finish(builder.select(builder.apply(MapOp::less, a, b), b, a)), {dtype, dtype},
          random);
  }
}

TEST_CASE("gelu is found in an expression, and nothing like it is taken for it") {
  for (const char* cpu : {"x86-64", "native"}) {
    Random random(7);
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const double factor : {0.5, 0.25}) {
        for (const bool is_of_one : {true, false}) {
          for (const bool is_turned : {true, false}) {
            MapBuilder builder;
            const auto x = builder.operand(0, dtype);
            const auto y = is_of_one ? x : builder.operand(1, dtype);
            const auto half = builder.multiply(x, builder.constant(factor, dtype));
            const auto scaled = builder.multiply(y, builder.constant(std::sqrt(0.5), dtype));
            const auto sum = builder.add(builder.apply(MapOp::erf, scaled), builder.constant(1, dtype));
            const auto product = is_turned ? builder.multiply(sum, half) : builder.multiply(half, sum);
            check(target_for(cpu), builder.finish(product),
                  is_of_one ? std::vector<DType>{dtype} : std::vector<DType>{dtype, dtype}, random);
          }
        }
      }
    }
  }
}

TEST_CASE("silu is found in an expression, and nothing like it is taken for it") {
  for (const char* cpu : {"x86-64", "znver4", "native"}) {
    if (!machine_runs(target_for(cpu))) {
      continue;
    }
    Random random(8);
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (const MapOp gate : {MapOp::sigmoid, MapOp::tanh}) {
        for (const bool is_of_one : {true, false}) {
          for (const bool is_turned : {true, false}) {
            MapBuilder builder;
            const auto x = builder.operand(0, dtype);
            const auto share = builder.apply(gate, is_of_one ? x : builder.operand(1, dtype));
            const auto product = is_turned ? builder.multiply(share, x) : builder.multiply(x, share);
            check(target_for(cpu), builder.finish(product),
                  is_of_one ? std::vector<DType>{dtype} : std::vector<DType>{dtype, dtype}, random);
          }
        }
      }
    }
  }
}

TEST_CASE("whole powers are exact") {
  Random random(6);
  for (const double power : {1.0, 2.0, 3.0, 4.0, 0.5, -1.0}) {
    MapBuilder builder;
    check(target_for("native"),
          builder.finish(
              builder.apply(MapOp::power, builder.operand(0, DType::f32), builder.constant(power, DType::f32))),
          {DType::f32}, random);
  }
}

}  // namespace
}  // namespace kdlc::testing
