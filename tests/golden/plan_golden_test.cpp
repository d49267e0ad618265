// plan/: the steps and places of each source's model, for one fixed processor.
#include "catch.hpp"
#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

TEST_CASE("sources give the expected plans") {
  for (const auto& path : testing::kdl_files("golden/plan")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      const auto model = check::check(tree, sources, {.read_file = testing::test_file_reader()}, report);
      const auto target = codegen::find_target("x86_64-linux-gnu", "x86-64-v3", report);
      if (!model.has_value() || !target.has_value()) {
        return std::string();
      }
      return plan::dump(plan::make_plan(passes::optimise(model->graph, {}), {.machine = target->machine}));
    });
  }
}
