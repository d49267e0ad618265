// Binds the arguments of a catalogue layer to its inputs and settings.
#include "check/arguments.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "check/argument_mistakes.hpp"
#include "check/literals.hpp"
#include "check/loose_values.hpp"
#include "check/settings.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::Arity;
using catalogue::Layer;
using catalogue::Setting;

/// What has been given so far for one layer.
struct Binder {
  Body& body;
  const Layer& layer;
  const ApplicationSite& site;
  std::vector<std::vector<Operand>> inputs;      // per InputSpec
  std::vector<std::optional<Span>> input_given;  // per InputSpec: where, though its value may be unknown
  std::vector<std::optional<catalogue::BoundSetting>> settings;  // per Setting
  std::vector<std::optional<Span>> setting_given;                // per Setting
  std::vector<catalogue::NamedSetting> named = {};               // by Layer::any_name
  std::size_t next_input = 0;
  std::size_t next_setting = 0;
  bool has_unknown_function = false;  // an activation that is not known: reported already
  bool is_quiet = false;              // something was wrong or unknown: reported already
};

/// Numbers and lists may stand for tensors where several inputs meet: `max(x, 0)`, `take(x, [3, 0])`.
bool takes_numbers(const Layer& layer) {
  return layer.inputs.size() > 1 || (!layer.inputs.empty() && layer.inputs.front().arity == Arity::variadic);
}

/// Puts `operand` to an input; K305 when it is no tensor.
void give_input(Binder& binder, std::size_t input, const Operand& operand) {
  if (!binder.input_given[input]) {
    binder.input_given[input] = operand.span;
  }
  if (operand.value.is_unknown()) {
    binder.is_quiet = true;
    return;
  }
  if (const auto* tuple = operand.value.as<Tuple>()) {
    for (const Value& item : tuple->items) {
      give_input(binder, input, {item, operand.span, operand.text});
    }
    return;
  }
  const bool is_literal = as_number(operand.value) || operand.value.as<List>() != nullptr;
  const bool is_list_of_test = binder.body.elaboration.test != nullptr && operand.value.as<List>() != nullptr;
  if (operand.value.is_tensor() || (is_literal && takes_numbers(binder.layer)) || is_list_of_test) {
    binder.inputs[input].push_back(operand);
    return;
  }
  report_tensor_needed(binder.body, binder.site, operand, {binder.layer.name, binder.layer.inputs[input].name});
  binder.is_quiet = true;
}

/// Where a text starts in the source, when it stands there between quotes as it is.
std::optional<std::uint32_t> find_text_begin(const syntax::Expr* expression) {
  const auto* literal = expression == nullptr ? nullptr : std::get_if<syntax::StringLiteral>(&expression->node);
  constexpr std::size_t kQuotes = 2;
  if (literal == nullptr || expression->span.end - expression->span.begin != literal->value.size() + kQuotes) {
    return std::nullopt;  // with an escape, places in the text and in the source differ
  }
  return expression->span.begin + 1;
}

void give_setting(Binder& binder, std::size_t index, const Value& value, const Span& span,
                  const syntax::Expr* expression) {
  const Setting& setting = binder.layer.settings[index];
  binder.setting_given[index] = span;
  if (value.is_unknown() && setting.kind == catalogue::SettingKind::function && setting.default_value) {
    binder.has_unknown_function = true;
    return;
  }
  const SettingSite site{std::string(binder.layer.name), span, expression};
  std::optional<catalogue::SettingValue> converted = convert_setting(binder.body, setting, value, site);
  if (!converted) {
    binder.is_quiet = true;
    return;
  }
  binder.settings[index] = catalogue::BoundSetting{std::move(*converted), span, true, find_text_begin(expression)};
}

Operand evaluate_item(Binder& binder, const Item& item, const Expectation& expectation) {
  return item.operand ? *item.operand : evaluate_operand(binder.body, *item.expression, expectation);
}

Expectation next_expectation(const Binder& binder) {
  return binder.next_setting < binder.layer.settings.size() ? expectation_of(binder.layer.settings[binder.next_setting])
                                                            : Expectation{};
}

