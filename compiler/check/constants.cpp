// `const`: numbers and nested lists as data, settings under a name, tables from the weights file; and initializers.
#include <cmath>

#include <fmt/format.h>

#include "check/constants.hpp"
#include "check/elaboration.hpp"
#include "check/literals.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// Adds `value`, which stands `level` lists deep; false when lists of one level differ.
bool add_numbers(const Value& value, std::size_t level, NumberTable& table) {
  if (const auto* list = value.as<List>()) {
    const auto count = static_cast<std::int64_t>(list->items.size());
    if (table.shape.size() == level && table.numbers.empty()) {
      table.shape.push_back(count);
    }
    if (level >= table.shape.size() || table.shape[level] != count) {
      return false;
    }
    for (const Value& item : list->items) {
      if (!add_numbers(item, level + 1, table)) {
        return false;
      }
    }
    return true;
  }
  const bool* flag = value.as<bool>();
  const std::optional<double> number = flag != nullptr ? std::optional(*flag ? 1.0 : 0.0) : as_number(value);
  if (!number || level != table.shape.size()) {
    return false;
  }
  table.numbers.push_back(*number);
  table.is_whole = table.is_whole && value.as<double>() == nullptr;
  table.is_flags = table.is_flags && flag != nullptr;
  return true;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// A typed constant: the data must have the declared shape, or be one number for all.
std::optional<TensorData> evaluate_data(Body& body, const syntax::ConstDecl& declaration, const TensorType& type,
                                        const Operand& operand) {
  Report& pending = body.elaboration.pending;
  std::vector<std::int64_t> wanted;
  for (const Dim& axis : type.shape.axes) {
    if (!axis.is_constant()) {
      pending.add(declaration.type->span, diag::NotCompileTime, fmt::format("`{}`", axis.to_text()),
                  "a size known when compiling");
      return std::nullopt;
    }
    wanted.push_back(axis.constant());
  }
  const std::optional<NumberTable> table = number_table(operand.value);
  if (!table) {
    pending
        .add(operand.span, diag::ConstantShape,
             "no table of numbers: its lists differ in length or hold something else", type.to_text())
        .label(declaration.type->span, "declared here");
    return std::nullopt;
  }
  if (table->shape != wanted) {
    pending.add(operand.span, diag::ConstantShape, shape_text(table->shape), type.to_text())
        .label(declaration.type->span, fmt::format("declared as {}", shape_text(wanted)));
    return std::nullopt;
  }
  TensorData data = TensorData::zeros(type.dtype, wanted);
  for (std::size_t index = 0; index < table->numbers.size(); ++index) {
    const double number = table->numbers[index];
    if (is_integer(type.dtype) && number != std::floor(number)) {
      pending.add(operand.span, diag::NotWhole, fmt::format("{}", number), declaration.name.text, type.to_text());
      return std::nullopt;
    }
    if (!is_in_range(type.dtype, number)) {
      report_out_of_range(body, operand.span, type.dtype, number, declaration.name.text);
      return std::nullopt;
    }
    data.set(static_cast<std::int64_t>(index), number);
  }
  return data;
}

void elaborate_typed_const(Body& body, const syntax::ConstDecl& declaration, const Span& span) {
  const std::optional<TensorType> type = evaluate_type(body, *declaration.type);
  if (type && type->shape.has_batch()) {
    body.elaboration.pending
        .add(declaration.type->span, diag::BatchPlace,
             std::string(body.elaboration.sources.text(declaration.type->span)))
        .at_caret("a constant is shared by all samples");
    define(body, declaration.name, {Unknown{}});
    return;
  }
  if (declaration.value == nullptr) {
    define_weight(body, declaration.name, type, graph::Initializer{}, {span, false});
    return;
  }
  const Operand operand = evaluate_operand(body, *declaration.value);
  std::optional<TensorData> data;
  if (type && operand.value.is_tensor()) {
    body.elaboration.pending.add(operand.span, diag::NotCompileTime, describe(operand.value), "a number or a list");
  } else if (type && !operand.value.is_unknown()) {
    data = evaluate_data(body, declaration, *type, operand);
  }
  if (!data) {
    define(body, declaration.name, {Unknown{}});
    return;
  }
  define(body, declaration.name,
         {ConstantTensor{declaration.name.text, std::make_shared<const TensorData>(std::move(*data))}});
}

}  // namespace

