// Values given for the settings of layers: kinds. Ranges are the catalogue's (check_ranges).
#include "check/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::check {

namespace {

using catalogue::Setting;
using catalogue::SettingKind;
using catalogue::SettingList;
using catalogue::SettingValue;

constexpr std::array<std::string_view, 3> kPaddingWords = {"same", "valid", "causal"};

std::span<const std::string_view> words_of(const Setting& setting) {
  if (setting.kind == SettingKind::padding && setting.words.empty()) {
    return kPaddingWords;
  }
  return setting.words;
}

std::string list_words(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t index = 0; index < words.size(); ++index) {
    text += index == 0 ? "" : index + 1 == words.size() ? " or " : ", ";
    text += fmt::format("`{}`", words[index]);
  }
  return text;
}

std::string_view expected_text(SettingKind kind) {
  switch (kind) {
    case SettingKind::integer:
      return "a whole number";
    case SettingKind::number:
      return "a number";
    case SettingKind::boolean:
      return "`true` or `false`";
    case SettingKind::text:
      return "a text in quotes";
    case SettingKind::word:
      return "a word";
    case SettingKind::function:
      return "a function, such as `relu`";
    case SettingKind::size:
      return "a whole number or a dim";
    case SettingKind::sizes:
      return "a whole number, or a list with one for each axis";
    case SettingKind::padding:
      return "`same`, `valid`, a whole number or a list";
    case SettingKind::initializer:
      return "an initializer, such as `zeros()` or `normal(0.02)`";
    case SettingKind::axes:
      return "an axis or a list of axes";
    case SettingKind::list:
      return "a list of numbers";
    case SettingKind::rate:
      return "a number or a schedule, such as `cosine_decay(0.001, steps: 1000)`";
  }
  KDLC_UNREACHABLE("all kinds are listed");
}

std::optional<SettingValue> convert_integer(Body& body, const Setting& setting, const Value& value,
                                            const SettingSite& site) {
  const std::optional<std::int64_t> whole = convert_whole(body, setting.name, value, site, expected_text(setting.kind));
  return whole ? std::optional(SettingValue{*whole}) : std::nullopt;
}

/// A list of whole numbers or (padding) of such lists.
std::optional<SettingValue> convert_sizes(Body& body, const Setting& setting, const Value& value,
                                          const SettingSite& site, int levels) {
  const auto* list = value.as<List>();
  if (list == nullptr || levels == 0) {
    return convert_integer(body, setting, value, site);
  }
  SettingList items;
  for (const Value& item : list->items) {
    std::optional<SettingValue> converted = convert_sizes(body, setting, item, site, levels - 1);
    if (!converted) {
      return std::nullopt;
    }
    items.push_back(std::move(*converted));
  }
  return SettingValue{std::move(items)};
}

std::optional<SettingValue> convert_number(Body& body, const Setting& setting, const Value& value,
                                           const SettingSite& site) {
  const std::optional<double> number = as_number(value);
  if (!number) {
    report_setting_kind(body, setting.name, value, site, expected_text(setting.kind));
    return std::nullopt;
  }
  return SettingValue{*number};
}

std::optional<SettingValue> convert_list(Body& body, const Setting& setting, const Value& value,
                                         const SettingSite& site) {
  const auto* list = value.as<List>();
  if (list == nullptr) {
    report_setting_kind(body, setting.name, value, site, expected_text(setting.kind));
    return std::nullopt;
  }
  SettingList items;
  for (const Value& item : list->items) {
    std::optional<SettingValue> converted = item.as<List>() != nullptr ? convert_list(body, setting, item, site)
                                                                       : convert_number(body, setting, item, site);
    if (!converted) {
      return std::nullopt;
    }
    items.push_back(std::move(*converted));
  }
  return SettingValue{std::move(items)};
}