void report_too_many(Binder& binder, const Item& item, std::size_t given) {
  Message& message = binder.body.elaboration.pending.add(
      item.span, diag::TooManyArguments, std::string(binder.layer.name), static_cast<std::uint64_t>(given),
      static_cast<std::uint64_t>(binder.layer.inputs.size() + binder.layer.settings.size()));
  message.at_caret("one too many");
  if (binder.site.is_stage) {
    message.note("the value before `->` is the first argument");
  }
  binder.is_quiet = true;
}

/// `reshape(x, 1, 1, C)`: from here on every positional argument is an item of one list.
void collect_rest(Binder& binder, const std::vector<Item>& items, std::size_t first, Operand first_operand) {
  const Setting& setting = binder.layer.settings[binder.next_setting];
  Span span = items[first].span;
  List list;
  const bool is_one_list = first + 1 == items.size() && first_operand.value.as<List>() != nullptr;
  for (std::size_t index = first; index < items.size(); ++index) {
    Operand operand =
        index == first ? std::move(first_operand) : evaluate_item(binder, items[index], expectation_of(setting));
    binder.is_quiet = binder.is_quiet || operand.value.is_unknown();
    list.items.push_back(std::move(operand.value));
    span = join(span, items[index].span);
  }
  const Value value = is_one_list ? list.items.front() : Value{std::move(list)};
  if (!binder.is_quiet) {
    give_setting(binder, binder.next_setting, value, span, nullptr);
  } else {
    binder.setting_given[binder.next_setting] = span;
  }
  ++binder.next_setting;
}

bool is_text_next(const Binder& binder) {
  return binder.next_setting < binder.layer.settings.size() &&
         binder.layer.settings[binder.next_setting].kind == catalogue::SettingKind::text;
}

/// Finds the place of one positional argument; true when those that follow need no place of their own.
bool give_positional(Binder& binder, const std::vector<Item>& items, std::size_t index) {
  const Item& item = items[index];
  std::optional<Operand> operand = item.operand;
  if (is_text_next(binder)) {
    // `einsum("n k, k s -> n s", x, table)`: a text is no tensor, so it may stand before them.
    operand = operand ? operand : evaluate_item(binder, item, {});
    if (const auto* text = operand->value.as<Text>(); text != nullptr && !text->is_word) {
      give_setting(binder, binder.next_setting, operand->value, item.span, item.expression);
      ++binder.next_setting;
      return false;
    }
  }
  while (binder.next_input < binder.layer.inputs.size()) {
    const Arity arity = binder.layer.inputs[binder.next_input].arity;
    if (arity == Arity::several) {
      binder.next_input = binder.layer.inputs.size();  // by name only
      break;
    }
    if (arity == Arity::optional) {
      operand = operand ? operand : evaluate_item(binder, item, next_expectation(binder));
      if (!operand->value.is_tensor()) {
        binder.next_input = binder.layer.inputs.size();
        break;
      }
    }
    give_input(binder, binder.next_input, operand ? *operand : evaluate_item(binder, item, {}));
    binder.next_input += arity == Arity::variadic ? 0 : 1;
    return false;
  }
  if (binder.next_setting >= binder.layer.settings.size()) {
    report_too_many(binder, item, items.size());
    return true;
  }
  operand = operand ? operand : evaluate_item(binder, item, next_expectation(binder));
  if (binder.layer.settings[binder.next_setting].collects) {
    collect_rest(binder, items, index, std::move(*operand));
    return true;
  }
  if (item.is_head && operand->value.is_tensor()) {
    report_surplus_tensor(binder.body, binder.layer, binder.site, items, index,
                          binder.layer.settings[binder.next_setting]);
    binder.is_quiet = true;
    return true;
  }
  give_setting(binder, binder.next_setting, operand->value, item.span, item.expression);
  const bool fits = binder.settings[binder.next_setting].has_value() || binder.has_unknown_function;
  ++binder.next_setting;
  return !fits;  // one out of place displaces all that follow: one message
}

