// Which thread writes which part of a border.
#include "plan/borders.hpp"

#include <algorithm>
#include <iterator>

#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

bool reads_overlap(const Footprints& touched, const Footprint& written) {
  return std::any_of(touched.reads.begin(), touched.reads.end(),
                     [&](const Footprint& read) { return may_overlap(read, written); });
}

/// The border with channels as its last axis, which may lie in one axis with neighbouring cells.
std::optional<MapStep> with_channels_last(const MapStep& border, const DepthwiseStep& reader) {
  const Dim& row = border.axes.back();
  const Dim distance = border.output.offset_bytes - reader.left.offset_bytes;
  const std::int64_t cell_bytes = reader.channels * static_cast<std::int64_t>(size_bytes(border.output.dtype));
  if (!row.is_constant() || row.constant() % reader.channels != 0 || !(border.output.strides.back() == Dim(1)) ||
      !distance.is_constant() || distance.constant() % cell_bytes != 0) {
    return std::nullopt;
  }
  MapStep step = border;
  step.axes.back() = row.constant() / reader.channels;
  step.axes.emplace_back(reader.channels);
  step.output.strides.back() = reader.channels;
  step.output.strides.emplace_back(1);
  return step;
}

}  // namespace

bool is_border(const Step& step) {
  const auto* map = std::get_if<MapStep>(&step.kernel);
  return map != nullptr && map->inputs.empty() && !map->axes.empty() && map->output.memory == Memory::arena;
}

std::vector<Step> take_borders_of(const Step& step, std::vector<Step>& borders) {
  const Footprints touched = footprints_of(step, 0);
  const auto is_apart = [&](const Step& border) {
    const Access& written = std::get<MapStep>(border.kernel).output;
    const auto is_there = [&](const Footprint& footprint) {
      return footprint.memory == written.memory && footprint.index == written.index;
    };
    return std::none_of(touched.reads.begin(), touched.reads.end(), is_there) &&
           std::none_of(touched.writes.begin(), touched.writes.end(), is_there);
  };
  const auto taken = std::stable_partition(borders.begin(), borders.end(), is_apart);
  std::vector<Step> result(std::make_move_iterator(taken), std::make_move_iterator(borders.end()));
  borders.erase(taken, borders.end());
  return result;
}

std::vector<Share> cut_channels(const Step& reader, const std::vector<Step>& borders, const CutAxis& axis,
                                const CutEnds& ends) {
  const auto* depthwise = std::get_if<DepthwiseStep>(&reader.kernel);
  if (depthwise == nullptr || axis.role != CutAxis::Role::columns) {
    return {};
  }
  std::vector<Share> shares;
  for (const Step& border : borders) {
    std::optional<MapStep> cells = with_channels_last(std::get<MapStep>(border.kernel), *depthwise);
    if (!cells) {
      return {};
    }
    const CutAxis channels{.number = cells->axes.size() - 1, .size = depthwise->channels};
    const Step step{.kernel = std::move(*cells), .records = border.records, .name = border.name};
    std::vector<Share> parts = cut_step(step, channels, ends, 0);
    std::move(parts.begin(), parts.end(), std::back_inserter(shares));
  }
  std::vector<Share> parts = cut_step(reader, axis, ends, 0);
  std::move(parts.begin(), parts.end(), std::back_inserter(shares));
  return shares;
}

std::optional<std::int64_t> only_reader(const Step& border, const Step& reader, const Machine& machine,
                                        std::int64_t threads) {
  const std::vector<CutAxis> axes = cut_axes(reader, machine);
  if (axes.empty() || axes.front().role == CutAxis::Role::columns) {
    return std::nullopt;
  }
  const CutEnds ends = even_ends(axes.front().size, axes.front().grain, threads);
  const Footprints written = footprints_of(border, 0);
  std::optional<std::int64_t> found;
  for (const Share& share : cut_step(reader, axes.front(), ends, 0)) {
    for (std::int64_t number = 0; number < share.threads; ++number) {
      if (!reads_overlap(footprints_of(share.step, number), written.writes.front())) {
        continue;
      }
      if (found) {
        return std::nullopt;
      }
      found = share.first + number;
    }
  }
  return found;
}

}  // namespace kdlc::plan
