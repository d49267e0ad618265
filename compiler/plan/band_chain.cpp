// Finds chains: who writes what the depthwise convolution reads, and who else looks at it.
#include "plan/band_chain.hpp"

#include <algorithm>

#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

/// Whether `step` stays off the buffer of `result`, which a later step of the chain writes band by band.
bool stays_off(Step& step, const Access& result) {
  bool is_off = true;
  for_each_access(step, [&](const Access& access) { is_off = is_off && !is_same_buffer(access, result); });
  return is_off;
}

/// Whether the steps of the chain are all that touch the buffer of `access`.
bool is_private(std::vector<Step>& steps, const Access& access, const std::vector<std::size_t>& owners) {
  if (access.memory != Memory::arena) {
    return false;
  }
  for (std::size_t number = 0; number < steps.size(); ++number) {
    if (std::find(owners.begin(), owners.end(), number) == owners.end() && !stays_off(steps[number], access)) {
      return false;
    }
  }
  return true;
}

class Finder {
public:
  explicit Finder(std::vector<Step>& steps) : steps_(steps) {}

  std::optional<Chain> run(std::size_t number) {
    const auto* depthwise = kernel<DepthwiseStep>(number);
    if (depthwise == nullptr || depthwise->left.memory != Memory::arena) {
      return std::nullopt;
    }
    Chain chain{.first = number, .depthwise = number, .end = number + 1};
    if (!add_producer(chain)) {
      return std::nullopt;
    }
    add_consumer(chain);
    // A band of the result is written before the next band of what goes in is read.
    const Step& producer = steps_[chain.producer];
    const auto* next = chain.consumer ? kernel<ContractionStep>(*chain.consumer) : nullptr;
    chain.overwrites_source = next != nullptr && !stays_off(steps_[chain.producer], next->output);
    const bool is_apart = stays_off(steps_[chain.producer], depthwise->output) &&
                          (next == nullptr || ((!chain.overwrites_source || is_overwritten_row_by_row(chain)) &&
                                               stays_off(steps_[number], next->output)));
    return is_apart && measure(chain, std::get<ContractionStep>(producer.kernel), *depthwise) ? std::optional(chain)
                                                                                              : std::nullopt;
  }

private:
  template <class Kernel>
  Kernel* kernel(std::size_t number) {
    return number < steps_.size() ? std::get_if<Kernel>(&steps_[number].kernel) : nullptr;
  }

  bool writes(std::size_t number, std::uint32_t buffer) {
    const auto is_there = [&](const Access& output) {
      return output.memory == Memory::arena && output.index == buffer;
    };
    if (const auto* map = kernel<MapStep>(number)) {
      return map->inputs.empty() && is_there(map->output);
    }
    const auto* contraction = kernel<ContractionStep>(number);
    return contraction != nullptr && is_there(contraction->output);
  }

  bool add_producer(Chain& chain) {
    const Access& input = kernel<DepthwiseStep>(chain.depthwise)->left;
    bool has_producer = false;
    while (chain.first > 0 && writes(chain.first - 1, input.index)) {
      --chain.first;
      if (kernel<ContractionStep>(chain.first) == nullptr) {
        chain.borders.push_back(chain.first);
        continue;
      }
      if (has_producer) {
        return false;
      }
      has_producer = true;
      chain.producer = chain.first;
    }
    std::vector<std::size_t> owners = chain.borders;
    owners.insert(owners.end(), {chain.producer, chain.depthwise});
    return has_producer && is_private(steps_, input, owners);
  }

  /// Where the rows of the contraction behind it are the positions of the depthwise convolution, one behind the other.
  void add_consumer(Chain& chain) {
    const std::size_t number = chain.depthwise + 1;
    const auto& depthwise = *kernel<DepthwiseStep>(chain.depthwise);
    const auto* next = kernel<ContractionStep>(number);
    if (next == nullptr || !is_same_buffer(next->left, depthwise.output) || !next->right_is_packed ||
        !next->outer.empty() || next->rows.size() != 1 || depthwise.positions.size() != 2 ||
        !is_private(steps_, depthwise.output, {chain.depthwise, number})) {
      return;
    }
    if (next->rows.front() == depthwise.positions[0] * depthwise.positions[1] &&
        next->left.strides.front() * depthwise.positions[1] == depthwise.output.strides[0]) {
      chain.consumer = number;
      ++chain.end;
    }
  }

  /// Whether the result is written over what the producer reads (to which it is added), a row over the same row: the
  /// producer is ahead, as windows reach down from the row that they are for, and reads each row once.
  bool is_overwritten_row_by_row(const Chain& chain) {
    const auto& producer = *kernel<ContractionStep>(chain.producer);
    const auto& result = *kernel<ContractionStep>(*chain.consumer);
    const auto& depthwise = *kernel<DepthwiseStep>(chain.depthwise);
    const bool reads_it_once =
        std::none_of(producer.epilogue_operands.begin(), producer.epilogue_operands.end(),
                     [&](const Access& operand) { return is_same_buffer(operand, result.output); });
    if (!reads_it_once || !producer.outer.empty() || producer.rows.size() != 2 || producer.depth.size() != 1 ||
        depthwise.positions != producer.rows) {
      return false;
    }
    const Strides& left = producer.left.strides;
    return producer.left.offset_bytes == result.output.offset_bytes && left[2] == Dim(1) &&
           left[1] == result.output.strides[0] && left[0] == left[1] * producer.rows[1] && result.columns == left[1] &&
           producer.depth[0] == left[1];
  }

