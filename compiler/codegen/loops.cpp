// Loops as basic blocks with phi nodes.
#include "codegen/loops.hpp"

#include <optional>

namespace kdlc::codegen {
namespace {

std::optional<std::int64_t> known(llvm::Value* value) {
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value)) {
    return constant->getSExtValue();
  }
  return std::nullopt;
}

llvm::BasicBlock* make_block(Emitter& emitter, const char* name) {
  return llvm::BasicBlock::Create(emitter.context(), name, emitter.builder.GetInsertBlock()->getParent());
}

}  // namespace

Values carry(Emitter& emitter, const Range& range, Values initial,
             const std::function<Values(llvm::Value* index, const Values& values)>& body) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const std::optional<std::int64_t> begin = known(range.begin);
  const std::optional<std::int64_t> end = known(range.end);
  const bool is_known = begin.has_value() && end.has_value();
  if (is_known && *begin >= *end) {
    return initial;
  }
  if (is_known && *begin + range.step >= *end) {
    return body(range.begin, initial);
  }
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::BasicBlock* loop = make_block(emitter, "loop");
  llvm::BasicBlock* after = make_block(emitter, "after");
  if (is_known) {
    builder.CreateBr(loop);
  } else {
    builder.CreateCondBr(builder.CreateICmpSLT(range.begin, range.end), loop, after);
  }

  builder.SetInsertPoint(loop);
  llvm::PHINode* index = builder.CreatePHI(builder.getInt64Ty(), 2, "index");
  index->addIncoming(range.begin, before);
  std::vector<llvm::PHINode*> phis;
  Values carried;
  for (llvm::Value* value : initial) {
    llvm::PHINode* phi = builder.CreatePHI(value->getType(), 2);
    phi->addIncoming(value, before);
    phis.push_back(phi);
    carried.push_back(phi);
  }
  const Values next = body(index, carried);
  KDLC_ASSERT(next.size() == initial.size(), "a loop hands on as many values as it takes");
  llvm::Value* next_index = builder.CreateAdd(index, emitter.integer(range.step), "", true, true);
  llvm::BasicBlock* latch = builder.GetInsertBlock();
  builder.CreateCondBr(builder.CreateICmpSLT(next_index, range.end), loop, after);
  index->addIncoming(next_index, latch);
  for (std::size_t number = 0; number < phis.size(); ++number) {
    phis[number]->addIncoming(next[number], latch);
  }

  builder.SetInsertPoint(after);
  Values results;
  for (std::size_t number = 0; number < next.size(); ++number) {
    llvm::PHINode* result = builder.CreatePHI(next[number]->getType(), 2);
    result->addIncoming(next[number], latch);
    if (!is_known) {
      result->addIncoming(initial[number], before);
    }
    results.push_back(result);
  }
  return results;
}

void for_each(Emitter& emitter, const Range& range, const std::function<void(llvm::Value* index)>& body) {
  carry(emitter, range, {}, [&](llvm::Value* index, const Values&) {
    body(index);
    return Values{};
  });
}

void for_each(Emitter& emitter, llvm::Value* count, const std::function<void(llvm::Value* index)>& body) {
  for_each(emitter, {.begin = emitter.integer(0), .end = count}, body);
}

void for_each_position(Emitter& emitter, std::span<const Dim> axes,
                       const std::function<void(std::span<llvm::Value* const> indices)>& body) {
  Values counts;
  for (const Dim& axis : axes) {
    counts.push_back(emitter.count(axis));
  }
  Values indices;
  const std::function<void()> descend = [&] {
    if (indices.size() == counts.size()) {
      body(indices);
      return;
    }
    for_each(emitter, counts[indices.size()], [&](llvm::Value* index) {
      indices.push_back(index);
      descend();
      indices.pop_back();
    });
  };
  descend();
}

llvm::Value* lane_mask(Emitter& emitter, llvm::Value* count, std::int64_t lanes) {
  llvm::IRBuilder<>& builder = emitter.builder;
  // 32-bit lanes compare in one instruction, and a tail is never longer than a vector.
  std::vector<llvm::Constant*> numbers;
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    numbers.push_back(builder.getInt32(static_cast<std::uint32_t>(lane)));
  }
  llvm::Value* limit = emitter.splat(builder.CreateTrunc(count, builder.getInt32Ty()), lanes);
  return builder.CreateICmpULT(llvm::ConstantVector::get(numbers), limit);
}

