// kdlc pack: the packed weights that an artefact with external weights loads.
#include "codegen/codegen.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/result_file.hpp"

namespace kdlc::driver {

ExitCode run_pack(Session& session) {
  const std::string& path = session.arguments.files.front();
  const std::optional<Compiled> compiled = plan_file(path, session);
  if (!compiled.has_value()) {
    return session.finish();
  }
  const std::string output =
      session.arguments.output.empty() ? named_after(path, ".weights") : session.arguments.output;
  session.enter("packing the weights of");
  const auto packed = pack_bound_weights(path, *compiled, session);
  if (packed.has_value() && may_write(output, path, compiled->weights_clause, session)) {
    write_result(output, codegen::packed_file(compiled->plan, *packed), session);
  }
  return session.finish();
}

}  // namespace kdlc::driver
