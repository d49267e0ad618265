// syntax/: the tree of each source, or its mistakes of form.
#include "catch.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

TEST_CASE("sources give the expected trees and messages") {
  for (const auto& path : testing::kdl_files("golden/syntax")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      return report.has_errors() ? std::string() : syntax::dump(tree);
    });
  }
}
