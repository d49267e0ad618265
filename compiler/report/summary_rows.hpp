// The facts of a summary, before they are laid out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "check/check.hpp"

namespace kdlc::report {

struct SummaryRow {
  std::size_t depth = 0;  // of blocks around it
  std::string path;       // below the block around it
  std::string kind;
  std::string details;  // settings, and where its operands come from when that is not the row above
  std::string result;   // types
  std::int64_t weight_count = 0;
  bool shares_weights = false;  // its weights were counted at an earlier application
  std::int64_t floating_operations = 0;
  std::int64_t result_bytes = 0;
};

struct SummaryTotals {
  std::int64_t weight_count = 0;
  std::int64_t weight_bytes = 0;
  std::int64_t frozen_count = 0;
  std::int64_t floating_operations = 0;
  std::int64_t result_bytes = 0;
};

struct SummaryFacts {
  std::vector<SummaryRow> rows;  // inputs, applications in order with their parts behind them, outputs
  SummaryTotals totals;          // one sample, declared dims at their bounds
};

SummaryFacts gather_summary(const graph::Graph& graph);

}  // namespace kdlc::report
