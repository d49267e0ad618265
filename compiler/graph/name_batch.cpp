// The batch as a declared size: how a graph over the whole batch is compiled.
#include <utility>

#include "graph/graph.hpp"

namespace kdlc::graph {

Graph name_batch(Graph graph, const std::string& name, std::int64_t bound) {
  const std::string batch = Dim::batch().to_text();
  const Dim size = Dim::symbol(name);
  const auto rename = [&](std::vector<Dim>& dims) {
    for (Dim& dim : dims) {
      dim = substitute(dim, batch, size);
    }
  };
  for (Node& node : graph.nodes) {
    rename(node.type.shape.axes);
    if (auto* slice = std::get_if<SliceAttributes>(&node.attributes)) {
      rename(slice->begin);
    }
    if (auto* scan = std::get_if<ScanAttributes>(&node.attributes)) {
      scan->steps = substitute(scan->steps, batch, size);
    }
  }
  for (Record& record : graph.records) {
    for (TensorType& type : record.result_types) {
      rename(type.shape.axes);
    }
  }
  for (SizeRule& rule : graph.size_rules) {
    rename(rule.not_negative);
  }
  graph.dims.insert(graph.dims.begin(), {.name = name, .bound = bound, .span = {}});
  graph.whole_batch = false;
  return graph;
}

}  // namespace kdlc::graph
