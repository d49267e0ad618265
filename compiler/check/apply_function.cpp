// Applies functions of the prelude: to settings when compiling, to tensors as layers; activations with settings of
// their own.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "check/arguments.hpp"
#include "check/elaboration.hpp"
#include "check/settings.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// True when the only thing given is one number: `sqrt(2)` is a number then.
std::optional<double> only_number(const std::vector<Operand>& operands) {
  return operands.size() == 1 ? as_number(operands.front().value) : std::nullopt;
}

double evaluate_formula(const catalogue::Activation& activation, double operand, const std::vector<double>& settings) {
  graph::MapBuilder map;
  const graph::MapBuilder::Value x = map.operand(0, DType::f64);
  const graph::MapExpression expression = map.finish(activation.formula(map, x, settings));
  return graph::evaluate_element(expression, {operand});
}

/// Evaluates the positional arguments in place, so that later binding does not do it again.
std::vector<Operand> evaluate_positional(Body& body, Arguments& arguments) {
  std::vector<Operand> operands;
  for (Item& item : arguments.positional) {
    if (!item.operand) {
      item.operand = evaluate_operand(body, *item.expression);
    }
    operands.push_back(*item.operand);
  }
  return operands;
}

/// `floor(T / 2)`: the quotient itself need not be a size, so the division is read together with the rounding.
const syntax::Binary* as_division(const Arguments& arguments) {
  if (arguments.positional.size() != 1 || arguments.positional.front().expression == nullptr) {
    return nullptr;
  }
  const syntax::Expr* expression = arguments.positional.front().expression;
  while (const auto* tuple = std::get_if<syntax::TupleExpr>(&expression->node)) {
    if (!tuple->is_parenthesis) {
      return nullptr;
    }
    expression = tuple->items.front().get();
  }
  const auto* binary = std::get_if<syntax::Binary>(&expression->node);
  return binary != nullptr && binary->op == syntax::BinaryOp::divide ? binary : nullptr;
}

std::optional<Value> round_division(Body& body, const std::string& name, const syntax::Binary& division,
                                    const ApplicationSite& site, Arguments& arguments) {
  const Operand left = evaluate_operand(body, *division.left);
  const Operand right = evaluate_operand(body, *division.right);
  const std::optional<Dim> left_dim = as_dim(left.value);
  const std::optional<Dim> right_dim = as_dim(right.value);
  if (left_dim && right_dim && !(*right_dim == Dim(0))) {
    return value_of(name == "floor" ? floor_divide(*left_dim, *right_dim) : ceil_divide(*left_dim, *right_dim));
  }
  // Anything else is divided as usual; the sides are not evaluated a second time.
  Item& item = arguments.positional.front();
  const Value quotient = apply_binary(body, syntax::BinaryOp::divide, {site.span, division.op_span}, left, right);
  item.operand = Operand{quotient, item.span, text_of(body, *item.expression)};
  return std::nullopt;
}

std::optional<Value> compute_number_function(const std::string& name, const std::vector<Operand>& operands) {
  const std::optional<double> number = only_number(operands);
  if (number && (name == "floor" || name == "ceil" || name == "round")) {
    const double rounded = name == "floor"  ? std::floor(*number)
                           : name == "ceil" ? std::ceil(*number)
                                            : std::nearbyint(*number);
    constexpr double kLargestExact = 9007199254740992.0;  // 2^53
    if (std::abs(rounded) <= kLargestExact) {
      return Value{static_cast<std::int64_t>(rounded)};
    }
    return std::nullopt;
  }
  if (name == "abs" && operands.size() == 1) {
    const auto* whole = operands.front().value.as<std::int64_t>();
    if (whole != nullptr && *whole != INT64_MIN) {
      return Value{std::abs(*whole)};
    }
    return number ? std::optional(Value{std::abs(*number)}) : std::nullopt;
  }
  if ((name != "min" && name != "max") || operands.size() < 2) {
    return std::nullopt;
  }
  bool all_dims = true;
  for (const Operand& operand : operands) {
    if (!as_dim(operand.value) && !as_number(operand.value)) {
      return std::nullopt;
    }
    all_dims = all_dims && as_dim(operand.value).has_value();
  }
  Value result = operands.front().value;
  for (std::size_t index = 1; index < operands.size(); ++index) {
    const Value& next = operands[index].value;
    if (all_dims) {
      result =
          value_of(name == "min" ? minimum(*as_dim(result), *as_dim(next)) : maximum(*as_dim(result), *as_dim(next)));
    } else if (as_number(result) && as_number(next)) {
      const bool takes_next =
          name == "min" ? *as_number(next) < *as_number(result) : *as_number(next) > *as_number(result);
      result = takes_next ? next : result;
    }
  }
  return result;
}

/// The sizes of a tensor's axes as a list; nullopt where it is given something else.
std::optional<Value> shape_of(const std::vector<Operand>& operands) {
  const auto* tensor = operands.size() == 1 ? operands.front().value.as<Tensor>() : nullptr;
  if (tensor == nullptr) {
    return std::nullopt;
  }
  List sizes;
  for (const Dim& axis : tensor->type.shape.axes) {
    sizes.items.push_back(value_of(axis));
  }
  return Value{std::move(sizes)};
}

}  // namespace

