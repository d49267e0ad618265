// Evaluates the moves: bytes copied along loop nests, whatever their type.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "graph/evaluate_parts.hpp"
#include "graph/loop_nest.hpp"
#include "graph/tensor_reader.hpp"

namespace kdlc::graph {

namespace {

/// Tensor 0 is written, tensor 1 is read.
using CopyNest = LoopNest<2>;

template <std::size_t SizeBytes>
void copy_sized(const CopyNest& nest, const CopyNest::Offsets& first, std::byte* to, const std::byte* from) {
  constexpr auto kSize = static_cast<std::int64_t>(SizeBytes);
  nest.for_each_row(first, [&](const CopyNest::Offsets& offsets, std::int64_t size, const CopyNest::Offsets& strides) {
    std::byte* target = to + offsets[0] * kSize;
    const std::byte* source = from + offsets[1] * kSize;
    if (strides[0] == 1 && strides[1] == 1) {
      std::memcpy(target, source, static_cast<std::size_t>(size * kSize));
      return;
    }
    for (std::int64_t index = 0; index < size; ++index) {
      std::memcpy(target + index * strides[0] * kSize, source + index * strides[1] * kSize, SizeBytes);
    }
  });
}

void copy(const CopyNest& nest, const CopyNest::Offsets& first, TensorData& to, const TensorData& from) {
  switch (size_bytes(to.dtype)) {
    case 1:
      return copy_sized<1>(nest, first, to.bytes.data(), from.bytes.data());
    case 2:
      return copy_sized<2>(nest, first, to.bytes.data(), from.bytes.data());
    case 4:
      return copy_sized<4>(nest, first, to.bytes.data(), from.bytes.data());
    case 8:
      return copy_sized<8>(nest, first, to.bytes.data(), from.bytes.data());
    default:
      KDLC_UNREACHABLE("an element has 1, 2, 4 or 8 bytes");
  }
}

void fill(TensorData& tensor, double value) {
  if (value == 0 && !std::signbit(value)) {
    return;  // tensors are made of zeros
  }
  const std::int64_t count = tensor.element_count();
  for (std::int64_t index = 0; index < count; ++index) {
    tensor.set(index, value);
  }
}

}  // namespace

void evaluate_transpose(const TransposeAttributes& transpose, const TensorData& operand, TensorData& result) {
  const std::vector<std::int64_t> from = row_major_strides(operand.shape);
  const std::vector<std::int64_t> to = row_major_strides(result.shape);
  CopyNest nest;
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    nest.add(result.shape[axis], {to[axis], from[transpose.permutation[axis]]});
  }
  copy(nest, {0, 0}, result, operand);
}

void evaluate_slice(const SliceAttributes& slice, const TensorData& operand, const Sizes& sizes, TensorData& result) {
  const std::vector<std::int64_t> from = row_major_strides(operand.shape);
  const std::vector<std::int64_t> to = row_major_strides(result.shape);
  CopyNest nest;
  CopyNest::Offsets first{};
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    const std::optional<std::int64_t> begin = slice.begin[axis].evaluate(sizes);
    KDLC_ASSERT(begin.has_value(), "every size of the evaluation is given");
    const std::int64_t last = *begin + (result.shape[axis] - 1) * slice.step[axis];
    const std::int64_t size = operand.shape[axis];
    KDLC_ASSERT(result.shape[axis] == 0 || (*begin >= 0 && *begin < size && last >= 0 && last < size),
                "a slice stays inside its operand");
    first[1] += *begin * from[axis];
    nest.add(result.shape[axis], {to[axis], from[axis] * slice.step[axis]});
  }
  copy(nest, first, result, operand);
}

void evaluate_pad(const PadAttributes& pad, const TensorData& operand, TensorData& result) {
  const std::vector<std::int64_t> from = row_major_strides(operand.shape);
  const std::vector<std::int64_t> to = row_major_strides(result.shape);
  fill(result, pad.value);
  CopyNest nest;
  CopyNest::Offsets first{};
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    first[0] += pad.low[axis] * to[axis];
    nest.add(operand.shape[axis], {to[axis], from[axis]});
  }
  copy(nest, first, result, operand);
}

