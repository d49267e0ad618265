// Which steps are computed in bands, and how a band is taken.
#include "plan/bands.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "plan/contraction_blocks.hpp"
#include "plan/cut_step.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

/// The share of the second cache that the bands of one loop may take: weights, the input and the result pass through
/// the rest.
constexpr std::int64_t kShareOfCache = 4;
/// Fewer bands are not worth the copies of code.
constexpr std::int64_t kLeastBands = 3;

std::int64_t bytes_of(const Access& access, std::int64_t elements) {
  return elements * static_cast<std::int64_t>(size_bytes(access.dtype));
}

bool are_constant(const std::vector<Dim>& dims) {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.is_constant(); });
}

/// A contraction, its borders and the depthwise convolution that reads them, perhaps a contraction behind it: numbers
/// of steps that stand one behind the other.
struct Chain {
  std::size_t first = 0;
  std::size_t producer = 0;
  std::vector<std::size_t> borders;
  std::size_t depthwise = 0;
  std::optional<std::size_t> consumer;
  std::size_t end = 0;
};

/// Rows of the maps: `input` is what the depthwise convolution reads, with its border.
struct Geometry {
  std::int64_t pitch = 1;         // elements of a row of the input
  std::int64_t border_above = 0;  // rows
  std::int64_t rows = 0;          // of the producer
  std::int64_t stride = 1;        // of the depthwise convolution
  std::int64_t halo = 0;          // rows that windows of neighbouring bands share
  std::int64_t output_rows = 0;   // of the depthwise convolution
  std::int64_t output_pitch = 1;  // elements of a row of its output
  std::int64_t output_width = 1;  // positions of a row
  std::int64_t band = 0;          // output rows of a band; the last may have fewer
  std::int64_t bands = 0;

  /// Rows of the producer that the first window needs and no band computes.
  [[nodiscard]] std::int64_t lead() const { return halo - border_above; }
  /// Of the producer, computed with a band that is not the last.
  [[nodiscard]] std::int64_t rows_of_band() const { return band * stride; }
};

bool is_same_buffer(const Access& left, const Access& right) {
  return left.memory == right.memory && left.index == right.index;
}

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
    if (std::find(owners.begin(), owners.end(), number) != owners.end()) {
      continue;
    }
    bool touches = false;
    for_each_access(steps[number], [&](const Access& other) { touches = touches || is_same_buffer(other, access); });
    if (touches) {
      return false;
    }
  }
  return true;
}

class Fusion {
public:
  Fusion(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine)
      : steps_(steps), buffers_(buffers), machine_(machine) {}

