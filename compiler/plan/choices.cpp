// Questions that the cost model answers and that measuring may answer better.
#include "plan/choices.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

namespace kdlc::plan {
namespace {

/// Candidates are no more than this factor slower than the best by the cost model: it errs, but not without bounds.
constexpr double kWorstCandidate = 1.6;

/// Whether the weights of the whole model stay in the second cache from call to call: kernels meet other memory then.
bool has_cold_weights(const StepContext& context) {
  return 2 * context.parameter_bytes() > context.options.machine.l2_bytes;
}

std::string text_of(const ContractionShape& shape) {
  // All members, so that a new one does not compile until it is part of the question.
  const auto& [dtype, other, outer, inner, depth, inner_depth, columns, cell_bytes, left_is_contiguous,
               right_is_contiguous, columns_lie, may_split, inner_is_known, outer_is_known, depth_is_known, taps,
               tap_distance] = shape;
  const auto known = [](bool is_known) { return is_known ? "" : "?"; };
  return fmt::format("{} rows {}x{}{}x{}{} depth {} by {}{} columns {} cells {}{}{}{}{}{}", name_of(dtype), other,
                     outer, known(outer_is_known), inner, known(inner_is_known), depth, inner_depth,
                     known(depth_is_known), columns, cell_bytes, left_is_contiguous ? "" : " left apart",
                     right_is_contiguous ? "" : " right apart",
                     columns_lie == ContractionShape::Columns::side_by_side   ? ""
                     : columns_lie == ContractionShape::Columns::rows_between ? " rows between"
                                                                              : " scattered",
                     may_split ? "" : " in order", taps == 1 ? "" : fmt::format(" taps {} by {}", taps, tap_distance));
}

std::string text_of(const ConvolutionShape& shape) {
  const auto& [dtype, stride, images, height, width, depth, columns, has_cold_weights, can_filter_rows] = shape;
  return fmt::format("{} {} of {}x{} stride {} depth {} columns {}{}{}", name_of(dtype), images, height, width, stride,
                     depth, columns, has_cold_weights ? " from memory" : "", can_filter_rows ? " by rows" : "");
}

/// Takes what was measured, if that is possible, and notes the choice; gives its place among the choices.
std::uint32_t settle(StepContext& context, Choice choice,
                     const std::function<bool(const KernelChoice& measured)>& is_possible) {
  if (context.options.measured != nullptr) {
    const auto& known = context.options.measured->by_question;
    const auto found = known.find(choice.question);
    if (found != known.end() && is_possible(found->second.choice)) {
      choice.taken = found->second.choice;
      choice.gain = found->second.gain;
      choice.is_measured = true;
    }
  }
  context.choices.push_back(std::move(choice));
  return static_cast<std::uint32_t>(context.choices.size() - 1);
}

/// Whether two blocks are so far apart that measuring both tells something.
bool differ(const ContractionBlock& left, const ContractionBlock& right) {
  const auto order = [](const ContractionBlock& block) { return block.columns_outermost ? block.band_rows : -1; };
  const auto differ_by_a_fifth = [](std::int64_t one, std::int64_t other) {
    return 5 * std::abs(one - other) >= std::max(one, other);
  };
  return left.vectors != right.vectors || left.lanes != right.lanes || left.outer_rows != right.outer_rows ||
         left.taps != right.taps || differ_by_a_fifth(left.inner_rows, right.inner_rows) || order(left) != order(right);
}

/// The likeliest blocks beside the one taken: the best for every width of panels, then the best of all.
std::vector<KernelChoice> likely_blocks(const std::vector<RankedBlock>& ranked, const ContractionBlock& taken,
                                        std::size_t count) {
  std::vector<KernelChoice> likely;
  std::vector<ContractionBlock> blocks = {taken};
  const auto consider = [&](const ContractionBlock& block) {
    const bool is_new =
        std::all_of(blocks.begin(), blocks.end(), [&](const ContractionBlock& other) { return differ(block, other); });
    if (is_new && likely.size() < count) {
      blocks.push_back(block);
      likely.push_back({.winograd_tile = {}, .block = block});
    }
  };
  const double worst = ranked.front().cycles * kWorstCandidate;
  for (const RankedBlock& candidate : ranked) {
    const bool has_width = std::any_of(blocks.begin(), blocks.end(), [&](const ContractionBlock& other) {
      return other.vectors == candidate.block.vectors && other.lanes == candidate.block.lanes;
    });
    if (!has_width && candidate.cycles <= worst && 2 * likely.size() < count) {
      consider(candidate.block);
    }
  }
  for (const RankedBlock& candidate : ranked) {
    if (candidate.cycles <= worst) {
      consider(candidate.block);
    }
  }
  return likely;
}

/// Every block that is possible for the shape, or for panels that are packed already, the fastest first.
std::vector<RankedBlock> rank_blocks(const Machine& machine, const ContractionShape& shape,
                                     const PackedOperand* packed) {
  std::vector<RankedBlock> blocks = packed == nullptr
                                        ? list_contraction_blocks(machine, shape)
                                        : list_contraction_blocks(machine, shape, packed->vectors, packed->lanes);
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const RankedBlock& left, const RankedBlock& right) { return left.cycles < right.cycles; });
  return blocks;
}

}  // namespace

