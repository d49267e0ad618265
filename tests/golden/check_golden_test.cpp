// check/: the checked graph of each source, or what is wrong with it.
#include "catch.hpp"
#include "check/check.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

TEST_CASE("sources give the expected graphs and messages") {
  for (const auto& path : testing::kdl_files("golden/check")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      const auto model = check::check(
          tree, sources, {.code_needed = check::CodeNeeded::nothing, .read_file = testing::test_file_reader()}, report);
      return model.has_value() ? graph::dump(model->graph) : std::string();
    });
  }
}
