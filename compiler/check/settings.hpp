// Values given for the settings of layers: kinds and ranges.
#pragma once

#include <optional>

#include "check/elaboration.hpp"

namespace kdlc::check {

/// Whose setting it is, for messages.
struct SettingSite {
  std::string owner;                         // `conv2d`
  Span span;                                 // of the argument
  const syntax::Expr* expression = nullptr;  // null for defaults
};

/// What the place of a setting takes when its expression is evaluated.
Expectation expectation_of(const catalogue::Setting& setting);
/// The value as the setting's kind; nullopt after K304, K307 or K342.
std::optional<catalogue::SettingValue> convert_setting(Body& body, const catalogue::Setting& setting,
                                                       const Value& value, const SettingSite& site);
/// A whole number; K304 for a fraction and K307 for anything else, naming `setting` of the site's owner.
std::optional<std::int64_t> convert_whole(Body& body, std::string_view setting, const Value& value,
                                          const SettingSite& site, std::string_view expected);
/// K307.
Message* report_setting_kind(Body& body, std::string_view setting, const Value& value, const SettingSite& site,
                             std::string_view expected);

}  // namespace kdlc::check