  /// Rows of the input up to the end of what the border writes.
  std::int64_t end_of_border(const Step& border, std::int64_t row_bytes) {
    const auto& map = std::get<MapStep>(border.kernel);
    std::int64_t elements = 1;
    for (std::size_t axis = 0; axis < map.axes.size(); ++axis) {
      elements += (map.axes[axis].constant() - 1) * map.output.strides[axis].constant();
    }
    const std::int64_t end =
        map.output.offset_bytes.constant() + elements * static_cast<std::int64_t>(size_bytes(map.output.dtype));
    return (end + row_bytes - 1) / row_bytes;
  }

  /// False where rows are no numbers or windows do not move by whole rows.
  bool measure(Chain& chain, const ContractionStep& producer, const DepthwiseStep& depthwise) {
    if (!producer.outer.empty() || producer.rows.size() != 2 || depthwise.positions.size() != 2 ||
        depthwise.depth.size() != 2 || !are_constant(producer.rows) || !are_constant(depthwise.positions) ||
        !are_constant(producer.output.strides) || !are_constant(depthwise.left.strides) ||
        !are_constant(depthwise.output.strides) || !producer.output.offset_bytes.is_constant() ||
        !depthwise.left.offset_bytes.is_constant()) {
      return false;
    }
    chain.pitch = producer.output.strides[0].constant();
    chain.rows = producer.rows[0].constant();
    chain.output_rows = depthwise.positions[0].constant();
    chain.output_width = depthwise.positions[1].constant();
    chain.output_pitch = depthwise.output.strides[0].constant();
    const std::int64_t row_bytes = chain.pitch * static_cast<std::int64_t>(size_bytes(producer.output.dtype));
    const std::int64_t step = depthwise.left.strides[0].constant();
    const std::int64_t cell = depthwise.left.strides[2].constant();
    if (step % chain.pitch != 0 || cell % chain.pitch != 0 || depthwise.left.offset_bytes.constant() >= row_bytes) {
      return false;
    }
    chain.border_above = producer.output.offset_bytes.constant() / row_bytes;
    chain.stride = step / chain.pitch;
    chain.halo = (depthwise.depth[0] - 1) * (cell / chain.pitch) + 1 - chain.stride;
    chain.height = chain.border_above + chain.rows;
    for (const std::size_t border : chain.borders) {
      const auto& map = std::get<MapStep>(steps_[border].kernel);
      if (!are_constant(map.axes) || !are_constant(map.output.strides) || !map.output.offset_bytes.is_constant()) {
        return false;
      }
      chain.height = std::max(chain.height, end_of_border(steps_[border], row_bytes));
    }
    return chain.halo >= 0;
  }

  std::vector<Step>& steps_;
};

/// Whether the contraction writes all of an arena's buffer, over what is added to it.
bool overwrites_all(const ContractionStep& step, const std::vector<Buffer>& buffers) {
  const bool is_sum = std::find(step.epilogue_operands.begin(), step.epilogue_operands.end(), step.output) !=
                      step.epilogue_operands.end();
  if (!is_sum || step.output.memory != Memory::arena || !step.outer.empty() || step.rows.empty() ||
      step.output.offset_bytes != Dim(0)) {
    return false;
  }
  Dim elements = step.output.strides[step.rows.size() - 1];  // with what lies free behind each row
  for (const Dim& rows : step.rows) {
    elements = elements * rows;
  }
  return elements == buffers[step.output.index].elements;
}

}  // namespace

void keep_sources(std::vector<Step>& steps, std::vector<Buffer>& buffers) {
  for (std::size_t number = 1; number < steps.size(); ++number) {
    const auto* depthwise = std::get_if<DepthwiseStep>(&steps[number - 1].kernel);
    auto* contraction = std::get_if<ContractionStep>(&steps[number].kernel);
    if (depthwise == nullptr || contraction == nullptr || !is_same_buffer(contraction->left, depthwise->output) ||
        !overwrites_all(*contraction, buffers)) {
      continue;
    }
    const Access before = contraction->output;
    buffers.push_back(Buffer(buffers[before.index]));
    contraction->output.index = static_cast<std::uint32_t>(buffers.size() - 1);
    const std::uint32_t kept_apart = contraction->output.index;
    for (std::size_t later = number + 1; later < steps.size(); ++later) {
      for_each_access(steps[later], [&](Access& access) {
        access.index = is_same_buffer(access, before) ? kept_apart : access.index;
      });
    }
  }
}

std::optional<Chain> chain_at(std::vector<Step>& steps, std::size_t number) {
  return Finder(steps).run(number);
}

}  // namespace kdlc::plan
