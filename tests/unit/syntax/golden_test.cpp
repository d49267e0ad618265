// Golden messages of syntax: every file of tests/golden/syntax with its messages as text.
#include "support/golden.hpp"
#include "catch.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::syntax {

TEST_CASE("goldens of syntax") {
  for (const auto& path : testing::kdl_files("golden/syntax")) {
    testing::check_golden(
        path, [](SourceSet& sources, SourceId source, Report& report) { return dump(parse(sources, source, report)); });
  }
}

}  // namespace kdlc::syntax
