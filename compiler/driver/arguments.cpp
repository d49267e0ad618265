// Options that several commands share.
#include "driver/arguments.hpp"

namespace kdlc::driver {

Option dump_option() {
  return {"--dump", "STAGE", "print a form and stop: tree or graph", &Arguments::dump, {"tree", "graph"}};
}

std::span<const Option> message_options() {
  static const std::vector<Option> options = {
      {"--color", "WHEN", "colour messages: auto, always or never", &Arguments::color, {"auto", "always", "never"}},
      {"-W", "NAME", "show a lint by name or code, or `lints` for all; `-W no-NAME` hides a warning",
       &Arguments::shown},
      {"--allow", "NAME", "hide a warning, lint or note by name or code", &Arguments::allowed},
      {"--deny", "NAME", "make a warning or lint an error; `warnings` or `lints` for all", &Arguments::denied},
  };
  return options;
}

std::span<const Option> model_options() {
  static const std::vector<Option> options = {
      {"-D", "SETTING=VALUE", "give a value to a setting of the model", &Arguments::defines},
      {"--model", "NAME", "which model of the file; else the one that is no part of another", &Arguments::model},
      {"--weights", "SOURCE", "a file, `random:SEED`, or `external`", &Arguments::weights},
      {"--warn-dangling", "", "what is declared and not used is a warning, while editing", &Arguments::warn_dangling},
  };
  return options;
}

std::span<const Option> code_options() {
  static const std::vector<Option> options = {
      {"--target", "TRIPLE", "the machine to compile for; see `kdlc targets`", &Arguments::target},
      {"--cpu", "NAME", "the processor to compile for; else this one", &Arguments::cpu},
      {"--strict", "", "the same bits for every batch, chunk and thread count", &Arguments::strict},
      {"--chunk", "COUNT", "samples that are computed together; else chosen", &Arguments::chunk},
      {"--streams", "COUNT", "samples whose states are kept between calls (`stateful: true`); 1 unless given",
       &Arguments::streams},
      {"--tune", "", "choose blocks and forms of convolutions by measuring on this machine, and keep what was measured",
       &Arguments::tune},
      {"--tune-cache", "FILE", "what was measured: read, and with --tune added to; else in the user's cache folder",
       &Arguments::tune_cache},
      {"--dump",
       "STAGE",
       "print a form and stop: tree, graph, optimised, plan, llvm or asm",
       &Arguments::dump,
       {"tree", "graph", "optimised", "plan", "llvm", "asm"}},
  };
  return options;
}

Option threads_option() {
  return {"--threads", "COUNT", "threads that one call can use; 1 unless given", &Arguments::threads};
}

}  // namespace kdlc::driver