  void run() {
    std::int64_t loops = 0;
    for (std::size_t number = 0; number < steps_.size(); ++number) {
      std::optional<Chain> chain = chain_at(number);
      const std::optional<Geometry> geometry = chain ? geometry_of(*chain) : std::nullopt;
      if (!geometry) {
        continue;
      }
      // No identifier of the language has a space in it.
      std::vector<Step> fused = in_bands(*chain, *geometry, fmt::format("band {}", loops++));
      const auto begin = steps_.begin() + static_cast<std::ptrdiff_t>(chain->first);
      const auto end = steps_.begin() + static_cast<std::ptrdiff_t>(chain->end);
      const auto at = steps_.insert(steps_.erase(begin, end), std::make_move_iterator(fused.begin()),
                                    std::make_move_iterator(fused.end()));
      number = static_cast<std::size_t>(at - steps_.begin()) + fused.size() - 1;
    }
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

  /// The chain whose depthwise convolution is step `number`.
  std::optional<Chain> chain_at(std::size_t number) {
    const auto* depthwise = kernel<DepthwiseStep>(number);
    if (depthwise == nullptr || depthwise->left.memory != Memory::arena) {
      return std::nullopt;
    }
    Chain chain{.first = number, .depthwise = number, .end = number + 1};
    bool has_producer = false;
    while (chain.first > 0 && writes(chain.first - 1, depthwise->left.index)) {
      --chain.first;
      if (kernel<ContractionStep>(chain.first) == nullptr) {
        chain.borders.push_back(chain.first);
        continue;
      }
      if (has_producer) {
        return std::nullopt;
      }
      has_producer = true;
      chain.producer = chain.first;
    }
    std::vector<std::size_t> owners = chain.borders;
    owners.insert(owners.end(), {chain.producer, chain.depthwise});
    if (!has_producer || !is_private(steps_, depthwise->left, owners)) {
      return std::nullopt;
    }
    const auto* next = kernel<ContractionStep>(number + 1);
    if (next != nullptr && next->left.memory == Memory::arena && next->left.index == depthwise->output.index &&
        next->right_is_packed && next->outer.empty() && next->rows.size() == 1 &&
        is_private(steps_, depthwise->output, {number, number + 1})) {
      chain.consumer = number + 1;
      ++chain.end;
    }
    // A band of the result is written before the next band of what goes in is read.
    const bool is_apart =
        stays_off(steps_[chain.producer], depthwise->output) &&
        (!chain.consumer || ((stays_off(steps_[chain.producer], next->output) || is_overwritten_row_by_row(chain)) &&
                             stays_off(steps_[number], next->output)));
    return is_apart ? std::optional(chain) : std::nullopt;
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

  std::optional<Geometry> geometry_of(Chain& chain) {
    const auto& producer = *kernel<ContractionStep>(chain.producer);
    const auto& depthwise = *kernel<DepthwiseStep>(chain.depthwise);
    if (!producer.outer.empty() || producer.rows.size() != 2 || depthwise.positions.size() != 2 ||
        depthwise.depth.size() != 2 || !are_constant(producer.rows) || !are_constant(depthwise.positions) ||
        !are_constant(producer.output.strides) || !are_constant(depthwise.left.strides) ||
        !are_constant(depthwise.output.strides) || !producer.output.offset_bytes.is_constant() ||
        !depthwise.left.offset_bytes.is_constant()) {
      return std::nullopt;
    }
    Geometry geometry{.pitch = producer.output.strides[0].constant(),
                      .rows = producer.rows[0].constant(),
                      .output_rows = depthwise.positions[0].constant(),
                      .output_pitch = depthwise.output.strides[0].constant(),
                      .output_width = depthwise.positions[1].constant()};
    const std::int64_t row_bytes = bytes_of(producer.output, geometry.pitch);
    const std::int64_t step = depthwise.left.strides[0].constant();
    const std::int64_t cell = depthwise.left.strides[2].constant();
    if (step % geometry.pitch != 0 || cell % geometry.pitch != 0 ||
        depthwise.left.offset_bytes.constant() >= row_bytes) {
      return std::nullopt;
    }
    geometry.border_above = producer.output.offset_bytes.constant() / row_bytes;
    geometry.stride = step / geometry.pitch;
    geometry.halo = (depthwise.depth[0] - 1) * (cell / geometry.pitch) + 1 - geometry.stride;
    if (chain.consumer && !follows(*kernel<ContractionStep>(*chain.consumer), geometry)) {
      chain.consumer.reset();
      --chain.end;
    }
    return choose_band(geometry, producer.output, chain.consumer.has_value()) ? std::optional(geometry) : std::nullopt;
  }

  /// Whether the rows of a contraction are the positions of the depthwise convolution, one behind the other.
  static bool follows(const ContractionStep& consumer, const Geometry& geometry) {
    const Dim positions = geometry.output_rows * geometry.output_width;
    return consumer.rows.front() == positions && consumer.left.strides.front().is_constant() &&
           consumer.left.strides.front().constant() * geometry.output_width == geometry.output_pitch;
  }

  [[nodiscard]] bool choose_band(Geometry& geometry, const Access& input, bool has_consumer) const {
    const std::int64_t between = bytes_of(input, has_consumer ? geometry.output_pitch : 0);
    const std::int64_t row_bytes = bytes_of(input, geometry.pitch) * geometry.stride + between;
    if (geometry.halo < 0 || geometry.lead() < 0 || row_bytes * geometry.output_rows <= machine_.l2_bytes / 2) {
      return false;
    }
    const std::int64_t most = std::max<std::int64_t>(1, machine_.l2_bytes / kShareOfCache / row_bytes);
    geometry.bands = (geometry.output_rows + most - 1) / most;
    geometry.band = (geometry.output_rows + geometry.bands - 1) / geometry.bands;
    geometry.bands = (geometry.output_rows + geometry.band - 1) / geometry.band;
    const std::int64_t before_last = geometry.lead() + (geometry.bands - 1) * geometry.rows_of_band();
    return geometry.bands >= kLeastBands && geometry.rows_of_band() >= geometry.halo && before_last < geometry.rows;
  }

  std::vector<Step> in_bands(const Chain& chain, const Geometry& geometry, const std::string& turn) {
    const Access& input = kernel<DepthwiseStep>(chain.depthwise)->left;
    const std::int64_t band_rows = geometry.rows_of_band() + geometry.halo;
    buffers_[input.index].elements = band_rows * geometry.pitch;
    if (chain.consumer) {
      buffers_[kernel<DepthwiseStep>(chain.depthwise)->output.index].elements = geometry.band * geometry.output_pitch;
    }

    const std::int64_t last_rows = (geometry.bands - 1) * geometry.rows_of_band();  // of the input, above the last band
    std::vector<Step> result;
    std::vector<Step> below;
    for (const std::size_t border : chain.borders) {
      place_border(steps_[border], geometry, band_rows, last_rows, result, below);
    }
    if (geometry.lead() > 0) {
      result.push_back(producer_rows(chain, geometry, 0, geometry.lead(), geometry.border_above));
    }
    LoopStep loop{.turn = turn, .turns = geometry.bands - 1, .steps = {}};
    const Dim number = Dim::symbol(turn);
    loop.steps.push_back(producer_rows(chain, geometry, number * Dim(geometry.rows_of_band()) + Dim(geometry.lead()),
                                       geometry.rows_of_band(), geometry.halo));
    add_consumers(chain, geometry, number * Dim(geometry.band), geometry.band, loop.steps);
    if (geometry.halo > 0) {
      loop.steps.push_back(move_halo(input, geometry, steps_[chain.depthwise]));
    }
    const Step& named = steps_[chain.depthwise];
    result.push_back({.kernel = std::move(loop), .records = records_of(chain), .name = named.name + " in bands"});

    const std::int64_t done = geometry.lead() + last_rows;
    const std::int64_t rest = std::min(geometry.rows - done, geometry.rows_of_band());
    result.push_back(producer_rows(chain, geometry, done, rest, geometry.halo));
    std::move(below.begin(), below.end(), std::back_inserter(result));
    const std::int64_t done_outputs = (geometry.bands - 1) * geometry.band;
    add_consumers(chain, geometry, done_outputs, geometry.output_rows - done_outputs, result);
    return result;
  }

  std::vector<graph::RecordId> records_of(const Chain& chain) {
    std::vector<graph::RecordId> records = steps_[chain.producer].records;
    const auto add = [&](std::size_t number) {
      records.insert(records.end(), steps_[number].records.begin(), steps_[number].records.end());
    };
    add(chain.depthwise);
    if (chain.consumer) {
      add(*chain.consumer);
    }
    return records;
  }

  /// Borders at the sides stand beside all rows of the band, that above at its first rows, that below in the last band.
  static void place_border(const Step& border, const Geometry& geometry, std::int64_t band_rows, std::int64_t last_rows,
                           std::vector<Step>& before, std::vector<Step>& below) {
    Step step = border;
    auto& map = std::get<MapStep>(step.kernel);
    const std::int64_t row_bytes = bytes_of(map.output, geometry.pitch);
    const std::int64_t offset = map.output.offset_bytes.constant();
    const std::int64_t row = offset / row_bytes;
    for (std::size_t axis = 0; axis < map.axes.size(); ++axis) {
      if (map.output.strides[axis] == Dim(geometry.pitch) && map.axes[axis] == Dim(geometry.rows)) {
        map.axes[axis] = band_rows;
        map.output.offset_bytes = offset - row * row_bytes;
        before.push_back(std::move(step));
        return;
      }
    }
    if (row < geometry.border_above) {
      before.push_back(std::move(step));
      return;
    }
    // Rows that no window reaches, as a stride leaves some, have no place in the band.
    const std::int64_t reached = band_rows - (row - last_rows);
    if (reached <= 0) {
      return;
    }
    const bool is_merged = map.output.strides.front() != Dim(geometry.pitch);
    map.axes.front() = std::min(map.axes.front().constant(), is_merged ? reached * geometry.pitch : reached);
    map.output.offset_bytes = offset - last_rows * row_bytes;
    below.push_back(std::move(step));
  }

  /// `count` rows of the producer from `begin` on, written from row `target` of the band on.
  Step producer_rows(const Chain& chain, const Geometry& geometry, const Dim& begin, std::int64_t count,
                     std::int64_t target) {
    Step step = steps_[chain.producer];
    const Access output = std::get<ContractionStep>(step.kernel).output;
    take_part(step, {.role = CutAxis::Role::rows, .number = 0}, begin, count);
    auto& contraction = std::get<ContractionStep>(step.kernel);
    contraction.output.offset_bytes =
        output.offset_bytes + Dim(bytes_of(output, (target - geometry.border_above) * geometry.pitch));
    fit(contraction);
    return step;
  }

  /// The depthwise convolution, and what follows it, for some of its rows.
  void add_consumers(const Chain& chain, const Geometry& geometry, const Dim& begin, std::int64_t count,
                     std::vector<Step>& steps) {
    Step step = steps_[chain.depthwise];
    const Access left = std::get<DepthwiseStep>(step.kernel).left;
    const Access output = std::get<DepthwiseStep>(step.kernel).output;
    take_part(step, {.role = CutAxis::Role::outer, .number = 0}, begin, count);
    auto& depthwise = std::get<DepthwiseStep>(step.kernel);
    depthwise.left.offset_bytes = left.offset_bytes;
    if (chain.consumer) {
      depthwise.output.offset_bytes = output.offset_bytes;
    }
    steps.push_back(std::move(step));
    if (!chain.consumer) {
      return;
    }
    Step next = steps_[*chain.consumer];
    const Dim offset = std::get<ContractionStep>(next.kernel).left.offset_bytes;
    take_part(next, {.role = CutAxis::Role::rows, .number = 0}, begin * Dim(geometry.output_width),
              count * geometry.output_width);
    auto& contraction = std::get<ContractionStep>(next.kernel);
    contraction.left.offset_bytes = offset;
    fit(contraction);
    steps.push_back(std::move(next));
  }

  /// The block for the rows of a band; the panels are packed already.
  void fit(ContractionStep& step) const {
    step.fetches_ahead = false;  // weights of a loop stay where they are
    step.fetches_rows = false;
    step.block = choose_contraction_block(machine_, shape_of(step, {}, true), step.block.vectors, step.block.lanes);
  }

  static Step move_halo(const Access& input, const Geometry& geometry, const Step& depthwise) {
    Access target{.memory = input.memory, .index = input.index, .dtype = input.dtype, .strides = {1}};
    Access source = target;
    source.offset_bytes = bytes_of(input, geometry.rows_of_band() * geometry.pitch);
    MapStep copy{.axes = {geometry.halo * geometry.pitch}, .expression = {}, .inputs = {source}, .output = target};
    return {.kernel = std::move(copy), .records = depthwise.records, .name = "last rows of " + depthwise.name};
  }

  std::vector<Step>& steps_;
  std::vector<Buffer>& buffers_;
  const Machine& machine_;
};

}  // namespace

void compute_in_bands(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine) {
  Fusion(steps, buffers, machine).run();
}

}  // namespace kdlc::plan
