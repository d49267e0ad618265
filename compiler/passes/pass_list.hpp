// Every pass: a graph in, an equivalent graph out. What each does is drawn at the top of its file.
#pragma once

#include "graph/graph.hpp"

namespace kdlc::passes {

graph::Graph remove_dead_nodes(graph::Graph graph);
graph::Graph merge_equal_nodes(graph::Graph graph);
graph::Graph simplify_moves(graph::Graph graph);
graph::Graph fold_scale_into_contraction(graph::Graph graph);
graph::Graph make_padding_explicit(graph::Graph graph);
graph::Graph drop_windows_of_one_cell(graph::Graph graph);
graph::Graph move_reshape_behind_map(graph::Graph graph);
graph::Graph split_spread_contractions(graph::Graph graph);
graph::Graph put_columns_last(graph::Graph graph);
graph::Graph sum_lonely_axes(graph::Graph graph);
graph::Graph fuse_maps(graph::Graph graph);
graph::Graph fuse_epilogues(graph::Graph graph);
graph::Graph split_wide_values(graph::Graph graph, std::int64_t cache_bytes);

}  // namespace kdlc::passes
