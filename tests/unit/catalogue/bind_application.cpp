// Binds a layer's inputs and settings without source text: for tests.
#include "unit/catalogue/bind_application.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace kdlc::testing {
namespace {

using catalogue::Setting;
using catalogue::SettingKind;
using catalogue::SettingList;
using catalogue::SettingValue;
using nlohmann::json;

/// "relu", or ["leaky_relu", 0.1].
SettingValue function_from(const json& value) {
  const std::string name = value.is_array() ? value.at(0).get<std::string>() : value.get<std::string>();
  const catalogue::Activation* activation = catalogue::find_activation(name);
  if (activation == nullptr) {
    throw std::runtime_error("no activation " + name);
  }
  std::vector<SettingValue> given;
  for (std::size_t index = 1; value.is_array() && index < value.size(); ++index) {
    given.push_back({.value = value.at(index).get<double>()});
  }
  return {.value =
              catalogue::bind_activation(*activation, catalogue::settings_as_numbers(activation->settings, given))};
}

SettingValue value_from(const Setting& setting, const json& value) {
  if (setting.kind == SettingKind::function) {
    return function_from(value);
  }
  if (value.is_array()) {
    SettingList list;
    for (const json& item : value) {
      list.push_back(value_from(setting, item));
    }
    return {.value = list};
  }
  if (value.is_boolean()) {
    return {.value = value.get<bool>()};
  }
  if (value.is_number_integer()) {
    return {.value = value.get<std::int64_t>()};
  }
  if (value.is_number()) {
    return {.value = value.get<double>()};
  }
  return {.value = value.get<std::string>(), .is_word = setting.kind != SettingKind::text};
}

}  // namespace

std::string Bound::codes() const {
  std::string text;
  for (const Message& message : report.messages()) {
    text += (text.empty() ? "" : " ") + std::string(message.kind->code);
  }
  return text;
}

std::string Bound::first_text() const {
  return report.messages().empty() ? "" : report.messages().front().text;
}

TensorType type_from_text(std::string_view text) {
  const std::size_t bracket = text.find('[');
  TensorType type;
  type.dtype = dtype_from_name(text.substr(0, bracket)).value();
  std::string axis;
  for (const char letter : text.substr(bracket + 1)) {
    if (letter != ',' && letter != ']') {
      axis += letter == ' ' ? "" : std::string(1, letter);
      continue;
    }
    if (!axis.empty()) {
      const bool is_number = std::isdigit(static_cast<unsigned char>(axis[0])) != 0;
      type.shape.axes.push_back(is_number ? Dim(std::stoll(axis)) : Dim::symbol(axis));
    }
    axis.clear();
  }
  return type;
}

std::unique_ptr<Bound> bind_application(std::string_view layer_name, std::vector<TensorType> inputs,
                                        const json& settings, const std::vector<std::string>& names) {
  const catalogue::Layer* layer = catalogue::find_layer(layer_name);
  if (layer == nullptr) {
    throw std::runtime_error("no layer " + std::string(layer_name));
  }
  auto bound = std::make_unique<Bound>();
  catalogue::Application& application = bound->application;
  application.layer = layer;
  application.path = "layer";
  application.text = std::string(layer_name);
  application.report = &bound->report;
  for (TensorType& type : inputs) {
    const auto index = application.inputs.size();
    application.inputs.push_back({.type = std::move(type),
                                  .span = {},
                                  .text = std::string(1, static_cast<char>('a' + static_cast<char>(index)))});
  }
  for (std::size_t index = 0; index < layer->inputs.size(); ++index) {
    const auto named = std::ranges::find(names, layer->inputs[index].name);
    const auto place = names.empty() ? index : static_cast<std::size_t>(named - names.begin());
    application.input_index.push_back(place < application.inputs.size() ? std::optional(place) : std::nullopt);
  }
  std::size_t used = 0;
  for (const Setting& setting : layer->settings) {
    const std::string name(setting.name);
    const bool given = settings.is_object() && settings.contains(name);
    used += given ? 1 : 0;
    if (!given && !setting.default_value) {
      throw std::runtime_error(std::string(layer_name) + " needs " + name);
    }
    application.settings.push_back(
        {.value = given ? value_from(setting, settings.at(name)) : *setting.default_value, .span = {}, .given = given});
  }
  if (settings.is_object() && layer->any_name) {
    for (const auto& [name, value] : settings.items()) {
      if (std::ranges::find(layer->settings, name, &Setting::name) == layer->settings.end()) {
        application.named.push_back(
            {.name = name, .name_span = {}, .bound = {.value = value_from(*layer->any_name, value), .given = true}});
        ++used;
      }
    }
  }
  if (settings.is_object() && used != settings.size()) {
    throw std::runtime_error("unknown setting of " + std::string(layer_name) + " in " + settings.dump());
  }
  bound->in_range = catalogue::check_ranges(application);
  return bound;
}

std::string inferred_text(std::string_view layer, std::vector<std::string_view> inputs, const json& settings) {
  std::vector<TensorType> types;
  for (const std::string_view input : inputs) {
    types.push_back(type_from_text(input));
  }
  const std::unique_ptr<Bound> bound = bind_application(layer, std::move(types), settings);
  if (!bound->in_range) {
    return bound->codes();
  }
  const std::optional<catalogue::Inferred> inferred = bound->application.layer->infer(bound->application);
  if (!inferred) {
    return bound->codes();
  }
  std::string text;
  for (const TensorType& result : inferred->results) {
    text += (text.empty() ? "" : " ") + result.to_text();
  }
  for (const catalogue::WeightSpec& weight : inferred->weights) {
    text += "; " + std::string(weight.name) + " " + weight.type.shape.to_text();
  }
  return text;
}

}  // namespace kdlc::testing
