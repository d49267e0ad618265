// Random changes of images in training: what the layers that make them share.
#include "catalogue/augmentation.hpp"

#include "catalogue/axes.hpp"

namespace kdlc::catalogue {

std::optional<Inferred> infer_augmentation(const Application& application) {
  constexpr std::string_view kOwnAxes[] = {"height", "width", "channels"};
  const bool holds_numbers = require_numbers(application);
  if (!require_axes(application, kOwnAxes) || !holds_numbers) {
    return std::nullopt;
  }
  return Inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
}

Setting factor_setting(std::string_view name, std::optional<double> default_value, std::string_view doc) {
  return {.name = name,
          .kind = SettingKind::number,
          .default_value = default_value ? std::optional(number_value(*default_value)) : std::nullopt,
          .range = not_negative(),
          .doc = doc};
}

}  // namespace kdlc::catalogue
