// Reads the inputs and settings of one application, and checks the ranges of its numbers.
#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/training.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::string number_text(double number) {
  return fmt::format("{}", number);
}

bool is_outside(const Range& range, double number) {
  const bool below = range.minimum && (range.minimum_excluded ? number <= *range.minimum : number < *range.minimum);
  const bool above = range.maximum && (range.maximum_excluded ? number >= *range.maximum : number > *range.maximum);
  return below || above || number != number;
}

std::string rule_of(const Range& range) {
  std::string text;
  if (range.minimum) {
    text += (range.minimum_excluded ? "above " : "at least ") + number_text(*range.minimum);
  }
  if (range.maximum) {
    text += range.minimum ? " and " : "";
    text += (range.maximum_excluded ? "below " : "at most ") + number_text(*range.maximum);
  }
  return text;
}

/// The first number of the value, or of its lists, that is outside.
std::optional<double> find_outside(const Range& range, const SettingValue& setting) {
  if (const auto* list = std::get_if<SettingList>(&setting.value)) {
    for (const SettingValue& item : *list) {
      if (const std::optional<double> number = find_outside(range, item)) {
        return number;
      }
    }
    return std::nullopt;
  }
  std::optional<double> number;
  if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* floating = std::get_if<double>(&setting.value)) {
    number = *floating;
  }
  return number && is_outside(range, *number) ? number : std::nullopt;
}

/// What was probably meant by a number that is out of range: the same without its minus, a part of one hundred where
/// parts of one are due, else the default.
std::optional<std::string> likely_value(const Setting& declared, const SettingValue& given) {
  const auto* whole = std::get_if<std::int64_t>(&given.value);
  const auto* number = std::get_if<double>(&given.value);
  if (whole == nullptr && number == nullptr) {
    return std::nullopt;
  }
  SettingValue positive = given;
  const bool is_negative = whole != nullptr ? *whole < 0 : *number < 0;
  if (whole != nullptr) {
    positive.value = is_negative ? -*whole : *whole;
  } else {
    positive.value = is_negative ? -*number : *number;
  }
  if (is_negative && !find_outside(declared.range, positive)) {
    return positive.to_text();
  }
  constexpr double kPercent = 100;
  constexpr double kFewPercent = 5;
  SettingValue part = given;
  part.value = (whole != nullptr ? static_cast<double>(*whole) : *number) / kPercent;
  const bool is_percent = std::get<double>(part.value) >= kFewPercent / kPercent && std::get<double>(part.value) <= 1;
  const bool is_fraction = declared.range.maximum && *declared.range.maximum <= 1;
  if (is_percent && is_fraction && !find_outside(declared.range, part)) {
    return part.to_text();
  }
  const bool has_default =
      declared.default_value && !std::holds_alternative<std::monostate>(declared.default_value->value);
  const auto* usual = has_default ? std::get_if<double>(&declared.default_value->value) : nullptr;
  if (usual != nullptr && declared.range.minimum && *usual == *declared.range.minimum) {
    return std::nullopt;  // off is not what somebody meant who wrote a number
  }
  return has_default ? std::optional(declared.default_value->to_text()) : std::nullopt;
}

}  // namespace

std::string SettingValue::to_text() const {
  struct Printer {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::string& text) const { return is_word ? text : "\"" + text + "\""; }
    std::string operator()(const Dim& dim) const { return dim.to_text(); }
    std::string operator()(const FunctionValue& function) const { return function.name; }
    std::string operator()(const SettingList& list) const {
      std::string text;
      for (const SettingValue& item : list) {
        text += (text.empty() ? "" : ", ") + item.to_text();
      }
      return "[" + text + "]";
    }
    bool is_word;
  };
  return std::visit(Printer{is_word}, value);
}

const BoundSetting& Application::setting(std::string_view name) const {
  const auto place = std::ranges::find(layer->settings, name, &Setting::name);
  KDLC_ASSERT(place != layer->settings.end(), "a layer reads the settings that it declares");
  const auto index = static_cast<std::size_t>(place - layer->settings.begin());
  KDLC_ASSERT(index < settings.size(), "every declared setting is bound");
  return settings[index];
}

bool Application::has(std::string_view name) const {
  return !setting(name).value.is_none();
}

std::int64_t Application::integer(std::string_view name) const {
  const auto* value = std::get_if<std::int64_t>(&setting(name).value.value);
  KDLC_ASSERT(value != nullptr, "an integer setting holds an integer");
  return *value;
}

double Application::number(std::string_view name) const {
  const SettingValue& bound = setting(name).value;
  if (const auto* integer_value = std::get_if<std::int64_t>(&bound.value)) {
    return static_cast<double>(*integer_value);
  }
  const auto* value = std::get_if<double>(&bound.value);
  KDLC_ASSERT(value != nullptr, "a number setting holds a number");
  return *value;
}

