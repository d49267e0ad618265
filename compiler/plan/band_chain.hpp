// Chains of steps that can be computed in bands of rows: see bands.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "plan/placement.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

/// A contraction, its borders and the depthwise convolution that reads them, perhaps a contraction behind it: numbers
/// of steps that stand one behind the other, and the rows of their maps.
struct Chain {
  std::size_t first = 0;
  std::size_t producer = 0;
  std::vector<std::size_t> borders;
  std::size_t depthwise = 0;
  std::optional<std::size_t> consumer;
  std::size_t end = 0;
  bool overwrites_source = false;  // the result is written over what the producer reads, a row over the same row

  // `input` is what the depthwise convolution reads, with its border.
  std::int64_t pitch = 1;         // elements of a row of the input
  std::int64_t height = 0;        // rows of the input that a step writes
  std::int64_t border_above = 0;  // rows
  std::int64_t rows = 0;          // of the producer
  std::int64_t stride = 1;        // of the depthwise convolution
  std::int64_t halo = 0;          // rows that windows of neighbouring bands share
  std::int64_t output_rows = 0;   // of the depthwise convolution
  std::int64_t output_pitch = 1;  // elements of a row of its output
  std::int64_t output_width = 1;  // positions of a row
};

/// The chain whose depthwise convolution is step `number`. Places are not resolved yet: Access::index is a buffer.
std::optional<Chain> chain_at(std::vector<Step>& steps, std::size_t number);

/// Sums that end a chain and are written over one of their summands go to a buffer of their own instead, as
/// neighbouring threads still read rows of it.
void keep_sources(std::vector<Step>& steps, std::vector<Buffer>& buffers);

}  // namespace kdlc::plan
