// How long `kdlc check` takes: wall milliseconds of parsing and checking a sample, and of the whole process.
//
//   build/release/tests/benchmark/check_time/check_time_benchmark [path of kdlc]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "check/check.hpp"
#include "syntax/syntax.hpp"

namespace {

using namespace kdlc;

constexpr std::size_t kRounds = 31;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double median_milliseconds(const std::function<void()>& work) {
  std::vector<double> times;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    times.push_back(taken.count());
  }
  std::ranges::nth_element(times, times.begin() + kRounds / 2);
  return times[kRounds / 2];
}

/// One row: the text is parsed and checked anew in every round, with all messages selected.
void measure(const std::filesystem::path& path, const std::string& program) {
  const std::string text = read_text(path);
  std::size_t layers = 0;
  std::size_t errors = 0;
  const double milliseconds = median_milliseconds([&] {
    SourceSet sources;
    Report report;
    const SourceId source = sources.add(path.string(), text);
    const syntax::Tree tree = syntax::parse(sources, source, report);
    const check::Options options = {.code_needed = check::CodeNeeded::nothing,
                                    .read_file = [](const std::string& imported) {
                                      return FileContents{std::filesystem::exists(imported), read_text(imported), ""};
                                    }};
    const auto model = check::check(tree, sources, options, report);
    static_cast<void>(select_messages(report, sources, {}));
    errors = report.error_count();
    layers = model ? model->graph.records.size() : 0;
  });
  const std::string command = program + " check " + path.string() + " 2> /dev/null";
  const bool has_program = std::filesystem::exists(program);
  const double process = has_program ? median_milliseconds([&] { errors += std::system(command.c_str()) != 0; }) : 0;
  std::cout << fmt::format("| {} | {} | {} | {:.2f} | {} |\n", path.stem().string(),
                           std::count(text.begin(), text.end(), '\n'), layers, milliseconds,
                           has_program ? fmt::format("{:.1f}", process) : "")
            << std::flush;
  if (errors != 0) {
    std::cerr << path.string() << " is not fine\n";
    std::exit(1);
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string program = count > 1 ? words[1] : KDLC_PROGRAM;
  std::vector<std::filesystem::path> samples;
  for (const auto& entry : std::filesystem::directory_iterator(KDLC_SAMPLES_FOLDER)) {
    if (entry.path().extension() == ".kdl") {
      samples.push_back(entry.path());
    }
  }
  std::ranges::sort(samples);
  std::cout << "Wall milliseconds, medians of " << kRounds << " rounds; a process also starts and reads its file.\n\n"
            << "| sample | lines | applications | parse and check | kdlc check |\n| --- | --- | --- | --- | --- |\n";
  for (const std::filesystem::path& sample : samples) {
    measure(sample, program);
  }
}
