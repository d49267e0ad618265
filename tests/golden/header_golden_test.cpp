// link/: the header of each source's model for one fixed processor and four streams, without the text of the ABI.
#include "catch.hpp"
#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "link/link.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

namespace {

/// Other tests look at runtime/kdlc_abi.h; here it would hide the rest.
std::string without_abi(std::string header) {
  const std::string last = "#endif /* KDLC_ABI_H_ */\n";
  const std::size_t begin = header.find("/* kdlc_abi.h:");
  const std::size_t end = header.find(last);
  REQUIRE(begin < end);
  return header.replace(begin, end + last.size() - begin, "/* … kdlc_abi.h … */\n");
}

}  // namespace

TEST_CASE("sources give the expected headers") {
  for (const auto& path : testing::kdl_files("golden/header")) {
    testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      const syntax::Tree tree = syntax::parse(sources, source, report);
      const auto model = check::check(tree, sources, {.read_file = testing::test_file_reader()}, report);
      const auto target = codegen::find_target("x86_64-linux-gnu", "x86-64-v3", report);
      if (!model.has_value() || !target.has_value()) {
        return std::string();
      }
      const plan::Plan plan =
          plan::make_plan(passes::optimise(model->graph, {}), {.machine = target->machine, .streams = 4});
      return without_abi(link::write_header(plan, {.prefix = link::symbol_prefix(plan.graph.name)}));
    });
  }
}
