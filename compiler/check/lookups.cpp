// Ids that are known when compiling to lie outside their table (K521).
#include <fmt/format.h>

#include <algorithm>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// From the smallest id to one more than the largest, and who says so.
struct KnownIds {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string text;
  std::optional<Span> declared;
};

std::optional<KnownIds> known_ids(const graph::Graph& graph, graph::NodeId ids) {
  const graph::Node& source = graph.node(graph::moved_from(graph, ids));
  if (source.op == graph::Op::input) {
    const graph::InputInfo& input = graph.inputs[graph::attributes<graph::InputAttributes>(source).index];
    if (!input.range_begin || !input.range_end) {
      return std::nullopt;
    }
    return KnownIds{*input.range_begin, *input.range_end,
                    fmt::format("`{}` (in {}..{})", input.name, *input.range_begin, *input.range_end), input.span};
  }
  // A part of a constant may leave its outliers out, so only a constant taken as it stands is known.
  const graph::Node& node = graph.node(ids);
  if (node.op != graph::Op::constant) {
    return std::nullopt;
  }
  const TensorData& data = graph::attributes<graph::ConstantAttributes>(node).data;
  if (data.element_count() == 0) {
    return std::nullopt;
  }
  KnownIds known{static_cast<std::int64_t>(data.at(0)), static_cast<std::int64_t>(data.at(0)), "", std::nullopt};
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    const auto id = static_cast<std::int64_t>(data.at(index));
    known.begin = std::min(known.begin, id);
    known.end = std::max(known.end, id + 1);
  }
  known.text = fmt::format("the id {}", known.begin < 0 ? known.begin : known.end - 1);
  return known;
}

}  // namespace

bool check_lookups(Body& body, std::size_t first_node, const ApplicationSite& site, std::string_view layer) {
  const graph::Graph& graph = body.elaboration.builder->graph();
  bool all_fit = true;
  for (std::size_t index = first_node; index < graph.nodes.size(); ++index) {
    const graph::Node& node = graph.node(graph::NodeId{static_cast<std::uint32_t>(index)});
    if (node.op != graph::Op::gather) {
      continue;
    }
    const Shape& table = graph.node(node.inputs[0]).type.shape;
    const Dim& places = table.axes[graph::attributes<graph::GatherAttributes>(node).axis];
    const std::optional<std::int64_t> most = places.upper_bound(body.elaboration.dim_bounds);
    const std::optional<KnownIds> ids = known_ids(graph, node.inputs[1]);
    if (!ids || !most || (ids->begin >= 0 && ids->end <= *most)) {
      continue;
    }
    all_fit = false;
    Message& message = body.elaboration.pending.add(site.span, diag::IdsBeyondTable, ids->text, std::string(layer),
                                                    fmt::format("0..{}", places.to_text()));
    message.at_caret(fmt::format("the table has {} place{}", places.to_text(), places == Dim(1) ? "" : "s"));
    if (ids->declared) {
      message.label(*ids->declared, "the range is declared here");
      message.help(fmt::format("declare it `in 0..{}`, or make the table as large as its ids need", *most));
    }
  }
  return all_fit;
}

}  // namespace kdlc::check
