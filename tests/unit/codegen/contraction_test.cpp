// Contractions of random forms equal plain loops in double, on every level that this machine runs.
#include <fmt/format.h>

#include "catch.hpp"
#include "codegen/kernels/contraction_loops.hpp"
#include "codegen/kernels/kernels.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/window_taps.hpp"
#include "unit/codegen/kernel_runner.hpp"
#include "unit/codegen/random_tensors.hpp"

namespace kdlc::testing {
namespace {

using plan::ContractionStep;
using plan::Memory;

Sizes joined(std::initializer_list<Sizes> parts) {
  Sizes all;
  for (const Sizes& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// A random form with all of its numbers.
struct Form {
  DType dtype = DType::f32;
  Sizes outer;
  Sizes rows;
  Sizes depth;
  std::int64_t columns = 1;
  bool is_packed = true;
  bool has_symbol = false;         // rows[0] is N
  bool has_column_symbol = false;  // columns are T
  bool has_rows_between = false;   // in the output, between the columns: [outer…, rows but the last…, column, row]
  plan::WindowTaps taps;           // of left; a count of 1: its rows share nothing
  plan::ContractionBlock block;
  TestEpilogue epilogue;
};

Sizes random_sizes(Random& random, std::int64_t least, std::int64_t most, std::int64_t largest) {
  Sizes sizes(static_cast<std::size_t>(random.integer(least, most)));
  for (std::int64_t& size : sizes) {
    size = random.integer(1, largest);
  }
  return sizes;
}

/// Makes a window's taps of the last axes of depth: with channels inside, or apart from them.
void add_taps(Random& random, Form& form) {
  form.taps = {.axis = form.depth.size() - 1,
               .count = random.integer(2, 5),
               .channels = random.integer(1, 6),
               .distance = random.one_in(2) ? 1 : random.integer(1, 3)};
  if (form.taps.distance == 1 && random.one_in(2)) {
    form.depth.back() = form.taps.count * form.taps.channels;
  } else {
    form.depth.back() = form.taps.count;
    form.depth.push_back(form.taps.channels);
    form.taps.channels = 1;
  }
  form.rows.back() = std::max(form.rows.back(), form.taps.distance + 1);
  form.block.inner_rows = random.integer(1, 7);
  if (form.rows.size() == 1 && form.block.band_rows > 0) {
    form.block.band_rows = form.block.inner_rows * random.integer(1, 3);
  }
  form.block.lanes = std::max<std::int64_t>(2, form.block.lanes);
  form.block.taps = form.taps.count;
}

Form random_form(Random& random, const codegen::Target& target) {
  Form form;
  form.dtype = random.one_in(4) ? random.pick<DType>({DType::f64, DType::i32, DType::i64, DType::i8}) : DType::f32;
  form.outer = random.one_in(3) ? random_sizes(random, 1, 2, 3) : Sizes{};
  form.rows = random_sizes(random, 0, 3, 9);
  if (!form.rows.empty() && random.one_in(4)) {
    form.rows.back() = random.integer(10, 40);
  }
  form.depth = random_sizes(random, 1, 3, 7);
  form.depth.back() = random.pick<std::int64_t>({1, 2, 3, 8, 17, 40});
  form.columns = random.pick<std::int64_t>({1, 2, 3, 5, 8, 10, 16, 17, 31, 33, 64, 70});
  form.is_packed = !random.one_in(3);
  form.has_symbol = !form.rows.empty() && random.one_in(3);
  if (form.has_symbol && form.rows.front() < 10) {
    form.rows.front() = random.pick<std::int64_t>({0, 1, 2, 7, 16});
  }
  form.has_column_symbol = !form.is_packed && random.one_in(3);
  if (random.one_in(2)) {
    const std::size_t count = form.rows.size();
    std::int64_t depth = 1;
    for (const std::int64_t size : form.depth) {
      depth *= size;
    }
    form.block =
        plan::choose_contraction_block(target.machine, {.dtype = form.dtype,
                                                        .outer_rows = count > 1 ? form.rows[count - 2] : 1,
                                                        .inner_rows = count > 0 ? form.rows[count - 1] : 1,
                                                        .depth = depth,
                                                        .inner_depth = form.depth.back(),
                                                        .columns = form.columns,
                                                        .inner_rows_are_known = count > 1 || !form.has_symbol,
                                                        .outer_rows_are_known = count > 2 || !form.has_symbol});
  } else {
    const std::int64_t lanes =
        std::max<std::int64_t>(1, target.machine.vector_bytes / static_cast<std::int64_t>(size_bytes(form.dtype)));
    form.block = {.outer_rows = random.integer(1, 3),
                  .inner_rows = random.integer(1, 4),
                  .vectors = random.integer(1, 3),
                  .lanes = random.one_in(3)   ? 1
                           : random.one_in(3) ? std::max<std::int64_t>(1, lanes / 2)
                                              : lanes,
                  .columns_outermost = random.one_in(2)};
    if (form.block.lanes == 1 && random.one_in(2)) {
      form.block.inner_rows = random.integer(5, 20);  // whose totals are joined
    }
    // Bands of the outer one of the blocked axes, where its size is a number.
    const std::int64_t blocked = form.rows.size() > 1 ? form.block.outer_rows : form.block.inner_rows;
    const bool is_known = form.rows.size() > 2 || !form.has_symbol;
    form.block.band_rows =
        form.block.columns_outermost && is_known && !form.rows.empty() ? blocked * random.integer(0, 3) : 0;
  }
  if ((form.rows.size() > 1 || (form.rows.size() == 1 && !form.has_symbol)) && random.one_in(3)) {
    add_taps(random, form);
  }
  form.has_rows_between = !form.rows.empty() && !form.has_symbol && random.one_in(4);
  if (form.has_rows_between && form.rows.back() <= 12 && !random.one_in(4)) {
    form.block.outer_rows = 1;
    form.block.inner_rows = form.rows.back();  // all of them: they are interleaved
    form.block.band_rows = 0;
  }
  if (form.is_packed && random.one_in(2)) {
    form.block.panels = random.integer(1, form.block.lanes > 1 ? 4 : 9);
  }
  if (form.block.lanes == 1 && form.block.panels > 1) {  // as the planner has them: the totals of one row are joined
    form.block.outer_rows = 1;
    form.block.inner_rows = 1;
  }
  form.epilogue = random_epilogue(random, form.dtype);
  return form;
}

std::string text_of(const Form& form) {
  return fmt::format(
      "{} outer {} rows {}{} depth {} columns {}{} {} block {}x{}x{}x{}x{} {} taps {} by {} epilogue `{}`",
      name_of(form.dtype), fmt::join(form.outer, ","), fmt::join(form.rows, ","), form.has_symbol ? " (N)" : "",
      fmt::join(form.depth, ","), form.columns, form.has_column_symbol ? " (T)" : "",
      fmt::format("{}{}", form.is_packed ? "packed" : "strided", form.has_rows_between ? " rows between" : ""),
      form.block.outer_rows, form.block.inner_rows, form.block.panels, form.block.vectors, form.block.lanes,
      form.block.columns_outermost ? fmt::format("columns outermost in bands of {}", form.block.band_rows)
                                   : "rows outermost",
      form.block.taps, form.taps.distance,
      form.epilogue.expression.terms.empty() ? "" : form.epilogue.expression.to_text());
}

std::vector<Dim> dims_of(const Sizes& sizes) {
  return {sizes.begin(), sizes.end()};
}

/// The packed weights of `right`, zeros behind the last column.
TestTensor pack(const Form& form, const TestTensor& right) {
  const std::int64_t width = plan::panel_columns(form.block);
  const std::int64_t panels = plan::panel_count(form.block, form.columns);
  const Sizes sizes = joined({form.outer, {panels}, form.depth, {width}});
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t axis = sizes.size() - 1; axis > 0; --axis) {
    strides[axis - 1] = strides[axis] * sizes[axis];
  }
  TestTensor packed(form.dtype, sizes, strides);
  const std::size_t outer = form.outer.size();
  for_all(sizes, [&](const Sizes& position) {
    const std::int64_t column = position[outer] * width + position.back();
    Sizes source(position.begin(), position.begin() + static_cast<std::ptrdiff_t>(outer));
    source.insert(source.end(), position.begin() + static_cast<std::ptrdiff_t>(outer) + 1, position.end() - 1);
    source.push_back(column);
    packed.set(position, column < form.columns ? right.at(source) : 0);
  });
  return packed;
}

struct Operands {
  TestTensor left;
  TestTensor right;
  TestTensor output;
  std::vector<TestTensor> epilogue;
};

/// Of left, whose neighbouring rows share elements: the axes further out with gaps between.
std::vector<std::int64_t> strides_with_taps(Random& random, const Form& form, const Sizes& sizes) {
  const std::size_t depth = sizes.size() - form.depth.size();
  std::vector<std::int64_t> strides(sizes.size(), 0);
  std::int64_t extent = 1;
  const auto place = [&](std::size_t axis, std::int64_t stride) {
    strides[axis] = stride;
    extent += (sizes[axis] - 1) * stride;
  };
  place(sizes.size() - 1, 1);
  const bool has_channels = form.taps.axis + 1 == form.depth.size();
  const std::int64_t position = has_channels ? form.taps.channels : extent + random.integer(0, 2);
  if (!has_channels) {
    place(depth + form.taps.axis, form.taps.distance * position);
  }
  place(depth - 1, position);
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    if (strides[axis] == 0) {
      place(axis, extent + random.integer(0, 3));
    }
  }
  return strides;
}

/// Dense, but the last two axes exchanged.
std::vector<std::int64_t> strides_with_rows_between(const Sizes& sizes) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  const std::size_t last = sizes.size() - 1;
  strides[last] = sizes[last - 1];
  std::int64_t stride = sizes[last - 1] * sizes[last];
  for (std::size_t axis = last - 1; axis-- > 0;) {
    strides[axis] = stride;
    stride *= sizes[axis];
  }
  return strides;
}

Operands random_operands(Random& random, const Form& form) {
  const Sizes left_sizes = joined({form.outer, form.rows, form.depth});
  const Sizes right_sizes = joined({form.outer, form.depth, {form.columns}});
  const Sizes output_sizes = joined({form.outer, form.rows, {form.columns}});
  const auto tensor = [&](const Sizes& sizes, const LayoutOptions& options) {
    TestTensor result(form.dtype, sizes, random_strides(random, sizes, options));
    result.fill(random);
    return result;
  };
  std::vector<std::int64_t> output_strides =
      random_strides(random, output_sizes, {.last_is_contiguous = !random.one_in(4)});
  if (form.has_rows_between) {
    output_strides = strides_with_rows_between(output_sizes);
  }
  TestTensor output(form.dtype, output_sizes, output_strides);
  output.fill(random);
  TestTensor left(form.dtype, left_sizes,
                  form.taps.count > 1 ? strides_with_taps(random, form, left_sizes)
                                      : random_strides(random, left_sizes, {.last_is_contiguous = !random.one_in(3)}));
  left.fill(random);
  Operands operands{.left = std::move(left),
                    .right = tensor(right_sizes, {.last_is_contiguous = !random.one_in(3)}),
                    .output = std::move(output),
                    .epilogue = {}};
  for (std::size_t index = 0; index < form.epilogue.operand_count; ++index) {
    operands.epilogue.push_back(tensor(output_sizes, {.last_is_contiguous = !random.one_in(4), .may_repeat = true}));
  }
  return operands;
}

std::map<std::int64_t, double> expected_output(const Form& form, const Operands& operands) {
  std::map<std::int64_t, double> expected;
  for_all(form.outer, [&](const Sizes& o) {
    for_all(form.rows, [&](const Sizes& r) {
      for (std::int64_t column = 0; column < form.columns; ++column) {
        double sum = 0;
        for_all(form.depth, [&](const Sizes& k) {
          sum += operands.left.at(joined({o, r, k})) * operands.right.at(joined({o, k, {column}}));
        });
        if (form.dtype == DType::i8) {
          sum = static_cast<std::int8_t>(static_cast<std::int64_t>(sum));
        }
        const Sizes place = joined({o, r, {column}});
        std::vector<double> values = {sum};
        for (const TestTensor& operand : operands.epilogue) {
          values.push_back(operand.at(place));
        }
        const double result =
            form.epilogue.expression.terms.empty() ? sum : graph::evaluate_element(form.epilogue.expression, values);
        expected[operands.output.offset(place)] =
            form.dtype == DType::i8 ? static_cast<std::int8_t>(static_cast<std::int64_t>(result)) : result;
      }
    });
  });
  return expected;
}

std::string run_form(const codegen::Target& target, const Form& form, Random& random, bool is_strict) {
  const Operands operands = random_operands(random, form);
  const TestTensor packed = pack(form, operands.right);
  ContractionStep step;
  step.outer = dims_of(form.outer);
  step.rows = dims_of(form.rows);
  step.depth.assign(form.depth.begin(), form.depth.end());
  step.columns = form.has_column_symbol ? Dim::symbol("T") : Dim(form.columns);
  if (form.has_symbol) {
    step.rows.front() = Dim::batch();
  }
  step.block = form.block;
  step.left = operands.left.access(Memory::input, 0);
  REQUIRE((form.block.taps == 1 || plan::find_taps(step)->count == form.block.taps));
  step.right = form.is_packed ? packed.access(Memory::weights) : operands.right.access(Memory::input, 1);
  if (form.is_packed) {
    step.right.strides.resize(form.outer.size());
  }
  step.right_is_packed = form.is_packed;
  step.fetches_ahead = form.is_packed && form.columns % 2 == 0;
  step.fetches_rows = !form.has_column_symbol && form.columns % 3 != 0;
  step.turns_around = form.is_packed && random.one_in(2);
  step.alternates = form.is_packed && random.one_in(2);
  step.output = operands.output.access(Memory::output);
  step.epilogue = form.epilogue.expression;
  Places places{
      .inputs = {operands.left.data(), operands.right.data()},
      .outputs = {operands.output.data()},
      .weights = packed.data(),
      .sizes = {form.has_symbol ? form.rows.front() : 1, form.columns, random.integer(0, 1), random.integer(0, 1)}};
  for (std::size_t index = 0; index < operands.epilogue.size(); ++index) {
    step.epilogue_operands.push_back(
        operands.epilogue[index].access(Memory::input, static_cast<std::uint32_t>(2 + index)));
    places.inputs.push_back(operands.epilogue[index].data());
  }
  const std::map<std::int64_t, double> expected = expected_output(form, operands);
  std::vector<double> before;
  for (std::int64_t place = 0; place < operands.output.element_count(); ++place) {
    before.push_back(operands.output.element(place));
  }
  const Kernel kernel({.target = target,
                       .strict = is_strict,
                       .input_count = places.inputs.size(),
                       .output_count = 1,
                       .symbols = {"N", "T", plan::kDirectionSymbol, codegen::kBackwardsSymbol},
                       .emit = [&](codegen::Emitter& emitter) { codegen::emit_contraction(emitter, step); }});
  kernel.run(places);
  // Values are eighths, so that products and sums are exact in f32; a scaled sum is rounded once more.
  return find_mistake(operands.output, before, expected, is_float(form.dtype) ? 2e-6 : 0);
}

TEST_CASE("contractions of random forms equal plain loops on every level") {
  for (const char* cpu : {"native", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "znver4"}) {
    const codegen::Target target = target_for(cpu);
    if (!machine_runs(target)) {
      WARN(cpu << " is not on this machine");
      continue;
    }
    Random random(7);
    for (int number = 0; number < 120; ++number) {
      const Form form = random_form(random, target);
      const std::string mistake = run_form(target, form, random, number % 5 == 0);
      INFO(cpu << ", form " << number << ": " << text_of(form));
      REQUIRE(mistake == "");
    }
  }
}

/// The bits of rows × columns sums of numbers that round at every addition, computed with `block`.
std::vector<float> strict_sums(const plan::ContractionBlock& block, std::int64_t rows) {
  constexpr std::int64_t kDepth = 137;
  constexpr std::int64_t kColumns = 37;
  constexpr std::int64_t kMostRows = 23;
  std::vector<float> left(kMostRows * kDepth);
  std::vector<float> right(kDepth * kColumns);
  std::vector<float> output(kMostRows * kColumns, 0);
  Random random(9);
  for (std::vector<float>* values : {&left, &right}) {
    for (float& value : *values) {
      value = static_cast<float>(random.number(-1, 1));
    }
  }
  ContractionStep step;
  step.rows = {Dim::batch()};
  step.depth = {kDepth};
  step.columns = kColumns;
  step.block = block;
  step.left = {.memory = Memory::input, .index = 0, .strides = {kDepth, 1}};
  step.right = {.memory = Memory::input, .index = 1, .strides = {kColumns, 1}};
  step.right_is_packed = false;
  step.output = {.memory = Memory::output, .strides = {kColumns, 1}};
  const Kernel kernel({.target = target_for("native"),
                       .strict = true,
                       .input_count = 2,
                       .output_count = 1,
                       .symbols = {"N"},
                       .emit = [&](codegen::Emitter& emitter) { codegen::emit_contraction(emitter, step); }});
  kernel.run({.inputs = {left.data(), right.data()}, .outputs = {output.data()}, .sizes = {rows}});
  output.resize(static_cast<std::size_t>(rows * kColumns));
  return output;
}

TEST_CASE("strict sums have the same bits for every block and number of rows") {
  const std::vector<float> all = strict_sums({.inner_rows = 14, .vectors = 2, .lanes = 16}, 23);
  for (const plan::ContractionBlock& block :
       {plan::ContractionBlock{.inner_rows = 1, .vectors = 1, .lanes = 1},
        plan::ContractionBlock{.inner_rows = 1, .vectors = 3, .lanes = 16},
        plan::ContractionBlock{.inner_rows = 3, .vectors = 1, .lanes = 8, .columns_outermost = false}}) {
    for (const std::int64_t rows : {1, 5, 23}) {
      const std::vector<float> some = strict_sums(block, rows);
      CHECK(std::equal(some.begin(), some.end(), all.begin()));
    }
  }
}

}  // namespace
}  // namespace kdlc::testing
