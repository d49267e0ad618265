// Words for declaring layers: values, ranges, and the settings that many layers share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

// ---- values ------------------------------------------------------------------------------------------------------

SettingValue integer_value(std::int64_t value);
SettingValue number_value(double value);
SettingValue boolean_value(bool value);
SettingValue word_value(std::string_view word);
/// The default of a setting that may be left out.
SettingValue no_value();

// ---- ranges ------------------------------------------------------------------------------------------------------

/// 1 to 2^31 - 1: products of two sizes stay within 64 bits.
Range size_range();
/// 0 to 2^31 - 1.
Range count_range();
Range not_negative();
Range above_zero();
/// From 0 to below 1.
Range rate_range();

// ---- settings ----------------------------------------------------------------------------------------------------

Setting activation_setting();
Setting bias_setting();
Setting stride_setting();
Setting padding_setting(std::vector<std::string_view> words);
Setting dilation_setting();
Setting axis_setting(std::int64_t default_axis);
Setting eps_setting(double default_value);
Setting keep_setting();
Setting center_setting();
Setting scale_setting();
enum class WeightSettings : std::uint8_t { kernel_and_bias, normalisation };
/// `settings` followed by what every layer with weights takes: init, bias_init, l1, l2, trainable, dtype.
std::vector<Setting> with_weight_settings(std::vector<Setting> settings, WeightSettings which);
/// What Keras and PyTorch users write for the settings above.
std::vector<ForeignName> with_weight_foreign_names(std::vector<ForeignName> names);

// ---- weights -----------------------------------------------------------------------------------------------------

/// The initializer that a setting names, or `otherwise` when it has none.
graph::Initializer initializer_of(const Application& application, std::string_view setting, std::string_view otherwise);
/// The weights `kernel` and, unless `bias` is false, `bias`.
std::vector<WeightSpec> kernel_and_bias(const Application& application, Shape kernel, std::int64_t bias_size);

}  // namespace kdlc::catalogue
