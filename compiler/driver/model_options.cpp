// What the options of a command line mean to the stages of the compile.
#include "driver/model_options.hpp"

#include <charconv>

#include "diagnostics/kinds.hpp"
#include "driver/files.hpp"
#include "link/link.hpp"

namespace kdlc::driver {

bool is_chosen(const check::CheckedModel& model, Session& session) {
  if (!session.arguments.model.empty() || model.choices.size() <= 1) {
    return true;
  }
  std::string list;
  for (const std::string& name : model.choices) {
    list += (list.empty() ? "`" : ", `") + name + "`";
  }
  session.report.add(Span{}, diag::ModelNotChosen, session.arguments.files.front(), list)
      .help("`--model " + model.choices.back() + "` chooses one");
  return false;
}

check::Options check_options(const Arguments& arguments, check::CodeNeeded code_needed) {
  check::Options options;
  for (const std::string& define : arguments.defines) {
    const std::size_t equals = define.find('=');
    // `-D training` is `-D training=true`.
    options.defines.push_back(
        {define.substr(0, equals), equals == std::string::npos ? "true" : define.substr(equals + 1)});
  }
  options.model = arguments.model;
  options.warn_dangling = arguments.warn_dangling;
  options.has_weights = !arguments.weights.empty();
  options.code_needed = code_needed;
  options.read_file = read_file;
  return options;
}

std::optional<codegen::Target> find_target(Session& session) {
  return codegen::find_target(session.arguments.target, session.arguments.cpu, session.report);
}

namespace {

/// The value of an option that is a count; `none` when it is not given, nullopt after reporting.
std::optional<std::int64_t> count_of(const std::string& text, const char* option, std::int64_t most, std::int64_t none,
                                     Session& session) {
  std::int64_t count = none;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || count < 1 || count > most)) {
    session.report.add(Span{}, diag::OptionValue, option, text, "a whole number from 1 to " + std::to_string(most));
    return std::nullopt;
  }
  return count;
}

}  // namespace

std::optional<plan::Options> plan_options(const codegen::Target& target, const graph::Graph& graph, Session& session) {
  constexpr std::int64_t kMostSamples = 1 << 20;
  constexpr std::int64_t kMostThreads = 64;
  const Arguments& arguments = session.arguments;
  if (!arguments.streams.empty() && graph.states.empty()) {
    session.report.add(Span{}, diag::OptionValue, "--streams", arguments.streams,
                       "a model that keeps states: `stateful: true`");
    return std::nullopt;
  }
  const auto chunk = count_of(arguments.chunk, "--chunk", kMostSamples, 0, session);
  const auto streams = count_of(arguments.streams, "--streams", kMostSamples, 1, session);
  const auto threads = count_of(arguments.threads, "--threads", kMostThreads, 1, session);
  if (!chunk || !streams || !threads) {
    return std::nullopt;
  }
  return plan::Options{
      .machine = target.machine, .strict = arguments.strict, .chunk = *chunk, .streams = *streams, .threads = *threads};
}

std::string prefix_of(const graph::Graph& graph, const Arguments& arguments) {
  return arguments.name.empty() ? link::symbol_prefix(graph.name) : arguments.name;
}

codegen::Options codegen_options(const Compiled& compiled, const CompileOptions& options, const Arguments& arguments) {
  codegen::Options result;
  result.target = compiled.target;
  result.prefix = compiled.prefix;
  result.strict = arguments.strict;
  result.emit = arguments.dump == "llvm"  ? codegen::Emit::llvm
                : arguments.dump == "asm" ? codegen::Emit::assembly
                                          : options.emit;
  return result;
}

}  // namespace kdlc::driver
