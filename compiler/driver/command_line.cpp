// Reads a command line by the tables of commands and options; the only file that knows CLI11.
#include "driver/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "driver/commands/commands.hpp"
#include "driver/help.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::driver {

namespace {

/// Tells what is wrong with the command line, and where help is.
ExitCode refuse(Console& console, const std::string& text, std::string_view command_name = "") {
  const std::string command = command_name.empty() ? "kdlc" : "kdlc " + std::string(command_name);
  console.tell("kdlc: " + text + "\n`" + command + " --help` tells how it is used\n");
  return ExitCode::wrong_usage;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::optional<std::string> near = nearest_name(word, known);
  return near.has_value() ? "; did you mean `" + *near + "`?" : "";
}

/// "-o,--output" as {"-o", "--output"}.
std::vector<std::string> split_flags(std::string_view flags) {
  const std::size_t comma = flags.find(',');
  if (comma == std::string_view::npos) {
    return {std::string(flags)};
  }
  return {std::string(flags.substr(0, comma)), std::string(flags.substr(comma + 1))};
}

std::vector<std::string> flags_of(const Command& command) {
  std::vector<std::string> flags = {"--help", "--version"};
  for (const Option& option : command.all_options()) {
    for (const std::string& flag : split_flags(option.flags)) {
      flags.push_back(flag);
    }
  }
  return flags;
}

void declare(CLI::App& app, const Option& option, Arguments& arguments) {
  const std::string flags(option.flags);
  if (const auto* flag = std::get_if<bool Arguments::*>(&option.value)) {
    app.add_flag(flags, arguments.**flag);
  } else if (const auto* text = std::get_if<std::string Arguments::*>(&option.value)) {
    app.add_option(flags, arguments.**text);
  } else if (const auto* list = std::get_if<std::vector<std::string> Arguments::*>(&option.value)) {
    app.add_option(flags, arguments.**list)->allow_extra_args(false);
  }
}

/// What is wrong with the values of options that have few; nullopt when nothing is.
std::optional<std::string> find_wrong_word(const Command& command, const Arguments& arguments) {
  for (const Option& option : command.all_options()) {
    const auto* text = std::get_if<std::string Arguments::*>(&option.value);
    if (text == nullptr || option.words.empty() || (arguments.**text).empty()) {
      continue;
    }
    const std::string& value = arguments.**text;
    const std::vector<std::string> known(option.words.begin(), option.words.end());
    if (std::find(known.begin(), known.end(), value) == known.end()) {
      std::string list;
      for (const std::string& word : known) {
        list += (list.empty() ? "" : ", ") + word;
      }
      return "`" + split_flags(option.flags).back() + "` takes one of " + list + ", not `" + value + "`" +
             did_you_mean(value, known);
    }
  }
  return std::nullopt;
}

/// What is wrong with the names behind -W, --deny and --allow: a slip there would hide or show nothing.
std::optional<std::string> find_unknown_message(const Command& command, const Arguments& arguments) {
  std::vector<std::string> known = {"warnings", "lints"};
  for (const DiagnosticKind* kind : all_diagnostics()) {
    known.emplace_back(kind->name);
  }
  for (const Option& option : command.all_options()) {
    const auto* list = std::get_if<std::vector<std::string> Arguments::*>(&option.value);
    const bool names_messages =
        list != nullptr && (*list == &Arguments::shown || *list == &Arguments::denied || *list == &Arguments::allowed);
    if (!names_messages) {
      continue;
    }
    for (const std::string& word : arguments.**list) {
      const std::string name = find_diagnostic(word) == nullptr && word.starts_with("no-") ? word.substr(3) : word;
      if (find_diagnostic(name) == nullptr && name != "warnings" && name != "lints") {
        return "`" + split_flags(option.flags).back() + "`: no message is called `" + name + "`" +
               did_you_mean(name, known) + " (`kdlc explain` lists all)";
      }
    }
  }
  return std::nullopt;
}

/// The word that follows `--` options that the command does not have, or a word too many.
std::optional<std::string> find_wrong_count(const Command& command, const Arguments& arguments) {
  if (arguments.files.size() < command.least_words) {
    return "`" + std::string(command.name) + "` needs " + std::string(command.words);
  }
  if (arguments.files.size() > command.most_words) {
    return "`" + std::string(command.name) + "` takes " +
           (command.most_words == 0 ? std::string("no word") : std::string(command.words)) + ": `" +
           arguments.files[command.most_words] + "` is too many";
  }
  return std::nullopt;
}

ExitCode run_command(const Command& command, std::span<const std::string> words, Console& console, Progress& progress) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  bool wants_help = false;
  bool wants_version = false;
  Arguments arguments;
  app.add_flag("-h,--help", wants_help);
  app.add_flag("--version", wants_version);
  for (const Option& option : command.all_options()) {
    declare(app, option, arguments);
  }
  app.add_option("words", arguments.files);
  try {
    // CLI11 takes words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return refuse(console, error.what(), command.name);
  }
  if (wants_help || wants_version) {
    console.print(wants_help ? help_of(command) : version_text());
    return ExitCode::fine;
  }
  for (const std::string& extra : app.remaining()) {
    if (extra.starts_with("-")) {
      const std::string flag = extra.substr(0, extra.find('='));
      return refuse(console, "unknown option `" + flag + "`" + did_you_mean(flag, flags_of(command)), command.name);
    }
  }
  for (const auto& wrong : {find_wrong_count(command, arguments), find_wrong_word(command, arguments),
                            find_unknown_message(command, arguments)}) {
    if (wrong.has_value()) {
      return refuse(console, *wrong, command.name);
    }
  }
  console.choose_colour(arguments.color);
  Session session(arguments, console, progress);
  return command.run(session);
}

ExitCode dispatch(std::span<const std::string> words, Console& console, Progress& progress) {
  if (words.empty()) {
    console.tell(general_help());
    return ExitCode::wrong_usage;
  }
  const std::string& first = words.front();
  if (first == "--version") {
    console.print(version_text());
    return ExitCode::fine;
  }
  if (first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    console.print(general_help());
    return ExitCode::fine;
  }
  const std::string& name = first == "help" ? words[1] : first;
  std::vector<std::string> names = {"help", "--help", "--version"};
  for (const Command& command : all_commands()) {
    if (command.name == name) {
      progress.stage = "kdlc " + name;
      if (first == "help") {
        console.print(help_of(command));
        return ExitCode::fine;
      }
      return run_command(command, words.subspan(1), console, progress);
    }
    names.emplace_back(command.name);
  }
  if (name.starts_with("-")) {
    return refuse(console, "unknown option `" + name + "`" + did_you_mean(name, names) + " (a command comes first)");
  }
  const std::string hint =
      name.ends_with(".kdl") ? "; did you mean `kdlc check " + name + "`?" : did_you_mean(name, names);
  return refuse(console, "unknown command `" + name + "`" + hint);
}

}  // namespace

ExitCode run_command_line(std::span<const std::string> words, Console& console, Progress& progress) {
  const ExitCode code = dispatch(words, console, progress);
  if (!console.flush() && code == ExitCode::fine) {
    console.tell("kdlc: the result could not be written to standard output\n");
    return ExitCode::world_failed;
  }
  return code;
}

}  // namespace kdlc::driver
