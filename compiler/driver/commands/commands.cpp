// The table of commands.
#include "driver/commands/commands.hpp"

namespace kdlc::driver {

namespace {

constexpr std::size_t kAnyCount = 1U << 20U;

}  // namespace

std::vector<Option> Command::all_options() const {
  std::vector<Option> all = options;
  for (const std::span<const Option> shared : shared_options) {
    all.insert(all.end(), shared.begin(), shared.end());
  }
  return all;
}

const std::vector<Command>& all_commands() {
  static const std::vector<Command> commands = {
      {.name = "check",
       .words = "FILE…",
       .summary = "find what is wrong with models, without making code; folders are searched, `-` is standard input",
       .least_words = 1,
       .most_words = kAnyCount,
       .options = {{"--format", "FORMAT", "text or json", &Arguments::format, {"text", "json"}}, dump_option()},
       .shared_options = {model_options(), message_options()},
       .run = run_check},
      {.name = "build",
       .words = "FILE",
       .summary = "compile a model to an executable, or to an object file and a C header",
       .least_words = 1,
       .most_words = 1,
       .options = {{"-o,--output", "FILE", "the result; else named after the source", &Arguments::output},
                   {"--emit",
                    "KIND",
                    "exe, obj (with a header), llvm or asm",
                    &Arguments::emit,
                    {"exe", "obj", "llvm", "asm"}},
                   {"--name", "PREFIX", "the prefix of every symbol; else the model's name", &Arguments::name},
                   {"--taps", "", "values labelled by `tap` can be read from the result", &Arguments::with_taps},
                   {"--depfile", "FILE", "write what the result depends on, for make and ninja", &Arguments::depfile}},
       .shared_options = {model_options(), code_options(), message_options()},
       .run = run_build},
      {.name = "run",
       .words = "FILE",
       .summary = "compile a model in memory and run it on data",
       .least_words = 1,
       .most_words = 1,
       .options = {{"--input", "NAME=FILE", "the .npy file of an input; samples first", &Arguments::inputs},
                   {"--output", "NAME=FILE", "write an output as .npy in place of printing it", &Arguments::outputs},
                   {"--tap", "NAME[=FILE],…", "show a value of the run by its name or path, or write it as .npy",
                    &Arguments::taps}},
       .shared_options = {model_options(), code_options(), message_options()},
       .run = run_run},
      {.name = "evaluate",
       .words = "FILE",
       .summary = "compute the losses and metrics of `train` over a data set",
       .least_words = 1,
       .most_words = 1,
       .options = {{"--input", "NAME=FILE", "the .npy file of an input; samples first", &Arguments::inputs},
                   {"--target", "NAME=FILE", "the .npy file of a target; samples first", &Arguments::targets},
                   {"--batch", "COUNT", "the samples that are computed at once; 32 unless given", &Arguments::batch},
                   {"--strict", "", "the same bits for every batch; no reordered sums", &Arguments::strict}},
       .shared_options = {model_options(), message_options()},
       .run = run_evaluate},
      {.name = "pack",
       .words = "FILE",
       .summary = "write the packed weights that an artefact with external weights loads",
       .least_words = 1,
       .most_words = 1,
       .options = {{"-o,--output", "FILE", "the result; else named after the source", &Arguments::output}},
       .shared_options = {model_options(), code_options(), message_options()},
       .run = run_pack},
      {.name = "summary",
       .words = "FILE",
       .summary = "list a model's layers with their types, weights and operations",
       .least_words = 1,
       .most_words = 1,
       .options = {dump_option()},
       .shared_options = {model_options(), message_options()},
       .run = run_summary},
      {.name = "test",
       .words = "FILE…",
       .summary = "run the tests of models on compiled code",
       .least_words = 1,
       .most_words = kAnyCount,
       .options = {{"--only", "TEXT", "only tests in whose name this text stands", &Arguments::only}},
       .shared_options = {model_options(), message_options()},
       .run = run_tests_of_files},
      {.name = "fmt",
       .words = "FILE…",
       .summary = "print a source in its canonical form",
       .least_words = 1,
       .most_words = kAnyCount,
       .options = {{"--check", "", "change nothing; tell which files are not in this form", &Arguments::only_check},
                   {"-i,--in-place", "", "write the files anew", &Arguments::in_place}},
       .shared_options = {message_options()},
       .run = run_fmt},
      {.name = "explain",
       .words = "[CODE]",
       .summary = "explain a message, such as K314; without a code, list all",
       .least_words = 0,
       .most_words = 1,
       .options = {},
       .shared_options = {},
       .run = run_explain},
      {.name = "layers",
       .words = "[NAME]",
       .summary = "list the layers and functions of the language, or one with its settings",
       .least_words = 0,
       .most_words = 1,
       .options = {},
       .shared_options = {},
       .run = run_layers},
      {.name = "targets",
       .words = "",
       .summary = "list the machines and processors to compile for",
       .least_words = 0,
       .most_words = 0,
       .options = {},
       .shared_options = {},
       .run = run_targets},
  };
  return commands;
}

}  // namespace kdlc::driver
