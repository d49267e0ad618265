// A plan as stable text.
#include <fmt/format.h>

#include "plan/plan.hpp"

namespace kdlc::plan {
namespace {

std::string text_of(const std::vector<Dim>& sizes) {
  std::string text;
  for (const Dim& size : sizes) {
    text += (text.empty() ? "" : " ") + size.to_text();
  }
  return "[" + text + "]";
}

std::string text_of(const Access& access) {
  const auto base = [&]() -> std::string {
    switch (access.memory) {
      case Memory::input:
        return fmt::format("input{}", access.index);
      case Memory::output:
        return fmt::format("output{}", access.index);
      case Memory::arena:
        return "arena";
      case Memory::weights:
        return "weights";
      case Memory::status:
        return "status";
      case Memory::state:
        return fmt::format("state{}", access.index);
      case Memory::next_state:
        return fmt::format("next_state{}", access.index);
      case Memory::local:
        return fmt::format("local{}", access.index);
    }
    KDLC_UNREACHABLE("every memory has a name");
  }();
  const std::string offset = access.offset_bytes.is_constant() ? fmt::format("{:+}", access.offset_bytes.constant())
                                                               : "+(" + access.offset_bytes.to_text() + ")";
  return fmt::format("{}{}:{}{}", base, offset, name_of(access.dtype), text_of(access.strides));
}

std::string text_of(const std::vector<Access>& accesses) {
  std::string text;
  for (const Access& access : accesses) {
    text += (text.empty() ? "" : ", ") + text_of(access);
  }
  return text;
}

std::string epilogue_text(const graph::MapExpression& expression, const std::vector<Access>& operands) {
  if (expression.terms.empty()) {
    return "";
  }
  return fmt::format("\n      then {}{}{}", expression.to_text(), operands.empty() ? "" : " with ", text_of(operands));
}

std::string text_of(const MapStep& step) {
  return fmt::format("map {} {}\n      {} <- {}", text_of(step.axes),
                     step.expression.terms.empty() ? "copy" : step.expression.to_text(), text_of(step.output),
                     text_of(step.inputs));
}

std::string order_of(const ContractionBlock& block) {
  if (!block.columns_outermost) {
    return "rows outermost";
  }
  return block.band_rows == 0 ? "columns outermost" : fmt::format("bands of {} rows", block.band_rows);
}

std::string vectors_of(const ContractionBlock& block) {
  const std::string panels = block.panels == 1 ? "" : fmt::format(" in each of {} panels", block.panels);
  return fmt::format("{} vectors{}", block.vectors, panels);
}

std::string pool_text(const ContractionStep& step) {
  if (!step.pool) {
    return "";
  }
  const ContractionPool& pool = *step.pool;
  return fmt::format("\n      then {} of {} turns, right [{}], and {} columns{}", graph::name_of(pool.reducer),
                     pool.turns, pool.turn_stride.to_text(), pool.columns, epilogue_text(pool.epilogue, {}));
}

std::string text_of(const StrassenForm& form) {
  return fmt::format(
      "\n      or for {} rows by Strassen's form: {} rows at once, block {}x{} rows, {}, packed {}; scratch {}",
      form.rows, form.rows_at_once, form.block.outer_rows, form.block.inner_rows, vectors_of(form.block),
      text_of(form.right), text_of(form.scratch));
}

std::string text_of(const ContractionStep& step) {
  return fmt::format(
      "contraction outer {} rows {} depth {} columns {} block {}x{} rows, {}{}, {}\n      {} <- {} * "
      "{}{}{}{}{}{}{}",
      text_of(step.outer), text_of(step.rows), text_of(step.depth), step.columns.to_text(), step.block.outer_rows,
      step.block.inner_rows, vectors_of(step.block),
      step.block.taps == 1 ? "" : fmt::format(", {} taps", step.block.taps), order_of(step.block), text_of(step.output),
      text_of(step.left), step.right_is_packed ? "packed " : "", text_of(step.right),
      step.fetches_ahead ? ", fetched ahead" : "", step.fetches_rows ? ", rows ahead" : "",
      step.turns_around ? ", turning around" : (step.alternates ? ", every other turn backwards" : ""),
      epilogue_text(step.epilogue, step.epilogue_operands) + pool_text(step),
      step.strassen ? text_of(*step.strassen) : "");
}

std::string text_of(const WinogradStep& step) {
  return fmt::format(
      "winograd F({}×{}, 3×3){} positions {} depth {} columns {}, {} tiles and {} columns at once, block {} rows, {} "
      "vectors, {}\n      {} <- {} * packed {}{}; scratch {}{}",
      step.tile, step.tile, step.stride == 1 ? "" : " stride 2", text_of(step.positions), step.depth, step.columns,
      step.tiles_at_once, step.columns_at_once, step.block.inner_rows, step.block.vectors, order_of(step.block),
      text_of(step.output), text_of(step.left), text_of(step.right), step.fetches_ahead ? ", fetched ahead" : "",
      text_of(step.scratch), epilogue_text(step.epilogue, step.epilogue_operands));
}

std::string text_of(const DepthwiseStep& step) {
  return fmt::format("depthwise positions {} depth [{}] channels {}\n      {} <- {} * {}{}", text_of(step.positions),
                     fmt::join(step.depth, " "), step.channels, text_of(step.output), text_of(step.left),
                     text_of(step.right), epilogue_text(step.epilogue, step.epilogue_operands));
}

std::string text_of(const WindowStep& step) {
  std::string windows;
  for (const WindowStep::Axis& axis : step.windows) {
    windows += fmt::format(" axis{}:{} stride {} dilation {} pad {} of {}", axis.position, axis.size, axis.stride,
                           axis.dilation, axis.pad_low, axis.input_size.to_text());
  }
  return fmt::format("window {} positions {}{} channels {}\n      {} <- {}{}", graph::name_of(step.reducer),
                     text_of(step.positions), windows, step.channels.to_text(), text_of(step.output),
                     text_of(step.input), epilogue_text(step.epilogue, step.epilogue_operands));
}

std::string text_of(const ReduceStep& step) {
  return fmt::format("reduce {} kept {} reduced {}\n      {} <- {}{}", graph::name_of(step.reducer), text_of(step.kept),
                     text_of(step.reduced), text_of(step.output), text_of(step.input),
                     epilogue_text(step.epilogue, step.epilogue_operands));
}

std::string text_of(const RowsStep& step) {
  std::string program;
  for (const graph::RowsStep& row_step : step.program) {
    program += fmt::format("\n      {} {}", row_step.reducer ? graph::name_of(*row_step.reducer) : "map",
                           row_step.expression.to_text());
  }
  return fmt::format("rows {} length {}\n      {} <- {}; scratch {}{}", text_of(step.positions), step.length.to_text(),
                     text_of(step.output), text_of(step.inputs), text_of(step.scratch), program);
}

std::string text_of(const GatherStep& step) {
  return fmt::format("gather {} of {}{}\n      {} <- {} at {}", text_of(step.axes), step.size.to_text(),
                     step.checks_ids ? ", checked" : "", text_of(step.output), text_of(step.table), text_of(step.ids));
}

std::string text_of(const std::vector<Step>& steps, const std::string& indent);

std::string text_of(const Step& step, const std::string& indent) {
  if (const auto* loop = std::get_if<LoopStep>(&step.kernel)) {
    return fmt::format("{}{}: loop of {} turns\n{}", indent, step.name, loop->turns.to_text(),
                       text_of(loop->steps, indent + "  "));
  }
  return std::visit(
      [&](const auto& kernel) {
        if constexpr (std::is_same_v<std::decay_t<decltype(kernel)>, LoopStep>) {
          return std::string();
        } else {
          return fmt::format("{}{}: {}\n", indent, step.name, text_of(kernel));
        }
      },
      step.kernel);
}

std::string text_of(const std::vector<Step>& steps, const std::string& indent) {
  std::string text;
  for (const Step& step : steps) {
    text += text_of(step, indent);
  }
  return text;
}

std::string text_of(const Threads& threads) {
  std::string text = threads.least_samples == 0
                         ? fmt::format("{} threads\n", threads.count)
                         : fmt::format("{} threads share out {} samples or more, {} bytes of arena each\n",
                                       threads.count, threads.least_samples, threads.arena_stride);
  text += threads.regions.empty() ? "" : fmt::format("one sample on {} threads\n", threads.count);
  for (const Region& region : threads.regions) {
    text += region.threads > 1 ? fmt::format("  region of {} threads", region.threads) : "  one thread";
    text += region.rounds > 1 ? fmt::format(", {} rounds\n", region.rounds) : "\n";
    for (const Share& share : region.shares) {
      const std::int64_t last = share.first + share.threads - 1;
      text += fmt::format("    {} {}\n", share.threads == 1 ? "thread" : "threads",
                          share.threads == 1 ? fmt::format("{}", last) : fmt::format("{} to {}", share.first, last));
      text += text_of(share.step, "      ");
    }
  }
  return text;
}

}  // namespace

std::string dump(const Plan& plan) {
  std::string text = fmt::format("plan {}: arena {} bytes, packed weights {} bytes, {} multiply-adds a sample\n",
                                 plan.graph.name, plan.arena_bytes, plan.packed_bytes, plan.multiply_adds);
  for (const PreparedTensor& tensor : plan.prepared) {
    text += fmt::format("  weights+{}: {} = %{} {}\n", tensor.offset_bytes, tensor.name, tensor.node.value,
                        plan.graph.nodes[tensor.node].type.to_text());
  }
  for (std::size_t index = 0; index < plan.states.size(); ++index) {
    const graph::StateInfo& state = plan.graph.states[index];
    text += fmt::format("  state{}: {} {} at {} of {} bytes, next at arena+{}\n", index, state.name,
                        plan.graph.node(state.node).type.to_text(), plan.states[index].offset_bytes, plan.state_bytes,
                        plan.states[index].next_offset_bytes);
  }
  for (const graph::SizeRule& rule : plan.size_rules) {
    text += "  sizes must keep ";
    for (std::size_t index = 0; index < rule.not_negative.size(); ++index) {
      text += fmt::format("{}{} >= 0", index == 0 ? "" : " or ", rule.not_negative[index].to_text());
    }
    text += "\n";
  }
  for (const InputCheck& check : plan.input_checks) {
    text += fmt::format("  checks {} {} in {}..{}\n", text_of(check.axes), text_of(check.input), check.begin,
                        check.end.to_text());
  }
  text += fmt::format("one sample\n{}chunk of {} samples\n{}", text_of(plan.single.steps, "  "), plan.chunk.samples,
                      text_of(plan.chunk.steps, "  "));
  return plan.threads.count == 1 ? text : text + text_of(plan.threads);
}

}  // namespace kdlc::plan
