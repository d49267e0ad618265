// Words for declaring layers: values, ranges, and the settings that many layers share.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

constexpr double kLargestSize = 2147483647;

}  // namespace

SettingValue integer_value(std::int64_t value) {
  return {.value = value};
}
SettingValue number_value(double value) {
  return {.value = value};
}
SettingValue boolean_value(bool value) {
  return {.value = value};
}
SettingValue word_value(std::string_view word) {
  return {.value = std::string(word), .is_word = true};
}
SettingValue no_value() {
  return {};
}

Range size_range() {
  return {.minimum = 1, .maximum = kLargestSize};
}
Range count_range() {
  return {.minimum = 0, .maximum = kLargestSize};
}
Range not_negative() {
  return {.minimum = 0, .maximum = std::nullopt};
}
Range above_zero() {
  return {.minimum = 0, .maximum = std::nullopt, .minimum_excluded = true};
}
Range rate_range() {
  return {.minimum = 0, .maximum = 1, .maximum_excluded = true};
}

Setting activation_setting() {
  return {
      .name = "activation", .kind = SettingKind::function, .default_value = no_value(), .doc = "applied to the result"};
}
Setting bias_setting() {
  return {.name = "bias",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(true),
          .doc = "whether a bias is added"};
}
Setting stride_setting() {
  return {.name = "stride",
          .kind = SettingKind::sizes,
          .default_value = integer_value(1),
          .range = size_range(),
          .doc = "how far the window moves from one result to the next"};
}
Setting padding_setting(std::vector<std::string_view> words) {
  return {
      .name = "padding",
      .kind = SettingKind::padding,
      .default_value = word_value("valid"),
      .range = count_range(),
      .words = std::move(words),
      .doc = "the border around the input: none (`valid`), enough to keep the size at stride 1 (`same`), or in cells"};
}
Setting dilation_setting() {
  return {.name = "dilation",
          .kind = SettingKind::sizes,
          .default_value = integer_value(1),
          .range = size_range(),
          .doc = "the distance between neighbours of the window"};
}
Setting axis_setting(std::int64_t default_axis) {
  return {.name = "axis",
          .kind = SettingKind::integer,
          .default_value = integer_value(default_axis),
          .doc = "which axis, N being axis 0; negative axes count from the end"};
}
Setting eps_setting(double default_value) {
  return {.name = "eps",
          .kind = SettingKind::number,
          .default_value = number_value(default_value),
          .range = not_negative(),
          .doc = "added before a root is taken, so that nothing is divided by zero"};
}

Setting keep_setting() {
  return {.name = "keep",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(false),
          .doc = "whether the reduced axes stay, with size 1"};
}
Setting center_setting() {
  return {.name = "center",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(true),
          .doc = "whether a learned offset, beta, is added"};
}
Setting scale_setting() {
  return {.name = "scale",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(true),
          .doc = "whether the result is multiplied by a learned factor, gamma"};
}

std::vector<Setting> with_weight_settings(std::vector<Setting> settings, WeightSettings which) {
  if (which == WeightSettings::kernel_and_bias) {
    settings.push_back({.name = "init",
                        .kind = SettingKind::initializer,
                        .default_value = word_value("glorot_uniform"),
                        .doc = "how a fresh kernel is filled"});
    settings.push_back({.name = "bias_init",
                        .kind = SettingKind::initializer,
                        .default_value = word_value("zeros"),
                        .doc = "how a fresh bias is filled"});
  }
  settings.push_back({.name = "l1",
                      .kind = SettingKind::number,
                      .default_value = number_value(0),
                      .range = not_negative(),
                      .doc = "the weight of the sum of magnitudes in training"});
  settings.push_back({.name = "l2",
                      .kind = SettingKind::number,
                      .default_value = number_value(0),
                      .range = not_negative(),
                      .doc = "the weight of the sum of squares in training"});
  settings.push_back({.name = "trainable",
                      .kind = SettingKind::boolean,
                      .default_value = boolean_value(true),
                      .doc = "whether training changes the weights"});
  settings.push_back({.name = "dtype",
                      .kind = SettingKind::word,
                      .default_value = no_value(),
                      .words = {"f16", "bf16", "f32", "f64"},
                      .doc = "the type of the weights and of the result, which the input must have"});
  return settings;
}

std::vector<ForeignName> with_weight_foreign_names(std::vector<ForeignName> names) {
  for (const ForeignName name : {ForeignName{"use_bias", "bias"},
                                 {"kernel_initializer", "init"},
                                 {"bias_initializer", "bias_init"},
                                 {"strides", "stride"},
                                 {"kernel_size", "kernel"},
                                 {"dilation_rate", "dilation"},
                                 {"epsilon", "eps"},
                                 {"act", "activation"}}) {
    names.push_back(name);
  }
  return names;
}

graph::Initializer initializer_of(const Application& application, std::string_view setting,
                                  std::string_view otherwise) {
  const SettingValue& bound = application.setting(setting).value;
  std::string name(otherwise);
  std::optional<double> number;
  if (const auto* word = std::get_if<std::string>(&bound.value)) {
    name = *word;
  } else if (const auto* list = std::get_if<SettingList>(&bound.value)) {
    KDLC_ASSERT(!list->empty() && std::holds_alternative<std::string>((*list)[0].value), "an initializer has a name");
    name = std::get<std::string>((*list)[0].value);
    if (list->size() > 1) {
      const SettingValue& argument = (*list)[1];
      const auto* integer = std::get_if<std::int64_t>(&argument.value);
      const auto* floating = std::get_if<double>(&argument.value);
      KDLC_ASSERT(integer != nullptr || floating != nullptr, "an initializer takes a number");
      number = integer != nullptr ? static_cast<double>(*integer) : *floating;
    }
  }
  const InitializerKind* kind = find_initializer(name);
  KDLC_ASSERT(kind != nullptr, "the name of an initializer is checked when its setting is bound");
  return {.kind = std::string(kind->name), .value = number.value_or(kind->default_value)};
}

std::vector<WeightSpec> kernel_and_bias(const Application& application, Shape kernel, std::int64_t bias_size) {
  const DType dtype = application.type().dtype;
  const bool trainable = application.boolean("trainable");
  std::vector<WeightSpec> weights;
  weights.push_back({.name = "kernel",
                     .type = {.dtype = dtype, .shape = std::move(kernel)},
                     .initializer = initializer_of(application, "init", "glorot_uniform"),
                     .trainable = trainable});
  if (application.boolean("bias")) {
    weights.push_back({.name = "bias",
                       .type = {.dtype = dtype, .shape = {{bias_size}}},
                       .initializer = initializer_of(application, "bias_init", "zeros"),
                       .trainable = trainable});
  }
  return weights;
}

}  // namespace kdlc::catalogue