void report_twice(Binder& binder, const syntax::Argument& argument, const Span& first) {
  binder.body.elaboration.pending
      .add(argument.span, diag::UnknownSetting, argument.name->text, std::string(binder.layer.name), "is given twice")
      .label(first, "first given here")
      .help("delete one of them");
  binder.is_quiet = true;
}

/// `rearrange("n (h w) c -> n h w c", x, h: 8)`: the names are the user's own, also where one is that of an input.
void give_any_name(Binder& binder, const syntax::Argument& argument) {
  const Setting& setting = *binder.layer.any_name;
  const Value value = evaluate(binder.body, *argument.value, expectation_of(setting));
  const auto first = std::ranges::find(binder.named, argument.name->text, &catalogue::NamedSetting::name);
  if (first != binder.named.end()) {
    report_twice(binder, argument, first->name_span);
    return;
  }
  Setting named = setting;
  named.name = argument.name->text;
  const SettingSite site{std::string(binder.layer.name), argument.value->span, argument.value.get()};
  std::optional<catalogue::SettingValue> converted = convert_setting(binder.body, named, value, site);
  if (!converted) {
    binder.is_quiet = true;
    return;
  }
  binder.named.push_back(
      {argument.name->text, argument.name->span, {std::move(*converted), argument.value->span, true}});
}

void give_named(Binder& binder, const syntax::Argument& argument) {
  const auto setting = std::ranges::find(binder.layer.settings, argument.name->text, &Setting::name);
  if (setting != binder.layer.settings.end()) {
    const auto index = static_cast<std::size_t>(setting - binder.layer.settings.begin());
    const Value value = evaluate(binder.body, *argument.value, expectation_of(*setting));
    if (binder.setting_given[index]) {
      report_twice(binder, argument, *binder.setting_given[index]);
      return;
    }
    give_setting(binder, index, value, argument.value->span, argument.value.get());
    return;
  }
  if (binder.layer.any_name) {
    give_any_name(binder, argument);
    return;
  }
  const auto input = std::ranges::find(binder.layer.inputs, argument.name->text, &catalogue::InputSpec::name);
  if (input != binder.layer.inputs.end()) {
    const auto index = static_cast<std::size_t>(input - binder.layer.inputs.begin());
    const Operand operand = evaluate_operand(binder.body, *argument.value);
    if (binder.input_given[index]) {
      report_twice(binder, argument, *binder.input_given[index]);
      return;
    }
    give_input(binder, index, operand);
    return;
  }
  report_unknown_setting(binder.body, binder.layer, argument);
  binder.is_quiet = true;
}

/// `x -> attention(2, 8)`: the settings have taken the places of tensors; K305 then, where a setting seems to be
/// missing.
bool has_number_for_tensor(Binder& binder) {
  for (std::size_t input = 1; input < binder.inputs.size(); ++input) {
    for (const Operand& operand : binder.inputs[input]) {
      const auto* head = binder.inputs[0].empty() ? nullptr : &binder.inputs[0].front();
      if (!operand.value.is_tensor() && head != nullptr) {
        Message& message = binder.body.elaboration.pending.add(operand.span, diag::TensorNeeded,
                                                               describe(operand.value), std::string(binder.layer.name),
                                                               std::string(binder.layer.inputs[input].name));
        offer_repeated_head(binder.layer, *head, message);
        binder.is_quiet = true;
        return true;
      }
    }
  }
  return false;
}

