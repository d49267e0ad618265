// A weights clause, evaluated: where weights come from and how the file names them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "source/source.hpp"

namespace kdlc::check {

/// `weights` of a model or of a test.
struct WeightsClause {
  Span span;
  std::string path;  // as written; relative to the .kdl file
  std::string prefix;
  std::string style = "kdl";  // kdl | keras | torch
  bool missing_init = false;
  bool surplus_allow = false;
  struct Rename {
    std::string from;
    std::string to;
    Span span;
  };
  std::vector<Rename> renames;
  std::optional<std::uint64_t> random_seed;  // `weights random(seed: 1)`
};

}  // namespace kdlc::check
