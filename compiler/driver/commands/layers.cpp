// kdlc layers: the language's layers, functions, losses, metrics, optimizers and schedules, from the declarations that
// the checks use.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/training.hpp"
#include "driver/commands/commands.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::driver {

namespace {

using catalogue::Setting;
using catalogue::SettingKind;

/// What may be written for a setting: `int`, `same | valid`, ….
std::string kind_text(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::integer:
      return "int";
    case SettingKind::number:
      return "float";
    case SettingKind::boolean:
      return "bool";
    case SettingKind::text:
      return "str";
    case SettingKind::word:
      return fmt::format("{}", fmt::join(setting.words, " | "));
    case SettingKind::function:
      return "fn";
    case SettingKind::size:
      return "int or dim";
    case SettingKind::sizes:
      return "int or [int, …]";
    case SettingKind::padding:
      return "same | valid | causal | int | [h, w] | [[top, bottom], [left, right]]";
    case SettingKind::initializer:
      return "initializer";
    case SettingKind::axes:
      return "int or [int, …]";
    case SettingKind::list:
      return "list";
    case SettingKind::rate:
      return "float or schedule";
  }
  return "";
}

std::string range_text(const catalogue::Range& range) {
  // A maximum of the machine, not of the layer, tells a reader nothing.
  constexpr double kLargestInt = 2147483647;
  const bool has_maximum = range.maximum.has_value() && *range.maximum < kLargestInt;
  if (range.minimum.has_value() && has_maximum) {
    return fmt::format(", in {}{}, {}{}", range.minimum_excluded ? "(" : "[", *range.minimum, *range.maximum,
                       range.maximum_excluded ? ")" : "]");
  }
  if (range.minimum.has_value()) {
    return fmt::format(", {} {}", range.minimum_excluded ? ">" : ">=", *range.minimum);
  }
  return has_maximum ? fmt::format(", {} {}", range.maximum_excluded ? "<" : "<=", *range.maximum) : "";
}

std::string default_text(const Setting& setting) {
  if (!setting.default_value.has_value()) {
    return "must be given";
  }
  return setting.default_value->is_none() ? "optional" : "default " + setting.default_value->to_text();
}

std::string describe_settings(std::vector<Setting> settings, const std::optional<Setting>& any_name = {}) {
  if (any_name) {
    settings.push_back(*any_name);
  }
  if (settings.empty()) {
    return "\nno settings\n";
  }
  std::size_t width = 0;
  for (const Setting& setting : settings) {
    width = std::max(width, setting.name.size());
  }
  std::string text = "\nsettings:\n";
  for (const Setting& setting : settings) {
    text += fmt::format("  {:<{}}  {}{}, {}\n", setting.name, width, kind_text(setting), range_text(setting.range),
                        default_text(setting));
    text += fmt::format("  {:<{}}  {}\n", "", width, setting.doc);
  }
  return text;
}

std::string describe_inputs(const std::vector<catalogue::InputSpec>& inputs) {
  std::string text = "\ninputs:\n";
  for (const catalogue::InputSpec& input : inputs) {
    const std::string_view arity = input.arity == catalogue::Arity::optional   ? " (optional)"
                                   : input.arity == catalogue::Arity::variadic ? " (one or more)"
                                   : input.arity == catalogue::Arity::several  ? " (by name, none or several)"
                                                                               : "";
    text += fmt::format("  {}{}{}{}\n", input.name, arity, input.doc.empty() ? "" : ": ", input.doc);
  }
  return text;
}

std::string describe(const catalogue::Layer& layer) {
  return fmt::format("{}: {}\n{}{}{}", layer.name, layer.summary, describe_inputs(layer.inputs),
                     describe_settings(layer.settings, layer.any_name),
                     layer.lower == nullptr ? "\nchecked, not compiled yet\n" : "");
}

std::string describe(const catalogue::Activation& activation) {
  return fmt::format("{}: {}\n{}", activation.name, activation.summary, describe_settings(activation.settings));
}

/// A loss, metric, optimizer or schedule as the layer that takes its arguments, and its further names.
struct TrainingEntry {
  const catalogue::Layer* call = nullptr;
  std::vector<std::string_view> also;
  bool is_compiled = true;
};
struct TrainingSection {
  std::string_view title;
  std::vector<TrainingEntry> entries;
};

