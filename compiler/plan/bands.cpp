// Which steps are computed in bands, and how a band is taken.
#include "plan/bands.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "plan/arena.hpp"
#include "plan/band_chain.hpp"
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

/// A buffer, and a place in it.
struct Home {
  std::uint32_t buffer = 0;
  Dim offset_bytes = 0;
};

/// Rows of a chain's result that one thread computes, or all of them, and what they need.
struct Part {
  Dim begin = 0;                  // the first of them
  std::int64_t output_rows = 0;   // of the depthwise convolution
  Dim first_row = 0;              // of the producer
  std::int64_t rows = 0;          // of the producer
  std::int64_t border_above = 0;  // rows of the input
  bool has_border_below = true;
  std::int64_t band = 0;  // output rows of a band; the last may have fewer
  std::int64_t bands = 0;
  std::int64_t input_rows = 0;  // that a band of the input takes
  // Where bands of the input and of what lies between the depthwise convolution and the consumer are kept.
  Home input;
  Home between;
};

/// How one chain is computed in bands.
class Bands {
public:
  Bands(std::vector<Step>& steps, const Machine& machine, Chain chain)
      : steps_(steps), machine_(machine), chain_(std::move(chain)) {}

  /// Whether no thread sees a part of a border where one thread's rows of the result end and another one's begin.
  [[nodiscard]] bool can_cut_at(std::int64_t row) const {
    return row * chain_.stride >= chain_.border_above && input_end(row) <= chain_.border_above + chain_.rows;
  }

  /// `count` rows of the result from `begin` on, which is `lowest` for the first thread with a part like this.
  [[nodiscard]] Part part_of(const Dim& begin, std::int64_t lowest, std::int64_t count) const {
    const bool is_top = lowest == 0;
    Part part{.begin = begin,
              .output_rows = count,
              .first_row = is_top ? Dim(0) : begin * Dim(chain_.stride) - Dim(chain_.border_above),
              .border_above = is_top ? chain_.border_above : 0,
              .has_border_below = lowest + count == chain_.output_rows};
    const std::int64_t first_row = is_top ? 0 : lowest * chain_.stride - chain_.border_above;
    part.rows = std::min(input_end(lowest + count) - chain_.border_above, chain_.rows) - first_row;
    return part;
  }

  /// Bands that stay in the second cache; false where the whole part does.
  bool choose_band(Part& part) const {
    const std::int64_t row_bytes =
        bytes_of(input(), chain_.pitch) * chain_.stride + bytes_of(input(), chain_.consumer ? chain_.output_pitch : 0);
    const std::int64_t most = std::max<std::int64_t>(1, machine_.l2_bytes / kShareOfCache / row_bytes);
    part.bands = (part.output_rows + most - 1) / most;
    part.band = (part.output_rows + part.bands - 1) / part.bands;
    part.bands = (part.output_rows + part.band - 1) / part.band;
    const std::int64_t before_last = lead(part) + (part.bands - 1) * rows_of_band(part);
    const bool pays = row_bytes * part.output_rows > machine_.l2_bytes / 2 && part.bands >= kLeastBands &&
                      lead(part) >= 0 && rows_of_band(part) >= chain_.halo && before_last < part.rows;
    if (!pays) {
      part.bands = 1;
      part.band = part.output_rows;
    }
    part.input_rows = rows_of_band(part) + chain_.halo;
    return pays;
  }

  /// Rows of the input that must have a place: a border may go on below what the last window sees.
  [[nodiscard]] std::int64_t rows_to_keep(const Part& part) const {
    const std::int64_t above_last =
        (chain_.output_rows - part.output_rows + (part.bands - 1) * part.band) * chain_.stride;
    return std::max(part.input_rows, part.has_border_below ? chain_.height - above_last : 0);
  }