std::optional<NumberTable> number_table(const Value& value) {
  NumberTable table;
  return add_numbers(value, 0, table) ? std::optional(std::move(table)) : std::nullopt;
}

void elaborate_const(Body& body, const syntax::ConstDecl& declaration, const Span& span) {
  if (declaration.type) {
    elaborate_typed_const(body, declaration, span);
    return;
  }
  if (declaration.value == nullptr) {
    body.elaboration.pending
        .add(span, diag::NotCompileTime, fmt::format("`{}` without type and value", declaration.name.text),
             "a type, or a value,")
        .help(fmt::format("a table from the weights file has a type: `const {}: f32[…]`", declaration.name.text));
    define(body, declaration.name, {Unknown{}});
    return;
  }
  const Operand operand = evaluate_operand(body, *declaration.value);
  if (operand.value.is_tensor()) {
    body.elaboration.pending.add(operand.span, diag::NotCompileTime, describe(operand.value), "a setting")
        .help("a value of the model is named without `const`");
    define(body, declaration.name, {Unknown{}});
    return;
  }
  define(body, declaration.name, operand.value);
}

bool is_initializer_name(std::string_view name) {
  return catalogue::find_initializer(name) != nullptr;
}

Value make_initializer(Body& body, const std::string& name, const std::vector<syntax::Argument>* arguments) {
  const catalogue::InitializerKind& kind = *catalogue::find_initializer(name);
  graph::Initializer initializer{std::string(kind.name), kind.default_value};
  if (arguments == nullptr) {
    return {InitializerValue{initializer}};
  }
  Report& pending = body.elaboration.pending;
  for (const syntax::Argument& argument : *arguments) {
    const Operand operand = evaluate_operand(body, *argument.value);
    const std::optional<double> number = as_number(operand.value);
    if (operand.value.is_unknown()) {
      return {Unknown{}};
    }
    const bool is_seed = argument.name && argument.name->text == "seed";
    const bool is_value = !argument.name || argument.name->text == kind.parameter;
    if (!is_seed && (!is_value || kind.parameter.empty())) {
      if (argument.name) {
        pending.add(argument.name->span, diag::UnknownSetting, argument.name->text, name, "is unknown");
      } else {
        pending.add(argument.span, diag::TooManyArguments, name, std::uint64_t{arguments->size()}, std::uint64_t{0});
      }
      return {Unknown{}};
    }
    if (!number) {
      pending.add(operand.span, diag::SettingNeeded, describe(operand.value), std::string(kind.parameter), name,
                  "a number");
      return {Unknown{}};
    }
    if (!is_seed) {
      initializer.value = *number;
    }
  }
  return {InitializerValue{initializer}};
}

std::optional<graph::Initializer> evaluate_initializer(Body& body, const syntax::Expr& expression) {
  Expectation expectation;
  expectation.initializer = true;
  const Operand operand = evaluate_operand(body, expression, expectation);
  if (const auto* initializer = operand.value.as<InitializerValue>()) {
    return initializer->initializer;
  }
  if (const std::optional<double> number = as_number(operand.value)) {
    return graph::Initializer{"constant", *number};
  }
  if (!operand.value.is_unknown()) {
    body.elaboration.pending.add(operand.span, diag::NotCompileTime, describe(operand.value),
                                 "an initializer, such as `zeros()` or `normal(0.02)`,");
  }
  return std::nullopt;
}

}  // namespace kdlc::check