std::vector<TrainingSection> training_sections() {
  std::vector<TrainingSection> sections = {{"losses", {}}, {"metrics", {}}, {"optimizers", {}}, {"schedules", {}}};
  for (const catalogue::Loss* loss : catalogue::losses()) {
    sections[0].entries.push_back({&catalogue::call_of(*loss), loss->score.also, catalogue::is_compiled(*loss)});
  }
  for (const catalogue::Metric* metric : catalogue::metrics()) {
    sections[1].entries.push_back({&catalogue::call_of(*metric), metric->score.also, catalogue::is_compiled(*metric)});
  }
  for (const catalogue::Optimizer* optimizer : catalogue::optimizers()) {
    sections[2].entries.push_back({&catalogue::call_of(*optimizer), {}});
  }
  for (const catalogue::Schedule* schedule : catalogue::schedules()) {
    sections[3].entries.push_back({&catalogue::call_of(*schedule), {}});
  }
  return sections;
}

bool has_name(const TrainingEntry& entry, std::string_view name) {
  return entry.call->name == name || std::ranges::find(entry.also, name) != entry.also.end();
}

/// The entries of that name with the word for each: `huber` is a loss and a metric.
std::string describe_training(std::string_view name) {
  std::string text;
  for (const TrainingSection& section : training_sections()) {
    for (const TrainingEntry& entry : section.entries) {
      if (!has_name(entry, name)) {
        continue;
      }
      const std::string also = entry.also.empty() ? "" : fmt::format(", also `{}`", fmt::join(entry.also, "`, `"));
      text += fmt::format("{}{}: {} ({}{})\n{}{}{}", text.empty() ? "" : "\n", entry.call->name, entry.call->summary,
                          section.title, also, entry.call->inputs.empty() ? "" : describe_inputs(entry.call->inputs),
                          describe_settings(entry.call->settings),
                          entry.is_compiled ? "" : "\nchecked, not compiled yet\n");
    }
  }
  return text;
}

struct Row {
  std::string_view name;
  std::string_view summary;
  bool is_compiled = true;
};
struct Section {
  std::string_view title;
  std::vector<Row> rows;
};

std::vector<Section> all_sections() {
  std::vector<Section> sections = {{"layers", {}}, {"activations", {}}, {"functions", {}}};
  for (const catalogue::Layer* layer : catalogue::layers()) {
    sections[0].rows.push_back({layer->name, layer->summary, layer->lower != nullptr});
  }
  for (const catalogue::Activation* activation : catalogue::activations()) {
    sections[activation->is_activation ? 1 : 2].rows.push_back({activation->name, activation->summary});
  }
  for (const TrainingSection& training : training_sections()) {
    sections.push_back({training.title, {}});
    for (const TrainingEntry& entry : training.entries) {
      sections.back().rows.push_back({entry.call->name, entry.call->summary, entry.is_compiled});
    }
  }
  return sections;
}

std::string list_all() {
  const std::vector<Section> sections = all_sections();
  std::size_t width = 0;
  for (const Section& section : sections) {
    for (const Row& row : section.rows) {
      width = std::max(width, row.name.size());
    }
  }
  std::string text;
  for (const Section& section : sections) {
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", section.title);
    for (const Row& row : section.rows) {
      text += fmt::format("  {:<{}}  {}{}\n", row.name, width, row.summary,
                          row.is_compiled ? "" : " (checked, not compiled yet)");
    }
  }
  return text + "\n`kdlc layers NAME` lists the settings of one\n";
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Section& section : all_sections()) {
    for (const Row& row : section.rows) {
      names.emplace_back(row.name);
    }
  }
  return names;
}

/// Our word for a name of Keras or PyTorch, of whatever kind.
std::optional<std::string> our_name(const std::string& name) {
  for (const auto& lookup : {catalogue::our_name_of, catalogue::our_loss_of, catalogue::our_metric_of,
                             catalogue::our_optimizer_of, catalogue::our_schedule_of}) {
    if (const std::optional<std::string_view> ours = lookup(name)) {
      return std::string(*ours);
    }
  }
  return std::nullopt;
}

}  // namespace

ExitCode run_layers(Session& session) {
  if (session.arguments.files.empty()) {
    session.console.print(list_all());
    return ExitCode::fine;
  }
  const std::string& name = session.arguments.files.front();
  std::string text;
  if (const catalogue::Activation* activation = catalogue::find_activation(name)) {
    text = describe(*activation);
  } else if (const catalogue::Layer* layer = catalogue::find_layer(name)) {
    text = describe(*layer);
  }
  const std::string training = describe_training(name);
  text += text.empty() || training.empty() ? training : "\n" + training;
  if (!text.empty()) {
    session.console.print(text);
    return ExitCode::fine;
  }
  const std::optional<std::string> ours = our_name(name);
  const std::optional<std::string> near = ours ? ours : nearest_name(name, all_names());
  session.console.tell("kdlc: no layer `" + name + "`" + (near.has_value() ? "; did you mean `" + *near + "`?" : "") +
                       "\n`kdlc layers` lists all\n");
  return ExitCode::wrong_usage;
}

}  // namespace kdlc::driver
