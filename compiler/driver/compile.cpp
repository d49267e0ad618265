// The whole compile on one screen: load, parse, check, optimise, plan, bind weights, generate code.
#include "driver/compile.hpp"

#include <utility>

#include "driver/bind_weights.hpp"
#include "driver/files.hpp"
#include "driver/model_options.hpp"
#include "driver/taps.hpp"
#include "driver/tune_model.hpp"
#include "passes/passes.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::driver {

std::optional<check::CheckedModel> check_file(const std::string& path, check::CodeNeeded code_needed,
                                              Session& session) {
  session.enter("reading", path);
  const std::optional<SourceId> source = load_source(path, session.sources, session.report);
  if (!source.has_value()) {
    return std::nullopt;
  }
  session.enter("parsing");
  const syntax::Tree tree = syntax::parse(session.sources, *source, session.report);
  if (session.arguments.dump == "tree") {
    return session.dumped(syntax::dump(tree));
  }
  note_header(tree, session.report);
  session.enter("checking");
  const check::Options options = check_options(session.arguments, code_needed);
  std::optional<check::CheckedModel> model = check::check(tree, session.sources, options, session.report);
  if (model.has_value() && session.arguments.dump == "graph") {
    return session.dumped(graph::dump(model->graph));
  }
  return session.has_failed() ? std::nullopt : std::move(model);
}

std::optional<Compiled> plan_file(const std::string& path, Session& session) {
  std::optional<check::CheckedModel> model = check_file(path, check::CodeNeeded::model, session);
  const std::optional<codegen::Target> target = find_target(session);
  const auto options =
      model.has_value() && target.has_value() ? plan_options(*target, model->graph, session) : std::nullopt;
  if (!options.has_value() || !is_chosen(*model, session) || !add_taps(*model, session)) {
    return std::nullopt;
  }
  const std::string prefix = prefix_of(model->graph, session.arguments);
  session.enter("optimising");
  graph::Graph graph = passes::optimise(
      std::move(model->graph),
      {.strict = session.arguments.strict, .cache_bytes = options->machine.l2_bytes * options->threads});
  if (session.arguments.dump == "optimised") {
    return session.dumped(graph::dump(graph));
  }
  session.enter("planning");
  std::optional<plan::Plan> plan = plan_graph(std::move(graph), *options, *target, prefix, session);
  if (plan.has_value() && session.arguments.dump == "plan") {
    return session.dumped(plan::dump(*plan));
  }
  if (!plan.has_value()) {
    return std::nullopt;
  }
  return Compiled{std::move(*plan), *target, prefix, std::move(model->weights), {}, {}};
}

std::optional<Compiled> compile_file(const std::string& path, const CompileOptions& options, Session& session) {
  std::optional<Compiled> compiled = plan_file(path, session);
  if (!compiled.has_value()) {
    return std::nullopt;
  }
  session.enter("binding weights");
  codegen::Options code_options = codegen_options(*compiled, options, session.arguments);
  if (options.place == WeightsPlace::embedded) {
    code_options.embedded_weights = pack_bound_weights(path, *compiled, session);
    if (!code_options.embedded_weights.has_value()) {
      return std::nullopt;
    }
  }
  session.enter("generating code for");
  std::optional<std::string> code = codegen::compile(compiled->plan, code_options, session.report);
  if (!code.has_value()) {
    return std::nullopt;
  }
  compiled->code = std::move(*code);
  if (session.arguments.dump == "llvm" || session.arguments.dump == "asm") {
    return session.dumped(compiled->code);
  }
  return compiled;
}

}  // namespace kdlc::driver
