// Gather: output[a…] = table[a…, ids[a…]].
//
//   for every position of the axes up to the last one along which the ids move
//     load the id; when it may lie outside and does: raise the status, copy nothing
//     for the remaining axes:  copy, in vectors where both sides are contiguous
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"

namespace kdlc::codegen {
namespace {

/// How many leading axes decide about the id; at least one axis is left for the copy.
std::size_t position_axis_count(const plan::GatherStep& step) {
  std::size_t count = step.axes.size();
  while (count > 0 && step.ids.strides[count - 1] == Dim(0)) {
    --count;
  }
  return count;
}

/// The id as a 64-bit number; a negative one is beyond every size when it is compared without sign.
llvm::Value* load_id(Emitter& emitter, const View& ids) {
  llvm::Value* id = emitter.load_scalar(ids.base, ids.dtype);
  llvm::Type* wide = emitter.builder.getInt64Ty();
  return ids.dtype == DType::u8 ? emitter.builder.CreateZExt(id, wide) : emitter.builder.CreateSExt(id, wide);
}

void emit_copy(Emitter& emitter, std::span<const Dim> axes, const View& from, const View& to) {
  if (axes.empty()) {
    emitter.store_scalar(emitter.load_scalar(from.base, from.dtype), to.base, to.dtype);
    return;
  }
  const bool is_contiguous = from.strides[axes.size() - 1] == Dim(1) && to.strides[axes.size() - 1] == Dim(1);
  const std::int64_t lanes = is_contiguous ? emitter.lanes(to.dtype) : 1;
  for_each_position(emitter, axes.first(axes.size() - 1), [&](std::span<llvm::Value* const> position) {
    const View source = emitter.at(from, position);
    const View target = emitter.at(to, position);
    for_each_part(emitter, emitter.count(axes.back()), lanes,
                  [&](const Part& part) { emitter.store(emitter.load(source, 0, part), target, 0, part); });
  });
}

}  // namespace

void emit_gather(Emitter& emitter, const plan::GatherStep& step) {
  const plan::Access status{.memory = plan::Memory::status, .dtype = DType::u8};
  std::vector<Emitter::Argument> arguments = {
      {.access = &step.table, .read_only = true}, {.access = &step.ids, .read_only = true}, {.access = &step.output}};
  if (step.checks_ids) {
    arguments.push_back({.access = &status});
  }
  std::vector<Dim> dims = step.axes;
  dims.push_back(step.size);
  const std::string key = "gather " + describe(dims) + describe_all(arguments);
  emitter.call_shared(key, "gather", arguments, dims, [&](std::span<const View> views) {
    const std::span<const Dim> axes = step.axes;
    const std::size_t positions = position_axis_count(step);
    for_each_position(emitter, axes.first(positions), [&](std::span<llvm::Value* const> position) {
      llvm::Value* id = load_id(emitter, emitter.at(views[1], position));
      const auto copy = [&] {
        View row = emitter.at(views[0], position);
        row.base = emitter.element_pointer(row.base, row.dtype, id, row.strides.back());
        emit_copy(emitter, axes.subspan(positions), row, emitter.at(views[2], position));
      };
      if (!step.checks_ids) {
        copy();
        return;
      }
      llvm::Value* fits = emitter.builder.CreateICmpULT(id, emitter.count(step.size));
      if_then(emitter, fits, copy);
      if_then(emitter, emitter.builder.CreateNot(fits),
              [&] { emitter.builder.CreateStore(emitter.builder.getInt8(1), views[3].base); });
    });
  });
}

}  // namespace kdlc::codegen