  [[nodiscard]] std::vector<Step> steps_of(const Part& part, const std::string& turn) const {
    const std::int64_t above_last = (part.bands - 1) * rows_of_band(part);  // rows of the input in earlier bands
    std::vector<Step> result;
    std::vector<Step> below;
    for (const std::size_t border : chain_.borders) {
      place_border(steps_[border], part, above_last, result, below);
    }
    std::int64_t done = 0;  // rows of the producer
    if (part.bands > 1) {
      if (lead(part) > 0) {
        result.push_back(producer_rows(part, 0, lead(part), part.border_above));
      }
      result.push_back(loop_of(part, turn));
      done = lead(part) + above_last;
    }
    result.push_back(producer_rows(part, done, part.rows - done, done + part.border_above - above_last));
    std::move(below.begin(), below.end(), std::back_inserter(result));
    const std::int64_t done_outputs = (part.bands - 1) * part.band;
    add_consumers(part, done_outputs, part.output_rows - done_outputs, result);
    return result;
  }

  [[nodiscard]] const Chain& chain() const { return chain_; }
  [[nodiscard]] const Access& input() const { return depthwise().left; }
  [[nodiscard]] const Access& between() const { return depthwise().output; }

private:
  [[nodiscard]] const DepthwiseStep& depthwise() const {
    return std::get<DepthwiseStep>(steps_[chain_.depthwise].kernel);
  }
  /// The first row of the input behind those that windows of rows before `row` see.
  [[nodiscard]] std::int64_t input_end(std::int64_t row) const { return row * chain_.stride + chain_.halo; }
  /// Rows of the producer that the first window needs and no band computes.
  [[nodiscard]] std::int64_t lead(const Part& part) const { return chain_.halo - part.border_above; }
  /// Of the producer, computed with a band that is not the last.
  [[nodiscard]] std::int64_t rows_of_band(const Part& part) const { return part.band * chain_.stride; }

  static void move_home(Access& access, const Home& home) {
    access.index = home.buffer;
    access.offset_bytes = access.offset_bytes + home.offset_bytes;
  }

  [[nodiscard]] Step loop_of(const Part& part, const std::string& turn) const {
    LoopStep loop{.turn = turn, .turns = part.bands - 1, .steps = {}};
    const Dim number = Dim::symbol(turn);
    loop.steps.push_back(
        producer_rows(part, number * Dim(rows_of_band(part)) + Dim(lead(part)), rows_of_band(part), chain_.halo));
    add_consumers(part, number * Dim(part.band), part.band, loop.steps);
    const Step& named = steps_[chain_.depthwise];
    if (chain_.halo > 0) {
      loop.steps.push_back(move_halo(part, named));
    }
    return {.kernel = std::move(loop), .records = records(), .name = named.name + " in bands"};
  }

  [[nodiscard]] std::vector<graph::RecordId> records() const {
    std::vector<graph::RecordId> records = steps_[chain_.producer].records;
    const auto add = [&](std::size_t number) {
      records.insert(records.end(), steps_[number].records.begin(), steps_[number].records.end());
    };
    add(chain_.depthwise);
    if (chain_.consumer) {
      add(*chain_.consumer);
    }
    return records;
  }

  /// Borders at the sides stand beside all rows of the band, that above at its first rows, that below in the last band.
  void place_border(const Step& border, const Part& part, std::int64_t above_last, std::vector<Step>& before,
                    std::vector<Step>& below) const {
    Step step = border;
    auto& map = std::get<MapStep>(step.kernel);
    const std::int64_t row_bytes = bytes_of(map.output, chain_.pitch);
    const std::int64_t offset = map.output.offset_bytes.constant();
    const std::int64_t row = offset / row_bytes;
    move_home(map.output, part.input);
    for (std::size_t axis = 0; axis < map.axes.size(); ++axis) {
      if (map.output.strides[axis] == Dim(chain_.pitch) && map.axes[axis] == Dim(chain_.rows)) {
        map.axes[axis] = part.input_rows;
        map.output.offset_bytes = map.output.offset_bytes - Dim(row * row_bytes);
        before.push_back(std::move(step));
        return;
      }
    }
    if (row < chain_.border_above) {
      if (part.border_above > 0) {
        before.push_back(std::move(step));
      }
    } else if (part.has_border_below) {
      const std::int64_t above = (chain_.output_rows - part.output_rows) * chain_.stride + above_last;
      map.output.offset_bytes = map.output.offset_bytes - Dim(above * row_bytes);
      below.push_back(std::move(step));
    }
  }