std::optional<SettingValue> convert_word(Body& body, const Setting& setting, const Text& text,
                                         const SettingSite& site) {
  const std::span<const std::string_view> words = words_of(setting);
  if (std::find(words.begin(), words.end(), text.text) != words.end()) {
    return SettingValue{text.text, true};
  }
  Message& message = body.elaboration.pending.add(site.span, diag::SettingWord, text.text, std::string(setting.name),
                                                  site.owner, list_words(words));
  const std::vector<std::string> candidates(words.begin(), words.end());
  if (const std::optional<std::string> nearest = nearest_name(text.text, candidates)) {
    const Span place = site.expression != nullptr ? site.expression->span : site.span;
    message.help(fmt::format("did you mean `{}`?", *nearest), {place, *nearest});
  }
  return std::nullopt;
}

std::optional<SettingValue> convert_function(Body& body, const Setting& setting, const Value& value,
                                             const SettingSite& site) {
  if (const auto* function = value.as<PreludeFunction>(); function != nullptr && !function->is_bound) {
    const catalogue::Activation& activation = *function->activation;
    if (const Setting* missing = catalogue::missing_setting(activation.settings, 0)) {
      body.elaboration.pending
          .add(site.span, diag::MissingSetting, std::string(activation.name), std::string(missing->name))
          .at_caret(fmt::format("`{}` is missing", missing->name))
          .help(fmt::format("give it behind the name, `{}({}: …)`: {}", activation.name, missing->name, missing->doc));
      return std::nullopt;
    }
  }
  if (std::optional<catalogue::FunctionValue> function = as_function(body, value, site.span)) {
    return SettingValue{std::move(*function)};
  }
  Message* message = report_setting_kind(body, setting.name, value, site, expected_text(setting.kind));
  const auto* text = value.as<Text>();
  if (message != nullptr && text != nullptr && catalogue::find_activation(text->text) != nullptr) {
    message->help("a function is named without quotes", {site.span, text->text});
  } else if (message != nullptr && as_number(value) && setting.name == "activation") {
    const bool has_kernel = site.owner.find("conv") != std::string::npos;
    message->note(fmt::format("a layer sees by itself how wide its input is{}",
                              has_kernel ? ", and a kernel of several sizes is one list: `[3, 5]`" : ""));
  }
  return std::nullopt;
}

/// An initializer travels as its name and its number: [normal, 0.02].
std::optional<SettingValue> convert_initializer(Body& body, const Setting& setting, const Value& value,
                                                const SettingSite& site) {
  if (const auto* initializer = value.as<InitializerValue>()) {
    SettingList items;
    items.push_back(SettingValue{initializer->initializer.kind, true});
    if (!catalogue::find_initializer(initializer->initializer.kind)->parameter.empty()) {
      items.push_back(SettingValue{initializer->initializer.value});
    }
    return SettingValue{std::move(items)};
  }
  report_setting_kind(body, setting.name, value, site, expected_text(setting.kind));
  return std::nullopt;
}

/// `reshape(x, 1, 1, C)`: each argument on its own.
std::optional<SettingValue> convert_items(Body& body, const Setting& setting, const List& list,
                                          const SettingSite& site) {
  SettingList items;
  for (const Value& item : list.items) {
    const auto* dim = item.as<Dim>();
    std::optional<SettingValue> converted = dim != nullptr && setting.kind == SettingKind::size
                                                ? std::optional(SettingValue{*dim})
                                                : convert_integer(body, setting, item, site);
    if (!converted) {
      return std::nullopt;
    }
    items.push_back(std::move(*converted));
  }
  return SettingValue{std::move(items)};
}

}  // namespace

Expectation expectation_of(const Setting& setting) {
  const std::span<const std::string_view> words = words_of(setting);
  return {words, setting.kind == SettingKind::function, setting.kind == SettingKind::initializer, !words.empty(),
          setting.kind == SettingKind::rate};
}

namespace {

bool is_number(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  return !text.empty() && text.front() <= '9' && std::from_chars(text.data(), end, number).ptr == end;
}

}  // namespace