Values carry_parts(Emitter& emitter, llvm::Value* count, std::int64_t lanes, Values initial,
                   const std::function<Values(const Part& part, const Values& values)>& body) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const auto scalars_from = [&](llvm::Value* begin, Values values) {
    return carry(
        emitter, {.begin = begin, .end = count}, std::move(values),
        [&](llvm::Value* index, const Values& carried) { return body({.index = index, .lanes = 1}, carried); });
  };
  if (lanes == 1) {
    return scalars_from(emitter.integer(0), std::move(initial));
  }
  llvm::Value* whole = builder.CreateAnd(count, emitter.integer(-lanes));
  Values values =
      carry(emitter, {.begin = emitter.integer(0), .end = whole, .step = lanes}, std::move(initial),
            [&](llvm::Value* index, const Values& carried) { return body({.index = index, .lanes = lanes}, carried); });
  llvm::Value* rest = builder.CreateSub(count, whole);
  const std::optional<std::int64_t> known_rest = known(rest);
  if (known_rest == 0) {
    return values;
  }
  if (emitter.machine.has_masks) {
    const auto tail = [&](llvm::Value*, const Values& carried) {
      return body({.index = whole, .lanes = lanes, .mask = lane_mask(emitter, rest, lanes)}, carried);
    };
    // A loop of at most one turn is a condition that carries values.
    return carry(emitter, {.begin = emitter.integer(0), .end = rest, .step = lanes}, values, tail);
  }
  if (!known_rest.has_value()) {
    return scalars_from(whole, std::move(values));
  }
  std::int64_t done = 0;
  for (std::int64_t width = lanes / 2; width > 0; width /= 2) {
    if ((*known_rest & width) != 0) {
      values = body({.index = builder.CreateAdd(whole, emitter.integer(done)), .lanes = width}, values);
      done += width;
    }
  }
  return values;
}

void for_each_part(Emitter& emitter, llvm::Value* count, std::int64_t lanes,
                   const std::function<void(const Part& part)>& body) {
  carry_parts(emitter, count, lanes, {}, [&](const Part& part, const Values&) {
    body(part);
    return Values{};
  });
}

void for_each_block(Emitter& emitter, llvm::Value* count, std::int64_t size,
                    const std::function<void(llvm::Value* begin, std::int64_t size)>& body) {
  llvm::IRBuilder<>& builder = emitter.builder;
  if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(count)) {
    const std::int64_t whole = known->getSExtValue() / size * size;
    for_each(emitter, {.begin = emitter.integer(0), .end = emitter.integer(whole), .step = size},
             [&](llvm::Value* begin) { body(begin, size); });
    if (whole < known->getSExtValue()) {
      body(emitter.integer(whole), known->getSExtValue() - whole);
    }
    return;
  }
  llvm::Value* done = emitter.integer(0);
  for (std::int64_t block = size; block > 0; block /= 2) {
    // The last begin at which a whole block still fits is count - block.
    llvm::Value* end = builder.CreateSub(count, emitter.integer(block - 1));
    done = carry(emitter, {.begin = done, .end = end, .step = block}, {done}, [&](llvm::Value* begin, const Values&) {
      body(begin, block);
      return Values{builder.CreateAdd(begin, emitter.integer(block))};
    })[0];
  }
}

void for_each_range(Emitter& emitter, std::int64_t count, std::int64_t size,
                    const std::function<void(llvm::Value* begin, llvm::Value* end)>& body) {
  for_each(emitter, {.begin = emitter.integer(0), .end = emitter.integer(count), .step = size},
           [&](llvm::Value* begin) {
             llvm::Value* end = emitter.builder.CreateAdd(begin, emitter.integer(size));
             if (count % size != 0) {
               end = emitter.builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, end, emitter.integer(count));
             }
             body(begin, end);
           });
}

void if_then(Emitter& emitter, llvm::Value* condition, const std::function<void()>& body) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::BasicBlock* then = make_block(emitter, "then");
  llvm::BasicBlock* after = make_block(emitter, "after");
  builder.CreateCondBr(condition, then, after);
  builder.SetInsertPoint(then);
  body();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
}

}  // namespace kdlc::codegen
