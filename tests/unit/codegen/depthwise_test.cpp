// Depthwise convolutions of random forms equal plain loops in double, on every level that this machine runs.
#include <fmt/format.h>

#include "catch.hpp"
#include "codegen/kernels/kernels.hpp"
#include "unit/codegen/kernel_runner.hpp"
#include "unit/codegen/random_tensors.hpp"

namespace kdlc::testing {
namespace {

using plan::DepthwiseStep;
using plan::Memory;

struct Form {
  DType dtype = DType::f32;
  Sizes positions;
  Sizes depth;
  Sizes strides;  // of the window, per position axis that slides: the last `depth` ones
  Sizes dilations;
  std::int64_t channels = 1;
  bool has_symbol = false;
  TestEpilogue epilogue;
};

Form random_form(Random& random) {
  Form form;
  form.dtype = random.one_in(5) ? random.pick<DType>({DType::f64, DType::i32}) : DType::f32;
  const std::int64_t window_axes = random.integer(0, 2);
  for (std::int64_t axis = random.integer(0, 1) + window_axes; axis > 0; --axis) {
    form.positions.push_back(random.integer(1, 17));
  }
  for (std::int64_t axis = 0; axis < window_axes; ++axis) {
    form.depth.push_back(random.pick<std::int64_t>({1, 2, 3, 3, 5, 7}));
    form.strides.push_back(random.integer(1, 2));
    form.dilations.push_back(random.integer(1, 2));
  }
  form.has_symbol = !form.positions.empty() && random.one_in(4);
  if (form.has_symbol) {
    form.positions.front() = random.pick<std::int64_t>({0, 1, 3, 16});
  }
  form.channels = random.pick<std::int64_t>({1, 3, 4, 8, 15, 16, 17, 32, 40, 72, 100});
  form.epilogue = random_epilogue(random, form.dtype);
  return form;
}

std::string text_of(const Form& form) {
  return fmt::format("{} positions {}{} window {} strides {} dilations {} channels {}", name_of(form.dtype),
                     fmt::join(form.positions, ","), form.has_symbol ? " (N)" : "", fmt::join(form.depth, ","),
                     fmt::join(form.strides, ","), fmt::join(form.dilations, ","), form.channels);
}

Sizes with_last(Sizes sizes, std::int64_t last) {
  sizes.push_back(last);
  return sizes;
}

std::string run_form(const codegen::Target& target, const Form& form, Random& random) {
  // The input has a cell for every place that a window reaches.
  const std::size_t fixed = form.positions.size() - form.depth.size();
  Sizes cells = form.positions;
  for (std::size_t axis = 0; axis < form.depth.size(); ++axis) {
    const std::int64_t positions = form.positions[fixed + axis];
    cells[fixed + axis] =
        positions == 0 ? 0 : (positions - 1) * form.strides[axis] + (form.depth[axis] - 1) * form.dilations[axis] + 1;
  }
  const auto tensor = [&](const Sizes& sizes, const LayoutOptions& options) {
    TestTensor result(form.dtype, sizes, random_strides(random, sizes, options));
    result.fill(random);
    return result;
  };
  const TestTensor left = tensor(with_last(cells, form.channels), {.last_is_contiguous = !random.one_in(4)});
  const TestTensor right = tensor(with_last(form.depth, form.channels), {.last_is_contiguous = !random.one_in(4)});
  const Sizes output_sizes = with_last(form.positions, form.channels);
  const TestTensor output = tensor(output_sizes, {.last_is_contiguous = !random.one_in(4)});
  std::vector<TestTensor> operands;
  for (std::size_t index = 0; index < form.epilogue.operand_count; ++index) {
    operands.push_back(tensor(output_sizes, {.may_repeat = true}));
  }

  DepthwiseStep step;
  step.positions = {form.positions.begin(), form.positions.end()};
  if (form.has_symbol) {
    step.positions.front() = Dim::batch();
  }
  step.depth = form.depth;
  step.channels = form.channels;
  step.left = left.access(Memory::input, 0);
  step.left.strides.pop_back();
  for (std::size_t axis = 0; axis < form.depth.size(); ++axis) {
    step.left.strides[fixed + axis] = step.left.strides[fixed + axis] * form.strides[axis];
    step.left.strides.push_back(left.strides()[fixed + axis] * form.dilations[axis]);
  }
  step.left.strides.push_back(left.strides().back());
  step.right = right.access(Memory::weights);
  step.output = output.access(Memory::output);
  step.epilogue = form.epilogue.expression;
  Places places{.inputs = {left.data()},
                .outputs = {output.data()},
                .weights = right.data(),
                .sizes = {form.has_symbol ? form.positions.front() : 1}};
  for (std::size_t index = 0; index < operands.size(); ++index) {
    step.epilogue_operands.push_back(operands[index].access(Memory::input, static_cast<std::uint32_t>(1 + index)));
    places.inputs.push_back(operands[index].data());
  }

  std::map<std::int64_t, double> expected;
  for_all(output_sizes, [&](const Sizes& place) {
    double sum = 0;
    for_all(form.depth, [&](const Sizes& window) {
      Sizes cell = place;
      for (std::size_t axis = 0; axis < form.depth.size(); ++axis) {
        cell[fixed + axis] = place[fixed + axis] * form.strides[axis] + window[axis] * form.dilations[axis];
      }
      sum += left.at(cell) * right.at(with_last(window, place.back()));
    });
    std::vector<double> values = {sum};
    for (const TestTensor& operand : operands) {
      values.push_back(operand.at(place));
    }
    expected[output.offset(place)] =
        form.epilogue.expression.terms.empty() ? sum : graph::evaluate_element(form.epilogue.expression, values);
  });
  std::vector<double> before;
  for (std::int64_t place = 0; place < output.element_count(); ++place) {
    before.push_back(output.element(place));
  }
  const Kernel kernel({.target = target,
                       .input_count = places.inputs.size(),
                       .output_count = 1,
                       .symbols = {"N"},
                       .emit = [&](codegen::Emitter& emitter) { codegen::emit_depthwise(emitter, step); }});
  kernel.run(places);
  return find_mistake(output, before, expected, is_float(form.dtype) ? 2e-6 : 0);
}

TEST_CASE("depthwise convolutions of random forms equal plain loops on every level") {
  for (const char* cpu : {"native", "x86-64", "x86-64-v3"}) {
    codegen::Target target = target_for(cpu);
    if (!machine_runs(target)) {
      WARN(cpu << " is not on this machine");
      continue;
    }
    Random random(11);
    for (int number = 0; number < 160; ++number) {
      const Form form = random_form(random);
      // Small caches make chunks of channels of one vector and of a few.
      target.machine.l1_bytes = random.pick<std::int64_t>({1 << 10, 4 << 10, 16 << 10});
      INFO(cpu << ", form " << number << ": " << text_of(form));
      REQUIRE(run_form(target, form, random) == "");
    }
  }
}

}  // namespace
}  // namespace kdlc::testing
