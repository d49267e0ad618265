// Finds losses, metrics, optimizers and schedules by name, and the layers that take their arguments.
#include <algorithm>
#include <map>

#include "catalogue/declare.hpp"
#include "catalogue/registry_entries.hpp"
#include "catalogue/training.hpp"

namespace kdlc::catalogue {
namespace {

template <class Entry>
std::string_view name_of_entry(const Entry* entry) {
  if constexpr (requires { entry->score; }) {
    return entry->score.name;
  } else {
    return entry->rule.name;
  }
}

template <class Entry>
std::vector<const Entry*> sorted_by_name(std::vector<const Entry*> entries) {
  std::ranges::sort(entries, {}, name_of_entry<Entry>);
  return entries;
}

template <class Entry>
const Entry* find_by_name(const std::vector<const Entry*>& entries, std::string_view name) {
  for (const Entry* entry : entries) {
    if (name_of_entry(entry) == name) {
      return entry;
    }
    if constexpr (requires { entry->score; }) {
      if (std::ranges::find(entry->score.also, name) != entry->score.also.end()) {
        return entry;
      }
    }
  }
  return nullptr;
}

template <class Entry>
std::optional<std::string_view> find_foreign(const std::vector<const Entry*>& entries, std::string_view name) {
  for (const Entry* entry : entries) {
    const std::vector<std::string_view>* known = nullptr;
    if constexpr (requires { entry->score; }) {
      known = &entry->score.known_elsewhere_as;
    } else {
      known = &entry->rule.known_elsewhere_as;
    }
    if (std::ranges::find(*known, name) != known->end()) {
      return name_of_entry(entry);
    }
  }
  return std::nullopt;
}

Setting optional_number(std::string_view name, Range range, std::string_view doc) {
  return {.name = name, .kind = SettingKind::number, .default_value = no_value(), .range = range, .doc = doc};
}

/// What every optimizer takes behind its own settings.
std::vector<Setting> optimizer_settings() {
  return {
      optional_number("clip_norm", above_zero(), "the largest norm of one weight's gradient"),
      optional_number("clip_value", above_zero(), "the largest size of any number of a gradient"),
      optional_number("global_clip_norm", above_zero(), "the largest norm of all gradients together"),
      optional_number("ema", {.minimum = 0, .maximum = 1}, "the momentum of a running average of the weights"),
      {.name = "ema_every",
       .kind = SettingKind::integer,
       .default_value = no_value(),
       .range = size_range(),
       .doc = "the steps after which the average replaces the weights"},
      {.name = "accumulate",
       .kind = SettingKind::integer,
       .default_value = integer_value(1),
       .range = size_range(),
       .doc = "the steps whose gradients are averaged to one update"},
      optional_number("loss_scale", above_zero(), "the factor of the loss while gradients are computed"),
  };
}

void append(std::vector<ForeignName>& names, std::initializer_list<ForeignName> more) {
  names.insert(names.end(), more.begin(), more.end());
}

Layer call_of_score(const Score& score, std::vector<std::string_view> further_inputs) {
  Layer layer;
  layer.name = score.name;
  layer.summary = score.summary;
  layer.inputs = {{.name = "output", .doc = "what the model computed"}, {.name = "target", .doc = "what is right"}};
  for (const std::string_view input : further_inputs) {
    layer.inputs.push_back({.name = input, .arity = Arity::optional, .doc = "a factor for each sample"});
  }
  layer.settings = score.settings;
  layer.foreign_names = score.foreign_names;
  append(layer.foreign_names, {{"y_pred", "output"}, {"y_true", "target"}, {"sample_weight", "weight"}});
  layer.known_elsewhere_as = score.known_elsewhere_as;
  return layer;
}

Layer make_call(const Loss& loss) {
  Layer layer = call_of_score(loss.score, loss.contribute == nullptr ? std::vector<std::string_view>{"weight"}
                                                                     : std::vector<std::string_view>{});
  if (loss.contribute == nullptr) {
    const LabelKind labels = loss.score.rules.labels;
    if (labels == LabelKind::one_hot || labels == LabelKind::class_numbers) {
      layer.settings.push_back({.name = "class_weights",
                                .kind = SettingKind::list,
                                .default_value = no_value(),
                                .range = not_negative(),
                                .doc = "a factor for each class"});
    }
    layer.settings.push_back({.name = "reduction",
                              .kind = SettingKind::word,
                              .default_value = word_value("mean"),
                              .words = {"mean", "sum", "mean_with_sample_weight"},
                              .doc = "how the values of a data set become one number"});
  }
  return layer;
}

Layer make_call(const Metric& metric) {
  Layer layer = call_of_score(metric.score, {});
  if (!metric.of_loss.empty()) {
    const Loss* loss = find_loss(metric.of_loss);
    KDLC_ASSERT(loss != nullptr, "a metric names a loss of the catalogue");
    layer.settings = loss->score.settings;
    for (const ForeignName& name : loss->score.foreign_names) {
      layer.foreign_names.push_back(name);
    }
  }
  return layer;
}

Layer make_call(const Rule& rule) {
  Layer layer;
  layer.name = rule.name;
  layer.summary = rule.summary;
  layer.settings = rule.settings;
  layer.foreign_names = rule.foreign_names;
  layer.known_elsewhere_as = rule.known_elsewhere_as;
  return layer;
}

Layer make_call(const Optimizer& optimizer) {
  Layer layer = make_call(optimizer.rule);
  for (Setting& setting : optimizer_settings()) {
    layer.settings.push_back(std::move(setting));
  }
  append(layer.foreign_names, {{"learning_rate", "lr"},
                               {"epsilon", "eps"},
                               {"clipnorm", "clip_norm"},
                               {"clipvalue", "clip_value"},
                               {"global_clipnorm", "global_clip_norm"},
                               {"use_ema", "ema"},
                               {"ema_momentum", "ema"},
                               {"ema_overwrite_frequency", "ema_every"},
                               {"gradient_accumulation_steps", "accumulate"},
                               {"loss_scale_factor", "loss_scale"}});
  return layer;
}

Layer make_call(const Schedule& schedule) {
  Layer layer = make_call(schedule.rule);
  append(layer.foreign_names, {{"initial_learning_rate", "initial"},
                               {"decay_steps", "steps"},
                               {"decay_rate", "rate"},
                               {"end_learning_rate", "end"}});
  return layer;
}

template <class Entry>
const Layer& remembered_call(const std::vector<const Entry*>& entries, const Entry& wanted) {
  static const std::map<const Entry*, Layer> calls = [&] {
    std::map<const Entry*, Layer> made;
    for (const Entry* entry : entries) {
      made.emplace(entry, make_call(*entry));
    }
    return made;
  }();
  return calls.at(&wanted);
}

}  // namespace

const std::vector<const Loss*>& losses() {
  static const std::vector<const Loss*> sorted = sorted_by_name(listed_losses());
  return sorted;
}
const std::vector<const Metric*>& metrics() {
  static const std::vector<const Metric*> sorted = sorted_by_name(listed_metrics());
  return sorted;
}
const std::vector<const Optimizer*>& optimizers() {
  static const std::vector<const Optimizer*> sorted = sorted_by_name(listed_optimizers());
  return sorted;
}
const std::vector<const Schedule*>& schedules() {
  static const std::vector<const Schedule*> sorted = sorted_by_name(listed_schedules());
  return sorted;
}

const Loss* find_loss(std::string_view name) {
  return find_by_name(losses(), name);
}
const Metric* find_metric(std::string_view name) {
  return find_by_name(metrics(), name);
}
const Optimizer* find_optimizer(std::string_view name) {
  return find_by_name(optimizers(), name);
}
const Schedule* find_schedule(std::string_view name) {
  return find_by_name(schedules(), name);
}

std::optional<std::string_view> our_loss_of(std::string_view foreign_name) {
  return find_foreign(losses(), foreign_name);
}
std::optional<std::string_view> our_metric_of(std::string_view foreign_name) {
  return find_foreign(metrics(), foreign_name);
}
std::optional<std::string_view> our_optimizer_of(std::string_view foreign_name) {
  return find_foreign(optimizers(), foreign_name);
}
std::optional<std::string_view> our_schedule_of(std::string_view foreign_name) {
  return find_foreign(schedules(), foreign_name);
}

const Layer& call_of(const Loss& loss) {
  return remembered_call(losses(), loss);
}
const Layer& call_of(const Metric& metric) {
  return remembered_call(metrics(), metric);
}
const Layer& call_of(const Optimizer& optimizer) {
  return remembered_call(optimizers(), optimizer);
}
const Layer& call_of(const Schedule& schedule) {
  return remembered_call(schedules(), schedule);
}

const Score& score_of(const Metric& metric) {
  return metric.of_loss.empty() ? metric.score : find_loss(metric.of_loss)->score;
}

}  // namespace kdlc::catalogue
