// The program kdlc: a command line in, an exit code out, and whatever went wrong inside told as a bug.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "driver/command_line.hpp"

namespace {

using kdlc::driver::Console;
using kdlc::driver::ExitCode;
using kdlc::driver::Progress;

ExitCode report_bug(const Progress& progress, const char* what, Console& console) {
  console.tell("kdlc: internal compiler error: " + std::string(what) + "\n  while " + progress.stage +
               (progress.input.empty() ? "" : " `" + progress.input + "`") +
               "\n  this is a bug in kdlc " KDLC_VERSION "; please report it with the input and the command line\n");
  static_cast<void>(console.flush());
  return ExitCode::internal_error;
}

ExitCode report_no_memory(const Progress& progress, Console& console) {
  console.tell("kdlc: there is not enough memory\n  while " + progress.stage +
               (progress.input.empty() ? "" : " `" + progress.input + "`") +
               "\n  are all sizes meant? `kdlc summary` lists layers with their weights and bytes\n");
  static_cast<void>(console.flush());
  return ExitCode::world_failed;
}

}  // namespace

int main(int argument_count, char** arguments) {
  Console console(stdout, stderr);
  Progress progress;
  try {
    const std::vector<std::string> words(arguments + 1, arguments + argument_count);
    return static_cast<int>(kdlc::driver::run_command_line(words, console, progress));
  } catch (const std::bad_alloc&) {
    return static_cast<int>(report_no_memory(progress, console));
  } catch (const std::exception& error) {
    return static_cast<int>(report_bug(progress, error.what(), console));
  } catch (...) {
    return static_cast<int>(report_bug(progress, "something unknown was thrown", console));
  }
}
