// What a `test` of the language asks: calls of compiled code, formulas over their results, and what must hold.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "check/weights_clause.hpp"
#include "graph/graph.hpp"
#include "source/source.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

/// The value of `node` in the graph that a call runs.
struct CallResult {
  std::size_t call = 0;
  graph::NodeId node;
};
/// `random(seed: 1)`; whole numbers lie in the half-open range.
struct RandomTensor {
  std::uint64_t seed = 0;
  std::int64_t range_begin = 0;
  std::int64_t range_end = 2;
};
/// `load("x.npy")`.
struct FileTensor {
  std::string path;  // as written; relative to the .kdl file
  std::string name;  // of what it is given to
  Span span;
};
/// Where an input of a test's formulas comes from.
using TestSource = std::variant<CallResult, RandomTensor, FileTensor>;

/// One call of compiled code.
struct TestCall {
  std::optional<std::size_t> program;         // into Test::programs; none: the model
  std::map<std::string, std::int64_t> sizes;  // "N" and the declared dims
  std::vector<graph::NodeId> inputs;          // of Test::formulas, by the graph's inputs; none: nothing depends on it
};

struct TestExpectation {
  Span span;                           // of the condition
  std::optional<syntax::BinaryOp> op;  // of a comparison, `~=` among them; none: a `bool` value by itself
  graph::NodeId left;                  // of a comparison
  graph::NodeId right;
  std::string left_text;
  std::string right_text;
  graph::NodeId condition;  // flags; none for `~=`
  double relative = 1e-5;
  double absolute = 1e-6;
};

/// One test. Its formulas are on tensors of known sizes: the batch is an axis like others.
struct Test {
  std::string title;
  Span span;                             // of the title
  std::optional<WeightsClause> weights;  // its own line
  graph::Graph formulas;
  std::vector<TestSource> sources;  // by formulas.inputs
  std::vector<graph::Graph> programs;
  std::vector<TestCall> calls;  // the first is that of the model that the test belongs to
  std::vector<TestExpectation> expectations;
  bool needs_weights = false;
};

}  // namespace kdlc::check