  /// `count` rows of the producer from the part's row `begin` on, written from row `target` of the band on.
  [[nodiscard]] Step producer_rows(const Part& part, const Dim& begin, std::int64_t count, std::int64_t target) const {
    Step step = steps_[chain_.producer];
    Access output = std::get<ContractionStep>(step.kernel).output;
    move_home(output, part.input);
    output.offset_bytes = output.offset_bytes + Dim(bytes_of(output, (target - chain_.border_above) * chain_.pitch));
    take_part(step, {.role = CutAxis::Role::rows, .number = 0}, part.first_row + begin, count);
    auto& contraction = std::get<ContractionStep>(step.kernel);
    contraction.output = output;
    fit(contraction, part);
    return step;
  }

  /// The depthwise convolution, and what follows it, for some of its rows.
  void add_consumers(const Part& part, const Dim& begin, std::int64_t count, std::vector<Step>& steps) const {
    Access left = input();
    Access output = between();
    move_home(left, part.input);
    Step step = steps_[chain_.depthwise];
    take_part(step, {.role = CutAxis::Role::outer, .number = 0}, part.begin + begin, count);
    auto& depthwise = std::get<DepthwiseStep>(step.kernel);
    depthwise.left = left;
    if (!chain_.consumer) {
      steps.push_back(std::move(step));
      return;
    }
    move_home(output, part.between);
    depthwise.output = output;
    steps.push_back(std::move(step));
    Step next = steps_[*chain_.consumer];
    Access source = std::get<ContractionStep>(next.kernel).left;
    move_home(source, part.between);
    take_part(next, {.role = CutAxis::Role::rows, .number = 0}, (part.begin + begin) * Dim(chain_.output_width),
              count * chain_.output_width);
    auto& contraction = std::get<ContractionStep>(next.kernel);
    contraction.left = source;
    fit(contraction, part);
    steps.push_back(std::move(next));
  }

  /// The block for the rows of a band; the panels are packed already.
  void fit(ContractionStep& step, const Part& part) const {
    step.fetches_ahead = step.fetches_ahead && part.bands == 1;  // weights of a loop stay where they are
    step.fetches_rows = false;
    step.block = choose_contraction_block(machine_, shape_of(step, {}, true), step.block.vectors, step.block.lanes);
  }

  [[nodiscard]] Step move_halo(const Part& part, const Step& named) const {
    Access target{.memory = Memory::arena, .dtype = input().dtype, .strides = {1}};
    move_home(target, part.input);
    Access source = target;
    source.offset_bytes = source.offset_bytes + Dim(bytes_of(input(), rows_of_band(part) * chain_.pitch));
    MapStep copy{.axes = {chain_.halo * chain_.pitch}, .expression = {}, .inputs = {source}, .output = target};
    return {.kernel = std::move(copy), .records = named.records, .name = "last rows of " + named.name};
  }

  std::vector<Step>& steps_;
  const Machine& machine_;
  Chain chain_;
};

/// The work of a chain for threads.
class SharedBands {
public:
  SharedBands(Bands bands, std::vector<Buffer>& buffers, std::string turn)
      : bands_(std::move(bands)), buffers_(buffers), turn_(std::move(turn)) {}

  /// The shares of threads whose rows of the result end there; none where borders are in the way.
  std::vector<Share> operator()(const CutEnds& ends) const {
    for (const std::int64_t end : ends) {
      if (end > 0 && end < ends.back() && !bands_.can_cut_at(end)) {
        return {};
      }
    }
    std::vector<Group> groups = groups_of(ends);
    add_homes(groups, static_cast<std::int64_t>(ends.size()));
    std::vector<Share> shares;
    for (const Group& group : groups) {
      for (Step& step : bands_.steps_of(group.part, turn_)) {
        shares.push_back({.first = group.first, .threads = group.threads, .step = std::move(step)});
      }
    }
    return shares;
  }

private:
  /// Threads that do the same, each at its own place.
  struct Group {
    std::int64_t first = 0;
    std::int64_t threads = 1;
    Part part;
    [[nodiscard]] Dim thread() const { return threads == 1 ? Dim(0) : Dim::symbol(kThreadSymbol); }
  };