bool Application::boolean(std::string_view name) const {
  const auto* value = std::get_if<bool>(&setting(name).value.value);
  KDLC_ASSERT(value != nullptr, "a boolean setting holds true or false");
  return *value;
}

const std::string& Application::word(std::string_view name) const {
  const auto* value = std::get_if<std::string>(&setting(name).value.value);
  KDLC_ASSERT(value != nullptr, "a word setting holds a word");
  return *value;
}

std::string Application::text_of(std::string_view name) const {
  return has(name) ? word(name) : std::string();
}

std::optional<std::vector<std::int64_t>> Application::sizes(std::string_view name, std::size_t axis_count) const {
  const BoundSetting& bound = setting(name);
  if (const auto* one = std::get_if<std::int64_t>(&bound.value.value)) {
    return std::vector<std::int64_t>(axis_count, *one);
  }
  const auto* list = std::get_if<SettingList>(&bound.value.value);
  KDLC_ASSERT(list != nullptr, "a sizes setting holds an integer or a list of them");
  if (list->size() != axis_count) {
    report->add(
        bound.span, diag::SettingRange, bound.value.to_text(), std::string(name), text,
        axis_count == 1 ? "one number" : fmt::format("one number, or a list of {}, one for each axis", axis_count));
    return std::nullopt;
  }
  std::vector<std::int64_t> sizes;
  for (const SettingValue& item : *list) {
    const auto* number = std::get_if<std::int64_t>(&item.value);
    KDLC_ASSERT(number != nullptr, "a list of sizes holds integers");
    sizes.push_back(*number);
  }
  return sizes;
}

const FunctionValue* Application::function(std::string_view name) const {
  return std::get_if<FunctionValue>(&setting(name).value.value);
}

std::span<const BoundInput> Application::inputs_of(std::string_view name) const {
  const auto place = std::ranges::find(layer->inputs, name, &InputSpec::name);
  KDLC_ASSERT(place != layer->inputs.end(), "a layer reads the inputs that it declares");
  const std::optional<std::size_t> first = input_index[static_cast<std::size_t>(place - layer->inputs.begin())];
  if (!first) {
    return {};
  }
  const std::span<const BoundInput> from_first = std::span(inputs).subspan(*first);
  const bool takes_rest = place->arity == Arity::variadic || place->arity == Arity::several;
  return takes_rest ? from_first : from_first.first(1);
}

const Setting* missing_setting(const std::vector<Setting>& declared, std::size_t given) {
  for (std::size_t index = given; index < declared.size(); ++index) {
    if (!declared[index].default_value) {
      return &declared[index];
    }
  }
  return nullptr;
}

bool check_range(const Setting& setting, const SettingValue& value, std::string_view owner, const Span& span,
                 Report& report) {
  if (!find_outside(setting.range, value)) {
    return true;
  }
  Message& message = report.add(span, diag::SettingRange, value.to_text(), std::string(setting.name),
                                std::string(owner), rule_of(setting.range));
  if (const std::optional<std::string> likely = likely_value(setting, value)) {
    message.help(fmt::format("did you mean {}?", *likely), {span, *likely});
  }
  return false;
}

bool check_rule_ranges(const Application& application) {
  bool all_inside = true;
  for (std::size_t index = 0; index < application.layer->settings.size(); ++index) {
    const Setting& declared = application.layer->settings[index];
    const BoundSetting& bound = application.settings[index];
    const bool is_schedule =
        declared.kind == SettingKind::rate && std::holds_alternative<SettingList>(bound.value.value);
    if (!is_schedule && find_outside(declared.range, bound.value)) {
      Message& message = application.report->add(
          bound.span, diag::OptimizerSetting, std::string(application.layer->name),
          fmt::format("has `{}` {}, which must be {}", declared.name, bound.value.to_text(), rule_of(declared.range)));
      if (const std::optional<std::string> likely = likely_value(declared, bound.value)) {
        message.help(fmt::format("did you mean {}?", *likely), {bound.span, *likely});
      }
      all_inside = false;
    }
  }
  return all_inside;
}

bool check_ranges(const Application& application) {
  const Layer& layer = *application.layer;
  bool all_inside = true;
  for (std::size_t index = 0; index < layer.settings.size(); ++index) {
    const BoundSetting& bound = application.settings[index];
    all_inside =
        check_range(layer.settings[index], bound.value, layer.name, bound.span, *application.report) && all_inside;
  }
  for (const NamedSetting& named : application.named) {
    Setting declared = *layer.any_name;
    declared.name = named.name;
    all_inside =
        check_range(declared, named.bound.value, layer.name, named.bound.span, *application.report) && all_inside;
  }
  return all_inside;
}

}  // namespace kdlc::catalogue
