// The sizes of a call under which nothing is read or written outside a tensor.
#include "plan/size_rules.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;
using graph::SizeRule;

class RuleFinder {
public:
  explicit RuleFinder(const graph::Graph& graph)
      : graph_(graph), bounds_(bounds_of(graph, 1)), rules_(graph.size_rules) {}

  std::vector<SizeRule> run() {
    for (const Node& node : graph_.nodes) {
      for (const Dim& axis : node.type.shape.axes) {
        add({axis}, fmt::format("an axis of {} elements is negative", axis.to_text()));
      }
      if (node.op == graph::Op::slice) {
        add_slice(node);
      }
    }
    return std::move(rules_);
  }

private:
  /// True when the size is at least 0 whatever the symbols are; the batch has samples.
  [[nodiscard]] bool is_never_negative(const Dim& dim) const {
    const auto largest_opposite = (Dim(0) - dim).upper_bound(bounds_);
    return dim.is_batch() || (largest_opposite && *largest_opposite <= 0);
  }

  void add(const std::vector<Dim>& not_negative, std::string text) {
    SizeRule rule{.not_negative = {}, .text = std::move(text)};
    std::string key;
    for (const Dim& dim : not_negative) {
      if (is_never_negative(dim)) {
        return;
      }
      if (!dim.is_constant()) {
        rule.not_negative.push_back(dim);
        key += dim.to_text() + ";";
      }
    }
    if (known_.insert(key).second) {
      rules_.push_back(std::move(rule));
    }
  }

  /// A slice without elements may begin anywhere.
  void add_slice(const Node& node) {
    const auto& slice = graph::attributes<graph::SliceAttributes>(node);
    const Shape& from = graph_.node(node.inputs.front()).type.shape;
    for (std::size_t axis = 0; axis < slice.begin.size(); ++axis) {
      const Dim& size = from.axes[axis];
      const Dim& count = node.type.shape.axes[axis];
      const Dim first = slice.begin[axis];
      const Dim last = first + (count - 1) * slice.step[axis];
      const std::string text = fmt::format("positions {} to {} of an axis of {} elements are read", first.to_text(),
                                           last.to_text(), size.to_text());
      for (const Dim& place : {first, last}) {
        add({Dim(0) - count, place}, text);
        add({Dim(0) - count, size - place - 1}, text);
      }
    }
  }

  const graph::Graph& graph_;
  SizeBounds bounds_;
  std::vector<SizeRule> rules_;
  std::set<std::string> known_;
};

}  // namespace

std::vector<SizeRule> find_size_rules(const graph::Graph& graph) {
  return graph.dims.empty() ? graph.size_rules : RuleFinder(graph).run();
}

}  // namespace kdlc::plan