Value apply_function(Body& body, const PreludeFunction& function, const ApplicationSite& site, Arguments arguments) {
  const catalogue::Activation& activation = *function.activation;
  std::vector<double> settings = function.settings;
  if (!function.is_bound && activation.formula != nullptr && !site.is_stage &&
      catalogue::missing_setting(activation.settings, 0) == nullptr) {
    // `sqrt(2)` is a number; with a tensor the same name is a layer.
    if (arguments.positional.size() == 1 && arguments.named.empty()) {
      const std::vector<Operand> operands = evaluate_positional(body, arguments);
      if (const std::optional<double> number = only_number(operands)) {
        settings = catalogue::settings_as_numbers(activation.settings, {});
        return {evaluate_formula(activation, *number, settings)};
      }
    }
  }
  if (!function.is_bound) {
    return apply_layer(body, *catalogue::find_layer(activation.name), site, std::move(arguments));
  }
  const std::vector<Operand> operands = evaluate_positional(body, arguments);
  const auto* tensor = operands.size() == 1 ? operands.front().value.as<Tensor>() : nullptr;
  if (tensor == nullptr) {
    if (operands.empty() || !operands.front().value.is_unknown()) {
      body.elaboration.pending.add(site.span, diag::TensorNeeded,
                                   operands.empty() ? "nothing" : describe(operands.front().value),
                                   std::string(activation.name), "x");
    }
    return {Unknown{}};
  }
  const catalogue::FunctionValue bound = catalogue::bind_activation(activation, settings);
  const std::optional<TensorType> type = bound.infer(tensor->type, site.span, body.elaboration.pending);
  if (!type) {
    return {Unknown{}};
  }
  graph::Record record;
  record.kind = std::string(activation.name);
  record.activation = record.kind;
  record.path = application_path(body, record.kind, site.as);
  record.span = site.span;
  record.inputs = {tensor->node};
  RecordScope scope(body, std::move(record));
  Tensor result{{}, *type};
  if (tensor->node.has_value()) {
    result.node = bound.apply(*body.elaboration.builder, tensor->node);
  }
  scope.finish({result});
  return {result};
}

Value apply_number_function(Body& body, const NumberFunction& function, const ApplicationSite& site,
                            Arguments arguments) {
  const bool rounds = function.name == "floor" || function.name == "ceil";
  if (const syntax::Binary* division = rounds ? as_division(arguments) : nullptr) {
    if (std::optional<Value> rounded = round_division(body, function.name, *division, site, arguments)) {
      return *rounded;
    }
  }
  const std::vector<Operand> operands = evaluate_positional(body, arguments);
  for (const Operand& operand : operands) {
    if (operand.value.is_unknown()) {
      return {Unknown{}};
    }
  }
  if (rounds && operands.size() == 1 && operands.front().value.as<Dim>() != nullptr) {
    return operands.front().value;
  }
  const bool asks_shape = function.name == "shape";
  if (asks_shape && arguments.named.empty()) {
    if (std::optional<Value> sizes = shape_of(operands)) {
      return *sizes;
    }
  }
  if (arguments.named.empty()) {
    if (std::optional<Value> number = compute_number_function(function.name, operands)) {
      return *number;
    }
  }
  if (const catalogue::Layer* layer = catalogue::find_layer(function.name)) {
    return apply_layer(body, *layer, site, std::move(arguments));
  }
  body.elaboration.pending.add(site.span, diag::NotCompileTime,
                               operands.empty() ? "nothing" : describe(operands.front().value),
                               fmt::format("a {} for `{}`", asks_shape ? "tensor" : "number", function.name));
  return {Unknown{}};
}

std::optional<PreludeFunction> bind_function_settings(Body& body, const PreludeFunction& function,
                                                      const ApplicationSite& site, const Arguments& arguments) {
  const std::vector<catalogue::Setting>& declared = function.activation->settings;
  std::vector<catalogue::SettingValue> given;
  for (const catalogue::Setting& setting : declared) {
    given.push_back(setting.default_value.value_or(catalogue::SettingValue{}));
  }
  const auto give = [&](std::size_t index, const syntax::Expr& expression) {
    const Value value = evaluate(body, expression, expectation_of(declared[index]));
    std::optional<catalogue::SettingValue> converted = convert_setting(
        body, declared[index], value, {std::string(function.activation->name), expression.span, &expression});
    if (!converted || !catalogue::check_range(declared[index], *converted, function.activation->name, expression.span,
                                              body.elaboration.pending)) {
      return false;
    }
    given[index] = std::move(*converted);
    return true;
  };
  bool fits = true;
  if (arguments.positional.size() > declared.size()) {
    body.elaboration.pending.add(site.span, diag::TooManyArguments, std::string(function.activation->name),
                                 static_cast<std::uint64_t>(arguments.positional.size()),
                                 static_cast<std::uint64_t>(declared.size()));
    return std::nullopt;
  }
  for (std::size_t index = 0; index < arguments.positional.size(); ++index) {
    fits = give(index, *arguments.positional[index].expression) && fits;
  }
  for (const syntax::Argument* argument : arguments.named) {
    const auto place = std::ranges::find(declared, argument->name->text, &catalogue::Setting::name);
    if (place == declared.end()) {
      body.elaboration.pending.add(argument->name->span, diag::UnknownSetting, argument->name->text,
                                   std::string(function.activation->name), "is unknown");
      fits = false;
      continue;
    }
    fits = give(static_cast<std::size_t>(place - declared.begin()), *argument->value) && fits;
  }
  for (std::size_t index = 0; index < declared.size(); ++index) {
    if (fits && !declared[index].default_value && given[index].is_none()) {
      body.elaboration.pending.add(site.span, diag::MissingSetting, std::string(function.activation->name),
                                   std::string(declared[index].name));
      fits = false;
    }
  }
  if (!fits) {
    return std::nullopt;
  }
  return PreludeFunction{function.activation, catalogue::settings_as_numbers(declared, given), true};
}

}  // namespace kdlc::check
