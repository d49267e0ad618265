// kdlc build: a model to an executable, an object with its header, or text.
#include <set>

#include "diagnostics/kinds.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"
#include "driver/result_file.hpp"
#include "link/link.hpp"
#include "report/report.hpp"

namespace kdlc::driver {

namespace {

/// What --emit makes: the form of the code and the ending of the file.
struct EmitRow {
  std::string_view word;
  codegen::Emit emit;
  std::string_view ending;
};

const EmitRow& find_emit(std::string_view word) {
  static const std::vector<EmitRow> rows = {{"exe", codegen::Emit::object, ""},
                                            {"obj", codegen::Emit::object, ".o"},
                                            {"llvm", codegen::Emit::llvm, ".ll"},
                                            {"asm", codegen::Emit::assembly, ".s"}};
  for (const EmitRow& row : rows) {
    if (row.word == word) {
      return row;
    }
  }
  KDLC_UNREACHABLE("the command line takes only words of this table");
}

/// `net.o` → `net.h`.
std::string header_path(const std::string& object_path) {
  const std::size_t dot = object_path.rfind('.');
  const std::size_t slash = object_path.rfind('/');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  return (has_ending ? object_path.substr(0, dot) : object_path) + ".h";
}

/// A path as make reads it.
std::string escaped(const std::string& path) {
  std::string result;
  for (const char letter : path) {
    result += letter == ' ' || letter == '#' ? std::string("\\") + letter
              : letter == '$'                ? "$$"
                                             : std::string(1, letter);
  }
  return result;
}

std::string depfile_text(const std::string& output, const std::string& path, const Compiled& compiled,
                         Session& session) {
  std::string text = escaped(output) + ":";
  std::set<std::string> seen;
  for (std::uint32_t index = 0; index < session.sources.size(); ++index) {
    const std::string& source = session.sources.file(SourceId{index}).path();
    if (source != "<stdin>" && seen.insert(source).second) {
      text += " " + escaped(source);
    }
  }
  const auto weights = choose_weights(path, compiled.weights_clause, session);
  if (weights.has_value() && weights->kind == WeightsSource::Kind::file) {
    text += " " + escaped(weights->path);
  }
  return text + "\n";
}

/// `-o -`: text goes to standard output.
constexpr std::string_view kStandardOutput = "-";

bool write_artefact(const std::string& output, const CompileOptions& options, const Compiled& compiled,
                    Session& session) {
  if (output == kStandardOutput) {
    session.console.print(compiled.code);
    return true;
  }
  if (session.arguments.emit == "exe") {
    return link::link_executable(
        compiled.code, {.target = compiled.target, .prefix = compiled.prefix, .output_path = output}, session.report);
  }
  if (session.arguments.emit != "obj") {
    return write_result(output, compiled.code, session);
  }
  const bool is_embedded = options.place == WeightsPlace::embedded;
  const std::string header =
      link::write_header(compiled.plan, {.prefix = compiled.prefix, .embedded_weights = is_embedded});
  return write_result(output, compiled.code, session) && write_result(header_path(output), header, session);
}

/// A C identifier, as --name must be.
bool is_identifier(std::string_view word) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view kDigits = "0123456789";
  return !word.empty() && kDigits.find(word.front()) == std::string_view::npos &&
         word.find_first_not_of(std::string(kLetters) + std::string(kDigits)) == std::string_view::npos;
}

void build(Session& session) {
  const Arguments& arguments = session.arguments;
  const std::string& path = arguments.files.front();
  const EmitRow& row = find_emit(arguments.emit);
  const std::string output = arguments.output.empty() ? named_after(path, std::string(row.ending)) : arguments.output;
  CompileOptions options;
  options.emit = row.emit;
  // A dump shows code, not numbers: the weights stay outside.
  const bool is_external = arguments.weights == "external" || !arguments.dump.empty();
  options.place = is_external ? WeightsPlace::external : WeightsPlace::embedded;
  if (!arguments.name.empty() && !is_identifier(arguments.name)) {
    session.report.add(Span{}, diag::OptionValue, "--name", arguments.name, "a C identifier");
    return;
  }
  if (output == kStandardOutput && row.emit == codegen::Emit::object) {
    session.report.add(Span{}, diag::OptionValue, "-o", output, "a file: only `llvm` and `asm` are text");
    return;
  }
  const std::optional<Compiled> compiled = compile_file(path, options, session);
  if (!compiled.has_value() || !may_write(output, path, compiled->weights_clause, session)) {
    return;
  }
  if (arguments.with_report) {
    session.enter("reporting");
    session.console.print(report::report_build(compiled->plan, compiled->target.machine, session.console.width()));
  }
  session.enter("writing the result for");
  if (write_artefact(output, options, *compiled, session) && !arguments.depfile.empty()) {
    write_result(arguments.depfile, depfile_text(output, path, *compiled, session), session);
  }
}

}  // namespace

ExitCode run_build(Session& session) {
  build(session);
  return session.finish();
}

}  // namespace kdlc::driver
