// What `train` says of a model, as data: for `kdlc evaluate`, and for training later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/training.hpp"
#include "graph/graph.hpp"

namespace kdlc::check {

struct Training {
  Span span;
  /// The formulas of losses and metrics; N is an axis like others. It has inputs and no outputs.
  graph::Graph graph;

  /// What each input of `graph` stands for.
  struct Source {
    graph::NodeId model_value;          // of the model's graph, when it is a value of the model
    std::optional<std::size_t> target;  // else an index into `targets`
  };
  std::vector<Source> sources;

  struct Target {
    std::string name;
    std::string doc;
    Span span;
    TensorType type;
    std::optional<std::int64_t> range_begin;  // declared, or that of the classes of an output; half-open
    std::optional<std::int64_t> range_end;
    std::optional<std::int64_t> exempt;  // a class number that is ignored
  };
  std::vector<Target> targets;

  /// A loss or metric of the catalogue with its arguments, or a formula of the user's own.
  struct Term {
    double factor = 1;
    const catalogue::Loss* loss = nullptr;
    const catalogue::Metric* metric = nullptr;  // neither: a formula, whose value is that of a batch
    catalogue::Application application;         // of the loss or metric; its types and settings
    std::vector<graph::NodeId> contributions;   // [N, …], to be summed over the samples
    graph::NodeId value;                        // one number: of the batch; none for a metric that is no mean
  };
  /// A line: the sum of its terms.
  struct Result {
    std::string name;
    Span span;
    std::vector<Term> terms;
  };
  std::vector<Result> losses;
  std::vector<Result> metrics;

  struct Optimizer {
    const catalogue::Optimizer* optimizer = nullptr;
    std::vector<catalogue::BoundSetting> settings;  // per setting of its call
  };
  std::optional<Optimizer> optimizer;
  bool is_complete = true;  // false: some value or formula has no code yet
};

}  // namespace kdlc::check
