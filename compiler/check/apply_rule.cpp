// Reads the optimizer of `train`, and schedules.
#include <algorithm>

#include <fmt/format.h>

#include "check/arguments.hpp"
#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// K506 for a schedule or a value; names that are nothing here have been reported.
void report_no_optimizer(Body& body, const syntax::Expr& expression, const syntax::NameRef* name) {
  Report& report = body.elaboration.pending;
  const std::string text = text_of(body, expression);
  if (name != nullptr && catalogue::find_schedule(name->name) != nullptr) {
    report.add(expression.span, diag::OptimizerSetting, name->name, "is a schedule, and no optimizer")
        .help("give it to one as its rate: did you mean this?", {expression.span, fmt::format("adam(lr: {})", text)});
    return;
  }
  const Value* value = name == nullptr ? nullptr : find_name(*body.scope, name->name);
  const bool is_own = value != nullptr && value->as<PreludeScore>() == nullptr;
  if (name == nullptr || is_own) {
    report.add(expression.span, diag::OptimizerSetting, text, "is no optimizer")
        .help("name one with its settings: `optimizer adam(lr: 1e-3)`");
  }
}

/// The text of an argument named so; empty when there is none.
std::string argument_text(Body& body, const syntax::Call& call, std::string_view name) {
  const auto found = std::ranges::find_if(
      call.arguments, [&](const syntax::Argument& argument) { return argument.name && argument.name->text == name; });
  return found == call.arguments.end() ? "" : text_of(body, *found->value);
}

/// What others give an optimizer and ours takes in another form, so that its name alone would not do (K309).
bool report_foreign_arguments(Body& body, const catalogue::Optimizer& optimizer, const syntax::Call& call) {
  bool has_reported = false;
  const std::vector<catalogue::Setting>& settings = optimizer.rule.settings;
  for (const syntax::Argument& argument : call.arguments) {
    const std::string name = argument.name ? argument.name->text : "";
    const bool is_own = std::ranges::find(settings, name, &catalogue::Setting::name) != settings.end();
    const auto* list = std::get_if<syntax::ListExpr>(&argument.value->node);
    const bool is_pair = name == "betas" && list != nullptr && list->items.size() == 2;
    const bool is_switch = name == "use_ema" && std::holds_alternative<syntax::BoolLiteral>(argument.value->node);
    if (is_own || (name != "decay" && !is_pair && !is_switch)) {
      continue;
    }
    has_reported = true;
    Message& message = body.elaboration.pending.add(argument.name->span, diag::UnknownSetting, name,
                                                    std::string(optimizer.rule.name), "is unknown");
    if (is_pair) {
      message.help("they have names of their own here",
                   {argument.span, fmt::format("beta_1: {}, beta_2: {}", text_of(body, *list->items[0]),
                                               text_of(body, *list->items[1]))});
    } else if (is_switch) {
      message.help("the average is made when its momentum is given: `ema: 0.99`");
    } else {
      const std::string rate = argument_text(body, call, "lr");
      message.help(fmt::format("a rate that falls is a schedule: `lr: inverse_time_decay({}, steps: 1, rate: {})`",
                               rate.empty() ? "0.01" : rate, text_of(body, *argument.value)));
    }
  }
  return has_reported;
}

}  // namespace

std::optional<Training::Optimizer> evaluate_optimizer(Body& body, const syntax::Expr& expression) {
  const auto* call = std::get_if<syntax::Call>(&expression.node);
  const syntax::Expr& callee = call == nullptr ? expression : *call->callee;
  const auto* name = std::get_if<syntax::NameRef>(&callee.node);
  const catalogue::Optimizer* optimizer = name == nullptr ? nullptr : catalogue::find_optimizer(name->name);
  if (optimizer == nullptr) {
    report_no_optimizer(body, expression, name);
    return std::nullopt;
  }
  if (call != nullptr && report_foreign_arguments(body, *optimizer, *call)) {
    return std::nullopt;
  }
  const ApplicationSite site{expression.span, callee.span, name->name, nullptr, false};
  const std::optional<BoundLayer> bound = bind_layer(
      body, catalogue::call_of(*optimizer), site, collect_arguments({}, call == nullptr ? nullptr : &call->arguments));
  if (!bound || !catalogue::check_rule_ranges(bound->application) ||
      (optimizer->rule.check != nullptr && !optimizer->rule.check(bound->application))) {
    return std::nullopt;
  }
  if (optimizer->rule.name == "adadelta" && !bound->application.setting("lr").given) {
    body.elaboration.pending.add(callee.span, diag::OptimizerDefault, name->name).help("the method's own: `lr: 1.0`");
  }
  return Training::Optimizer{optimizer, bound->application.settings};
}

Value make_schedule(Body& body, const std::string& name, const Span& name_span, const Span& span,
                    const std::vector<syntax::Argument>* arguments) {
  const catalogue::Schedule& schedule = *catalogue::find_schedule(name);
  const ApplicationSite site{span, name_span, name, nullptr, false};
  const std::optional<BoundLayer> bound =
      bind_layer(body, catalogue::call_of(schedule), site, collect_arguments({}, arguments));
  if (!bound || !catalogue::check_rule_ranges(bound->application) ||
      (schedule.rule.check != nullptr && !schedule.rule.check(bound->application))) {
    return {Unknown{}};
  }
  catalogue::SettingList list = {{name, true}};
  for (const catalogue::BoundSetting& setting : bound->application.settings) {
    list.push_back(setting.value);
  }
  return {ScheduleValue{{std::move(list)}}};
}

}  // namespace kdlc::check
