// The places of numbers in data, and the range in which a model declares them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "driver/data_options.hpp"

namespace kdlc::driver {

/// `[2, 5]`: the place of an element counted in row-major order.
std::string index_text(const std::vector<std::int64_t>& shape, std::int64_t element);

/// What an input or target may hold: from `begin` to below `end`, and one number besides.
struct DataRange {
  std::optional<std::int64_t> begin;
  std::optional<std::int64_t> end;
  std::optional<std::int64_t> exempt = std::nullopt;
};
/// False after reporting the first number outside (K658). `what`: `input` or `target`. NaN lies in no range.
bool fits_range(std::string_view what, const std::string& name, const DataRange& range, const GivenTensor& given,
                Report& report);

}  // namespace kdlc::driver
