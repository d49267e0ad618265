// Every file of golden/check gives exactly its messages; what is right gives its graph.
#include "catch.hpp"
#include "check/check.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

namespace kdlc {

TEST_CASE("goldens of the checker") {
  for (const auto& path : testing::kdl_files("golden/check")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      check::Options options;
      options.read_file = testing::test_file_reader();
      const auto model = check::check(tree, sources, options, report);
      return model ? graph::dump(model->graph) : std::string();
    });
  }
}

}  // namespace kdlc