  /// Threads at the borders of the map are groups of their own.
  [[nodiscard]] std::vector<Group> groups_of(const CutEnds& ends) const {
    std::vector<Group> groups;
    const auto begin_of = [&](std::size_t thread) { return thread == 0 ? 0 : ends[thread - 1]; };
    for (std::size_t first = 0; first < ends.size();) {
      const std::int64_t begin = begin_of(first);
      const std::int64_t size = ends[first] - begin;
      const auto is_like_first = [&](std::size_t thread) {
        return begin > 0 && ends[thread] < ends.back() && ends[thread] - begin_of(thread) == size;
      };
      std::size_t next = first + 1;
      while (next < ends.size() && is_like_first(next)) {
        ++next;
      }
      if (size > 0) {
        Group group{.first = static_cast<std::int64_t>(first), .threads = static_cast<std::int64_t>(next - first)};
        group.part = bands_.part_of(Dim(begin) + group.thread() * Dim(size), begin, size);
        bands_.choose_band(group.part);
        groups.push_back(std::move(group));
      }
      first = next;
    }
    return groups;
  }

  /// Buffers with a place for every thread.
  void add_homes(std::vector<Group>& groups, std::int64_t threads) const {
    std::int64_t input = 0;
    std::int64_t between = 0;
    for (const Group& group : groups) {
      input = std::max(input, bands_.rows_to_keep(group.part) * bands_.chain().pitch);
      between = std::max(between, group.part.band * bands_.chain().output_pitch);
    }
    const auto add = [&](const Access& access, std::int64_t elements, Home Part::* home) {
      const auto element_bytes = static_cast<std::int64_t>(size_bytes(access.dtype));
      const std::int64_t bytes = round_up(elements * element_bytes, kArenaAlign);
      buffers_.push_back({.elements = bytes / element_bytes * threads, .has_batch = false, .dtype = access.dtype});
      for (Group& group : groups) {
        group.part.*home = {.buffer = static_cast<std::uint32_t>(buffers_.size() - 1),
                            .offset_bytes = (Dim(group.first) + group.thread()) * Dim(bytes)};
      }
    };
    add(bands_.input(), input, &Part::input);
    if (bands_.chain().consumer) {
      add(bands_.between(), between, &Part::between);
    }
  }

  Bands bands_;
  std::vector<Buffer>& buffers_;
  std::string turn_;
};

/// No identifier of the language has a space in it.
std::string turn_name(std::size_t number) {
  return fmt::format("band {}", number);
}

}  // namespace

void compute_in_bands(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine) {
  std::size_t loops = 0;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    const std::optional<Chain> chain = chain_at(steps, number);
    if (!chain) {
      continue;
    }
    const Bands bands(steps, machine, *chain);
    Part whole = bands.part_of(0, 0, chain->output_rows);
    if (!bands.choose_band(whole)) {
      continue;
    }
    whole.input.buffer = bands.input().index;
    whole.between.buffer = bands.between().index;
    buffers[whole.input.buffer].elements = bands.rows_to_keep(whole) * chain->pitch;
    if (chain->consumer) {
      buffers[whole.between.buffer].elements = whole.band * chain->output_pitch;
    }
    std::vector<Step> banded = bands.steps_of(whole, turn_name(loops++));
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(chain->first);
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(chain->end);
    const auto at = steps.insert(steps.erase(begin, end), std::make_move_iterator(banded.begin()),
                                 std::make_move_iterator(banded.end()));
    number = static_cast<std::size_t>(at - steps.begin()) + banded.size() - 1;
  }
}

std::vector<Unit> band_units(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Machine& machine) {
  std::vector<Unit> units;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    std::optional<Chain> chain = chain_at(steps, number);
    if (chain && !chain->overwrites_source) {
      units.push_back({.begin = chain->first, .end = chain->end, .axes = {}});
      const std::int64_t rows = chain->output_rows;
      units.back().axes.push_back(
          {.size = rows, .cut = SharedBands(Bands(steps, machine, std::move(*chain)), buffers, turn_name(number))});
      number = units.back().end - 1;
    }
  }
  return units;
}

}  // namespace kdlc::plan
