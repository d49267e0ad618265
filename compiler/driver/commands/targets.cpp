// kdlc targets: the machines and processors to compile for.
#include <algorithm>
#include <string>

#include "codegen/codegen.hpp"
#include "driver/commands/commands.hpp"

namespace kdlc::driver {

ExitCode run_targets(Session& session) {
  const std::vector<codegen::TargetRow> rows = codegen::list_targets();
  std::size_t triple_width = std::string_view("--target").size();
  std::size_t cpu_width = std::string_view("--cpu").size();
  for (const codegen::TargetRow& row : rows) {
    triple_width = std::max(triple_width, row.triple.size());
    cpu_width = std::max(cpu_width, row.cpu.size());
  }
  const auto print_row = [&](std::string triple, std::string cpu, const std::string& description) {
    triple.resize(triple_width + 2, ' ');
    cpu.resize(cpu_width + 2, ' ');
    session.console.print(triple + cpu + description + "\n");
  };
  print_row("--target", "--cpu", "");
  for (const codegen::TargetRow& row : rows) {
    print_row(row.triple, row.cpu, row.description);
  }
  return ExitCode::fine;
}

}  // namespace kdlc::driver
