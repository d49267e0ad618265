// The passes in order, each with the reason for its place. The verifier runs after every one.
#include "passes/pass_list.hpp"
#include "passes/passes.hpp"

namespace kdlc::passes {

namespace {

struct Pass {
  std::string_view name;
  graph::Graph (*run)(graph::Graph graph);
  std::string_view reason;
};

constexpr Pass kPipeline[] = {
    {"simplify_moves", simplify_moves, "first, so that patterns are not hidden behind moves that move nothing"},
    {"merge_equal_nodes", merge_equal_nodes, "before use counts decide: what is equal is one value with more uses"},
    {"sum_lonely_axes", sum_lonely_axes,
     "before anything looks at the labels of contractions: afterwards every axis is summed by both operands"},
    {"move_reshape_behind_map", move_reshape_behind_map,
     "before folding and fusing: a map meets its contraction where a reshape stood between them (grouped "
     "convolutions)"},
    {"fold_scale_into_contraction", fold_scale_into_contraction,
     "while scales and shifts still stand alone behind their contraction, before maps swallow them"},
    {"simplify_moves", simplify_moves, "the reshapes moved above meet those of the model"},
    {"fuse_maps", fuse_maps, "before epilogues, so that a whole chain of maps becomes one epilogue"},
    {"move_reshape_behind_map", move_reshape_behind_map, "a reshape that several maps read is read by one of them now"},
    {"fuse_epilogues", fuse_epilogues, "after maps are as large as they get"},
    {"split_spread_contractions", split_spread_contractions,
     "behind epilogues, which each phase takes along; before padding, because phases differ in it"},
    {"make_padding_explicit", make_padding_explicit,
     "before windows are dropped: a padded window of one cell is a border"},
    {"drop_windows_of_one_cell", drop_windows_of_one_cell,
     "pointwise convolutions become matrix products for the planner"},
    {"put_columns_last", put_columns_last, "when no pass changes the labels of contractions any more"},
    {"simplify_moves", simplify_moves, "the reshapes and borders made above move nothing in many places"},
    {"merge_equal_nodes", merge_equal_nodes, "two contractions that read one value have made its border twice"},
    {"remove_dead_nodes", remove_dead_nodes, "last: nothing unused reaches the planner"},
};

void assert_verified(const graph::Graph& graph, std::string_view pass) {
  const std::vector<std::string> problems = graph::verify(graph);
  if (!problems.empty()) {
    assertion_failed(__FILE_NAME__, __LINE__, ("after " + std::string(pass) + ": " + problems.front()).c_str());
  }
}

}  // namespace

graph::Graph optimise(graph::Graph graph, const Options& options) {
  assert_verified(graph, "checking");
  const auto finish = [&](std::string_view pass) {
    assert_verified(graph, pass);
    if (options.after_pass) {
      options.after_pass(pass, graph);
    }
  };
  for (const Pass& pass : kPipeline) {
    graph = pass.run(std::move(graph));
    finish(pass.name);
  }
  // The one pass that looks at the machine: behind all others, as it makes several products of one.
  if (options.cache_bytes > 0 && !options.strict) {
    graph = split_wide_values(std::move(graph), options.cache_bytes);
    finish("split_wide_values");
  }
  return graph;
}

}  // namespace kdlc::passes
