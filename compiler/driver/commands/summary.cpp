// kdlc summary: a model's layers, their types, weights and operations.
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/model_options.hpp"
#include "report/report.hpp"

namespace kdlc::driver {

ExitCode run_summary(Session& session) {
  if (const auto model = check_file(session.arguments.files.front(), check::CodeNeeded::nothing, session);
      model.has_value() && is_chosen(*model, session)) {
    session.enter("summarising");
    session.console.print(report::summarise(
        *model, session.sources, {.colour = session.console.results_in_colour(), .width = session.console.width()}));
  }
  return session.finish();
}

}  // namespace kdlc::driver
