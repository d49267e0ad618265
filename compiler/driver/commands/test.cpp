// kdlc test: runs the tests of models, a line for each.
#include <chrono>

#include <fmt/format.h>

#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"
#include "driver/model_options.hpp"
#include "driver/run_test.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::driver {

namespace {

struct Counts {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t not_run = 0;
  std::size_t left_out = 0;  // by --only

  [[nodiscard]] std::size_t all() const { return passed + failed + not_run + left_out; }
};

std::string_view word_of(TestResult result) {
  switch (result) {
    case TestResult::passed:
      return "passed ";
    case TestResult::failed:
      return "failed ";
    case TestResult::not_run:
      return "not run";
  }
  KDLC_UNREACHABLE("all results are listed");
}

void count(TestResult result, Counts& counts) {
  counts.passed += result == TestResult::passed ? 1 : 0;
  counts.failed += result == TestResult::failed ? 1 : 0;
  counts.not_run += result == TestResult::not_run ? 1 : 0;
}

void run_tests(TestedCode code, Counts& counts, Session& session) {
  for (const check::Test& test : code.tests) {
    const std::string name =
        code.model == nullptr ? test.title : fmt::format("{}: {}", code.model->graph.name, test.title);
    if (name.find(session.arguments.only) == std::string::npos) {
      ++counts.left_out;
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    // What does not compile for one test does not for the next: said once.
    const TestResult result = code.has_failed ? TestResult::not_run : run_test(code, test, session);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    count(result, counts);
    session.console.print(fmt::format("{}  {}  ({:.1f} ms)\n", word_of(result), name, time.count()));
  }
}

void test_file(const std::string& path, Counts& counts, Session& session) {
  session.enter("reading", path);
  const std::optional<SourceId> source = load_source(path, session.sources, session.report);
  if (!source.has_value()) {
    return;
  }
  session.enter("parsing");
  Report found;  // of this file: what is wrong with another one does not keep its tests from running
  const syntax::Tree tree = syntax::parse(session.sources, *source, found);
  session.enter("checking");
  const std::optional<check::CheckedFile> file =
      check::check_all(tree, session.sources, check_options(session.arguments, check::CodeNeeded::model), found);
  for (const Message& message : found.messages()) {
    session.report.append(message);
  }
  if (!file.has_value()) {
    return;
  }
  const std::size_t before = counts.all();
  session.enter("testing");
  for (const check::CheckedModel& model : file->models) {
    run_tests({path, &model, model.tests}, counts, session);
  }
  run_tests({path, nullptr, file->tests}, counts, session);
  if (counts.all() == before) {
    session.console.print(fmt::format("no tests in `{}`\n", path));
  }
}

std::string summary_of(const Counts& counts) {
  const std::size_t run = counts.all() - counts.left_out;
  std::string text = fmt::format("{} test{}: {} passed", run, run == 1 ? "" : "s", counts.passed);
  const auto add = [&text](std::size_t number, std::string_view what) {
    text += number == 0 ? "" : fmt::format(", {} {}", number, what);
  };
  add(counts.failed, "failed");
  add(counts.not_run, "not run");
  add(counts.left_out, "left out");
  return text + "\n";
}

}  // namespace

ExitCode run_tests_of_files(Session& session) {
  Counts counts;
  for (const std::string& path : find_sources(session.arguments.files, session.report)) {
    test_file(path, counts, session);
  }
  if (counts.all() > 0) {
    session.console.print(summary_of(counts));
  }
  const ExitCode code = session.finish();
  return counts.failed > 0 ? ExitCode::model_is_wrong : code;
}

}  // namespace kdlc::driver