/// A missing setting is not worth a word when a name was not understood: it is probably that one.
void check_required(Binder& binder) {
  for (std::size_t input = 0; input < binder.layer.inputs.size(); ++input) {
    const catalogue::InputSpec& spec = binder.layer.inputs[input];
    if (!binder.input_given[input] && (spec.arity == Arity::one || spec.arity == Arity::variadic) && !binder.is_quiet) {
      Message& message = binder.body.elaboration.pending.add(binder.site.span, diag::TensorNeeded, "nothing",
                                                             std::string(binder.layer.name), std::string(spec.name));
      offer_loose_value(binder.body, binder.site, message);
      if (binder.body.elaboration.train != nullptr && spec.name == "target" && message.helps.empty()) {
        message.help(
            "it compares with what was to be found: declare that in `train`, `target y: f32[N, 1]`, and give "
            "it behind the output");
      }
      binder.is_quiet = true;
    }
  }
  for (std::size_t index = 0; index < binder.layer.settings.size(); ++index) {
    const Setting& setting = binder.layer.settings[index];
    if (!binder.setting_given[index] && !setting.default_value && !binder.is_quiet && !has_number_for_tensor(binder)) {
      binder.body.elaboration.pending
          .add(binder.site.span, diag::MissingSetting, std::string(binder.layer.name), std::string(setting.name))
          .at_caret(fmt::format("`{}` is missing", setting.name))
          .help(fmt::format("give it as `{}: …`: {}", setting.name, setting.doc));
      binder.is_quiet = true;
    }
  }
}

/// A number out of its range is a mistake of its own, whatever else of the call is not understood.
void check_given_ranges(Binder& binder) {
  for (std::size_t index = 0; index < binder.layer.settings.size(); ++index) {
    if (const std::optional<catalogue::BoundSetting>& given = binder.settings[index]) {
      catalogue::check_range(binder.layer.settings[index], given->value, binder.layer.name, given->span,
                             binder.body.elaboration.pending);
    }
  }
}

BoundLayer finish(Binder& binder) {
  BoundLayer bound;
  catalogue::Application& application = bound.application;
  application.layer = &binder.layer;
  application.span = binder.site.span;
  application.text = binder.site.as != nullptr ? binder.site.as->text : std::string(binder.layer.name);
  application.report = &binder.body.elaboration.pending;
  application.whole_batch = binder.body.elaboration.builder->graph().whole_batch;
  for (const auto& operands : binder.inputs) {
    application.input_index.push_back(operands.empty() ? std::nullopt : std::optional(application.inputs.size()));
    for (const Operand& operand : operands) {
      const Tensor& tensor = *operand.value.as<Tensor>();
      application.inputs.push_back({tensor.type, operand.span, operand.text});
      bound.nodes.push_back(tensor.node);
    }
  }
  for (std::size_t index = 0; index < binder.layer.settings.size(); ++index) {
    const std::optional<catalogue::BoundSetting>& given = binder.settings[index];
    application.settings.push_back(
        given ? *given : catalogue::BoundSetting{*binder.layer.settings[index].default_value, binder.site.span, false});
  }
  application.named = std::move(binder.named);
  bound.has_unknown_function = binder.has_unknown_function;
  return bound;
}

}  // namespace

Arguments collect_arguments(std::vector<Operand> heads, const std::vector<syntax::Argument>* arguments) {
  Arguments collected;
  for (Operand& head : heads) {
    const Span span = head.span;
    collected.positional.push_back({std::move(head), nullptr, span, true});
  }
  if (arguments != nullptr) {
    for (const syntax::Argument& argument : *arguments) {
      if (argument.name) {
        collected.named.push_back(&argument);
      } else {
        collected.positional.push_back({std::nullopt, argument.value.get(), argument.span, false});
      }
    }
  }
  return collected;
}

std::optional<BoundLayer> bind_layer(Body& body, const Layer& layer, const ApplicationSite& site,
                                     const Arguments& arguments) {
  Binder binder{body, layer, site, {}, {}, {}, {}};
  binder.inputs.resize(layer.inputs.size());
  binder.input_given.resize(layer.inputs.size());
  binder.settings.resize(layer.settings.size());
  binder.setting_given.resize(layer.settings.size());
  for (std::size_t index = 0; index < arguments.positional.size(); ++index) {
    if (give_positional(binder, arguments.positional, index)) {
      break;
    }
  }
  for (const syntax::Argument* argument : arguments.named) {
    give_named(binder, *argument);
  }
  check_required(binder);
  if (binder.is_quiet) {
    check_given_ranges(binder);
    return std::nullopt;
  }
  if (!convert_literals(binder.body, binder.layer, binder.site, binder.inputs)) {
    return std::nullopt;
  }
  return finish(binder);
}

}  // namespace kdlc::check
