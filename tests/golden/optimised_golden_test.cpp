// optimised/: the graph of each source before and after the passes.
#include "catch.hpp"
#include "check/check.hpp"
#include "passes/passes.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

TEST_CASE("sources give the expected optimised graphs") {
  for (const auto& path : testing::kdl_files("golden/optimised")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      const auto model = check::check(tree, sources, {.read_file = testing::test_file_reader()}, report);
      if (!model.has_value()) {
        return std::string();
      }
      return "before:\n" + graph::dump(model->graph) + "\nafter:\n" + graph::dump(passes::optimise(model->graph, {}));
    });
  }
}
