// Front door of check/: tree to checked graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/test_case.hpp"
#include "check/training.hpp"
#include "check/weights_clause.hpp"
#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"
#include "support/file_access.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

/// `-D classes=26`.
struct Define {
  std::string name;
  std::string value;
};
/// Of what K904 is said where it is checked but has no code yet.
enum class CodeNeeded : std::uint8_t { nothing, model, model_and_scores };
struct Options {
  std::vector<Define> defines;
  std::string model;           // --model; empty: the only one that is no part of another, or the last
  bool warn_dangling = false;  // K210 to K214 as warnings
  bool has_weights = false;    // --weights: tests need not name any
  CodeNeeded code_needed = CodeNeeded::model;
  ReadFile read_file;  // for imports
};

/// A declared thing that no output reaches; `_name`s and what only losses read, for the summary.
struct Unreached {
  std::string name;
  std::string kind;
  Span span;
};

/// A tensor that the text gives a name, with the path of the block application around: `stage2.unit.0.h`.
struct NamedValue {
  std::string name;
  graph::NodeId node;
};

/// A declaration with a doc comment: `input`, `image`, what it says.
struct Documented {
  std::string kind;
  std::string name;
  std::string doc;
};

struct CheckedModel {
  graph::Graph graph;
  std::vector<NamedValue> named_values;  // in the order of their definition
  std::optional<WeightsClause> weights;
  std::vector<Unreached> unreached;
  struct SettingInUse {
    std::string name;
    std::string value;
  };
  std::vector<SettingInUse> settings;
  std::optional<Training> training;  // what `train` says
  std::vector<Documented> documented;
  std::vector<std::string> model_names;  // all models of the file
  std::vector<std::string> choices;      // those of them that are no part of another one
  std::vector<Test> tests;
};

/// Checks the whole file and elaborates the chosen model. nullopt when it has an error; reports every mistake once,
/// causes first. Adds imported files to `sources`.
std::optional<CheckedModel> check(const syntax::Tree& tree, SourceSet& sources, const Options& options, Report& report);

/// Every model with its tests, and the tests that belong to none.
struct CheckedFile {
  std::vector<CheckedModel> models;  // in order of declaration; without those whose settings are not all known
  std::vector<Test> tests;           // at the top of the file
};
/// The same for all models of the file; nullopt when anything has an error.
std::optional<CheckedFile> check_all(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                                     Report& report);

}  // namespace kdlc::check
