// What a command line says, as data.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kdlc::driver {

/// The values of all options of all commands; a command sees only those that it declares.
struct Arguments {
  std::vector<std::string> files;  // the words that belong to no option

  // The model.
  std::vector<std::string> defines;
  std::string model;
  std::string weights;
  bool warn_dangling = false;
  // Messages.
  std::string color = "auto";
  std::string format = "text";
  std::vector<std::string> shown;    // -W
  std::vector<std::string> denied;   // --deny
  std::vector<std::string> allowed;  // --allow
  bool fix = false;
  // Code.
  std::string dump;
  bool strict = false;
  std::string target;
  std::string cpu;
  std::string chunk;
  std::string threads;
  std::string streams;
  bool tune = false;
  std::string tune_cache;  // --tune-cache
  // Results.
  std::string output;
  std::string emit = "exe";
  std::string name;
  std::string depfile;
  bool with_taps = false;    // --taps
  bool with_report = false;  // --report
  // run
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  // evaluate
  std::vector<std::string> targets;
  std::string batch;
  std::vector<std::string> taps;  // --tap
  // bench
  std::string samples;
  bool with_layers = false;  // --layers
  // test
  std::string only;
  // fmt
  bool only_check = false;
  bool in_place = false;
};

/// One option of a command: how it is written, what it means, and where its value goes.
struct Option {
  std::string_view flags;       // "-o,--output"
  std::string_view value_name;  // "FILE"; empty for a flag
  std::string_view doc;
  std::variant<bool Arguments::*, std::string Arguments::*, std::vector<std::string> Arguments::*> value;
  std::vector<std::string_view> words = {};  // the only values, when there are few
};

/// --dump of commands that make no code.
Option dump_option();
/// Options that several commands share.
std::span<const Option> message_options();
std::span<const Option> model_options();
std::span<const Option> code_options();
Option threads_option();

}  // namespace kdlc::driver