Message* report_setting_kind(Body& body, std::string_view setting, const Value& value, const SettingSite& site,
                             std::string_view expected) {
  if (value.is_unknown()) {
    return nullptr;
  }
  Message& message =
      body.elaboration.pending
          .add(site.span, diag::SettingNeeded, describe(value), std::string(setting), site.owner, std::string(expected))
          .at_caret(fmt::format("`{}` takes {}", setting, expected));
  if (const auto* text = value.as<Text>(); text != nullptr && is_number(text->text)) {
    message.help("a number is written without quotes", {site.span, text->text});
  }
  return &message;
}

/// 2^53: whole numbers below are exact.
constexpr double kLargestExact = 9007199254740992.0;

std::optional<std::int64_t> convert_whole(Body& body, std::string_view setting, const Value& value,
                                          const SettingSite& site, std::string_view expected) {
  if (const auto* whole = value.as<std::int64_t>()) {
    return *whole;
  }
  if (const auto* number = value.as<double>()) {
    const bool is_whole = *number == std::floor(*number) && std::abs(*number) < kLargestExact;
    Message& message = body.elaboration.pending.add(
        site.span, diag::NotWhole, is_whole ? fmt::format("the fraction {:.1f}", *number) : fmt::format("{}", *number),
        std::string(setting), site.owner);
    message.at_caret(fmt::format("is {}", *number));
    if (site.expression != nullptr && is_whole && std::holds_alternative<syntax::NameRef>(site.expression->node)) {
      message.help("declare it as `int`");
    } else if (site.expression != nullptr && is_whole) {
      const auto whole = fmt::format("{:.0f}", *number);
      message.help(fmt::format("write `{}`", whole), {site.expression->span, whole});
    } else if (site.expression != nullptr) {
      const std::string text(body.elaboration.sources.text(site.expression->span));
      message.note("`/` on settings is exact")
          .help(fmt::format("did you mean `floor({0})`, or `ceil({0})`?", text),
                {site.expression->span, fmt::format("floor({})", text)});
    }
    return std::nullopt;
  }
  report_setting_kind(body, setting, value, site, expected);
  return std::nullopt;
}

std::optional<SettingValue> convert_setting(Body& body, const Setting& setting, const Value& value,
                                            const SettingSite& site) {
  if (value.is_unknown()) {
    return std::nullopt;
  }
  if (const auto* list = value.as<List>(); list != nullptr && setting.collects) {
    return convert_items(body, setting, *list, site);
  }
  const auto* text = value.as<Text>();
  if (text != nullptr && !words_of(setting).empty() && setting.kind != SettingKind::text) {
    return convert_word(body, setting, *text, site);
  }
  switch (setting.kind) {
    case SettingKind::integer:
      return convert_integer(body, setting, value, site);
    case SettingKind::size:
      if (const auto* dim = value.as<Dim>()) {
        return SettingValue{*dim};
      }
      return convert_integer(body, setting, value, site);
    case SettingKind::number:
      return convert_number(body, setting, value, site);
    case SettingKind::boolean:
      if (const bool* flag = value.as<bool>()) {
        return SettingValue{*flag};
      }
      break;
    case SettingKind::text:
      if (text != nullptr) {
        return SettingValue{text->text, false};
      }
      break;
    case SettingKind::word:
      break;
    case SettingKind::function:
      return convert_function(body, setting, value, site);
    case SettingKind::sizes:
    case SettingKind::axes:
      return convert_sizes(body, setting, value, site, 1);
    case SettingKind::padding:
      return convert_sizes(body, setting, value, site, 2);
    case SettingKind::initializer:
      return convert_initializer(body, setting, value, site);
    case SettingKind::list:
      return convert_list(body, setting, value, site);
    case SettingKind::rate:
      if (const auto* schedule = value.as<ScheduleValue>()) {
        return schedule->value;
      }
      return convert_number(body, setting, value, site);
  }
  const std::string expected =
      setting.kind == SettingKind::word ? list_words(words_of(setting)) : std::string(expected_text(setting.kind));
  report_setting_kind(body, setting.name, value, site, expected);
  return std::nullopt;
}

}  // namespace kdlc::check