void evaluate_concat(const ConcatAttributes& concat, const Operands& operands, TensorData& result) {
  const std::vector<std::int64_t> to = row_major_strides(result.shape);
  CopyNest::Offsets first{};
  for (const TensorData* operand : operands) {
    const std::vector<std::int64_t> from = row_major_strides(operand->shape);
    CopyNest nest;
    for (std::size_t axis = 0; axis < to.size(); ++axis) {
      nest.add(operand->shape[axis], {to[axis], from[axis]});
    }
    copy(nest, first, result, *operand);
    first[0] += operand->shape[concat.axis] * to[concat.axis];
  }
}

/// For every sample, place before the looked-up axis and id: the run of elements behind the axis. Nothing is copied for
/// an id outside the table.
void evaluate_gather(const GatherForm& gather, const TensorData& table, const TensorData& ids, TensorData& result) {
  const auto product = [](const std::vector<std::int64_t>& sizes, std::size_t begin, std::size_t end) {
    std::int64_t count = 1;
    for (std::size_t axis = begin; axis < end; ++axis) {
      count *= sizes[axis];
    }
    return count;
  };
  const std::int64_t samples = gather.table_has_batch || gather.ids_have_batch ? result.shape.front() : 1;
  const std::int64_t before = product(table.shape, gather.table_has_batch ? 1 : 0, gather.axis);
  const std::int64_t size = table.shape[gather.axis];
  const std::int64_t places = product(ids.shape, gather.ids_have_batch ? 1 : 0, ids.shape.size());
  const std::int64_t behind = product(table.shape, gather.axis + 1, table.shape.size());
  const auto run_bytes = static_cast<std::size_t>(behind) * size_bytes(table.dtype);
  const std::vector<std::int64_t> chosen = all_integers(ids);
  std::byte* to = result.bytes.data();
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    for (std::int64_t row = 0; row < before; ++row) {
      const std::int64_t first = ((gather.table_has_batch ? sample * before : 0) + row) * size;
      for (std::int64_t place = 0; place < places; ++place, to += run_bytes) {
        const std::int64_t id = chosen[static_cast<std::size_t>((gather.ids_have_batch ? sample * places : 0) + place)];
        if (id >= 0 && id < size && run_bytes > 0) {
          std::memcpy(to, table.bytes.data() + static_cast<std::size_t>(first + id) * run_bytes, run_bytes);
        }
      }
    }
  }
}

namespace {

/// The runs of bytes that a step of a sequence consists of: as many as there are positions of the axes before `axis`.
struct StepRuns {
  std::size_t count = 1;
  std::size_t bytes = 1;   // of one run
  std::size_t stride = 0;  // in the sequence, from one to the next
  std::size_t begin = 0;
};

StepRuns runs_of_step(const TensorData& sequence, std::uint32_t axis, std::int64_t step) {
  StepRuns runs{.bytes = size_bytes(sequence.dtype)};
  for (std::size_t index = 0; index < sequence.shape.size(); ++index) {
    if (index != axis) {
      (index < axis ? runs.count : runs.bytes) *= static_cast<std::size_t>(sequence.shape[index]);
    }
  }
  runs.stride = runs.bytes * static_cast<std::size_t>(sequence.shape[axis]);
  runs.begin = runs.bytes * static_cast<std::size_t>(step);
  return runs;
}

}  // namespace

void take_step(const TensorData& sequence, std::uint32_t axis, std::int64_t step, TensorData& part) {
  const StepRuns runs = runs_of_step(sequence, axis, step);
  for (std::size_t run = 0; run < runs.count; ++run) {
    std::copy_n(sequence.bytes.data() + runs.begin + run * runs.stride, runs.bytes,
                part.bytes.data() + run * runs.bytes);
  }
}

void put_step(const TensorData& part, std::uint32_t axis, std::int64_t step, TensorData& sequence) {
  const StepRuns runs = runs_of_step(sequence, axis, step);
  for (std::size_t run = 0; run < runs.count; ++run) {
    std::copy_n(part.bytes.data() + run * runs.bytes, runs.bytes,
                sequence.bytes.data() + runs.begin + run * runs.stride);
  }
}

}  // namespace kdlc::graph