void choose_block(StepContext& context, ContractionStep& step, const PackedOperand* packed) {
  const Options& options = context.options;
  const ContractionShape shape = shape_of(step, context.bounds, !options.strict);
  if (packed != nullptr) {
    step.block = choose_contraction_block(options.machine, shape, packed->vectors, packed->lanes);
  }
  Choice choice{.question = "contraction " + text_of(shape) + (has_cold_weights(context) ? " from memory" : ""),
                .taken = {.winograd_tile = {}, .block = step.block},
                .follows = step.choice,
                .candidates = {}};
  if (packed != nullptr) {
    choice.question += fmt::format(" panels {}x{}", packed->vectors, packed->lanes);
  }
  if (options.candidates > 0) {
    choice.candidates = likely_blocks(rank_blocks(options.machine, shape, packed), step.block, options.candidates);
  }
  step.choice = settle(context, std::move(choice), [&](const KernelChoice& measured) {
    const std::vector<RankedBlock> possible = rank_blocks(options.machine, shape, packed);
    const auto is_it = [&](const RankedBlock& one) { return one.block == measured.block; };
    return !measured.winograd_tile &&
           (measured.block == step.block || std::any_of(possible.begin(), possible.end(), is_it));
  });
  step.block = context.choices[*step.choice].taken.block;
}

std::int64_t choose_tile(StepContext& context, const ConvolutionShape& shape, const ContractionShape& direct,
                         std::int64_t best, std::uint32_t& choice_id) {
  Choice choice{.question = "convolution 3x3 " + text_of(shape) + ", directly " + text_of(direct),
                .taken = {.winograd_tile = best, .block = {}},
                .follows = {},
                .candidates = {}};
  const auto is_possible = [&shape](std::int64_t tile) {
    return tile == kRowTile ? shape.can_filter_rows : tile < 4 || shape.stride == 1;
  };
  for (const std::int64_t tile : {std::int64_t{0}, std::int64_t{2}, std::int64_t{4}, kRowTile}) {
    if (tile != best && is_possible(tile) && choice.candidates.size() < context.options.candidates) {
      choice.candidates.push_back({.winograd_tile = tile, .block = {}});
    }
  }
  choice_id = settle(context, std::move(choice), [&](const KernelChoice& measured) {
    return measured.winograd_tile.has_value() && is_possible(*measured.winograd_tile);
  });
  return *context.choices[choice_id].taken.winograd_tile;
}

std::string text_of(const KernelChoice& choice) {
  if (choice.winograd_tile) {
    return fmt::format("tile {}", *choice.winograd_tile);
  }
  const ContractionBlock& block = choice.block;
  return fmt::format("block {} {} vectors {} {} {} {}{}", block.outer_rows, block.inner_rows, block.vectors,
                     block.lanes, block.columns_outermost ? "columns" : "rows", block.band_rows,
                     block.taps == 1 ? "" : fmt::format(" taps {}", block.taps));
}

std::optional<KernelChoice> parse_choice(std::string_view whole) {
  std::string_view text = whole;
  KernelChoice choice;
  const auto read_word = [&](std::string_view word) {
    if (!text.starts_with(word)) {
      return false;
    }
    text.remove_prefix(word.size());
    return true;
  };
  const auto read_count = [&](std::int64_t& count) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc() && count >= 0 && (text.empty() || read_word(" "));
  };
  if (read_word("tile ")) {
    std::int64_t tile = 0;
    const bool is_read = read_count(tile) && (tile == 0 || tile == kRowTile || tile == 2 || tile == 4);
    choice.winograd_tile = tile;
    return is_read && text_of(choice) == whole ? std::optional(choice) : std::nullopt;
  }
  ContractionBlock& block = choice.block;
  if (!read_word("block ") || !read_count(block.outer_rows) || !read_count(block.inner_rows) ||
      !read_word("vectors ") || !read_count(block.vectors) || !read_count(block.lanes)) {
    return std::nullopt;
  }
  block.columns_outermost = read_word("columns ");
  const bool is_read = (block.columns_outermost || read_word("rows ")) && read_count(block.band_rows) &&
                       (text.empty() || (read_word("taps ") && read_count(block.taps)));
  return is_read && text_of(choice) == whole ? std::optional(choice) : std::nullopt;
}

}  // namespace kdlc::plan
