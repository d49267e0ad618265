// kdlc layers: the language's layers and functions, from the declarations that the checks use.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
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

std::string list_all() {
  std::size_t width = 0;
  for (const catalogue::Layer* layer : catalogue::layers()) {
    width = std::max(width, layer->name.size());
  }
  for (const catalogue::Activation* activation : catalogue::activations()) {
    width = std::max(width, activation->name.size());
  }
  std::string text = "layers:\n";
  for (const catalogue::Layer* layer : catalogue::layers()) {
    text += fmt::format("  {:<{}}  {}{}\n", layer->name, width, layer->summary,
                        layer->lower == nullptr ? " (checked, not compiled yet)" : "");
  }
  for (const bool is_activation : {true, false}) {
    std::string rows;
    for (const catalogue::Activation* activation : catalogue::activations()) {
      if (activation->is_activation == is_activation) {
        rows += fmt::format("  {:<{}}  {}\n", activation->name, width, activation->summary);
      }
    }
    text += rows.empty() ? "" : (is_activation ? "\nactivations:\n" : "\nfunctions:\n") + rows;
  }
  return text + "\n`kdlc layers NAME` lists the settings of one\n";
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const catalogue::Layer* layer : catalogue::layers()) {
    names.emplace_back(layer->name);
  }
  for (const catalogue::Activation* activation : catalogue::activations()) {
    names.emplace_back(activation->name);
  }
  return names;
}

}  // namespace

ExitCode run_layers(Session& session) {
  if (session.arguments.files.empty()) {
    session.console.print(list_all());
    return ExitCode::fine;
  }
  const std::string& name = session.arguments.files.front();
  if (const catalogue::Activation* activation = catalogue::find_activation(name); activation != nullptr) {
    session.console.print(describe(*activation));
    return ExitCode::fine;
  }
  if (const catalogue::Layer* layer = catalogue::find_layer(name); layer != nullptr) {
    session.console.print(describe(*layer));
    return ExitCode::fine;
  }
  const auto foreign = catalogue::our_name_of(name);
  const auto near = foreign.has_value() ? std::optional<std::string>(*foreign) : nearest_name(name, all_names());
  session.console.tell("kdlc: no layer `" + name + "`" + (near.has_value() ? "; did you mean `" + *near + "`?" : "") +
                       "\n`kdlc layers` lists all\n");
  return ExitCode::wrong_usage;
}

}  // namespace kdlc::driver
