// The parameters of blocks, fns and models, and the arguments given for them.
#include "check/formals.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "check/settings.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::check {

namespace {

FormalKind kind_of(const syntax::Parameter& parameter) {
  if (!parameter.type) {
    return parameter.default_value == nullptr ? FormalKind::tensor : FormalKind::like_default;
  }
  if (parameter.type->shape) {
    return FormalKind::tensor;
  }
  const std::string& base = parameter.type->base.text;
  return base == "int"     ? FormalKind::integer
         : base == "float" ? FormalKind::number
         : base == "bool"  ? FormalKind::boolean
         : base == "str"   ? FormalKind::text
         : base == "fn"    ? FormalKind::function
         : base == "block" ? FormalKind::block
         : base == "list"  ? FormalKind::list
                           : FormalKind::tensor;
}

std::string_view expected_text(FormalKind kind) {
  switch (kind) {
    case FormalKind::tensor:
      return "a tensor";
    case FormalKind::integer:
      return "a whole number";
    case FormalKind::number:
      return "a number";
    case FormalKind::boolean:
      return "`true` or `false`";
    case FormalKind::text:
      return "a text";
    case FormalKind::function:
      return "a function, such as `relu`";
    case FormalKind::block:
      return "a block or layer";
    case FormalKind::list:
      return "a list";
    case FormalKind::like_default:
      return "a setting of the kind of its default";
  }
  KDLC_UNREACHABLE("all kinds are listed");
}

/// The kind that a default gives to its parameter.
FormalKind kind_like(const Value& value) {
  return value.as<std::int64_t>() != nullptr || value.as<Dim>() != nullptr               ? FormalKind::integer
         : value.as<double>() != nullptr                                                 ? FormalKind::number
         : value.as<bool>() != nullptr                                                   ? FormalKind::boolean
         : value.as<Text>() != nullptr                                                   ? FormalKind::text
         : value.as<List>() != nullptr                                                   ? FormalKind::list
         : value.as<PreludeFunction>() != nullptr || value.as<UserFunction>() != nullptr ? FormalKind::function
                                                                                         : FormalKind::block;
}

Expectation expectation_of(const Formal& formal) {
  Expectation expectation;
  expectation.function = formal.kind == FormalKind::function || formal.kind == FormalKind::like_default;
  if (formal.kind == FormalKind::text || formal.kind == FormalKind::like_default) {
    expectation.words = all_option_words();
  }
  return expectation;
}

struct Given {
  Operand operand;
  const syntax::Expr* expression = nullptr;
};

struct FormalBinder {
  Body& caller;
  Body& callee;
  const std::vector<Formal>& formals;
  const FormalsSite& site;
  std::vector<std::optional<Given>> given;
  bool is_quiet = false;
};

void report_tensor_formal(FormalBinder& binder, const Formal& formal, const Operand& operand) {
  Message& message = binder.caller.elaboration.pending.add(operand.span, diag::TensorNeeded, describe(operand.value),
                                                           binder.site.owner, formal.name->text);
  const bool has_type = formal.type != nullptr;
  message.label(formal.name->span, has_type ? "declared as a tensor" : "a parameter without a type is a tensor");
  const std::string_view type =
      operand.value.as<std::int64_t>() != nullptr                                               ? "int"
      : operand.value.as<double>() != nullptr                                                   ? "float"
      : operand.value.as<bool>() != nullptr                                                     ? "bool"
      : operand.value.as<Text>() != nullptr                                                     ? "str"
      : operand.value.as<List>() != nullptr                                                     ? "list"
      : operand.value.as<PreludeLayer>() != nullptr || operand.value.as<UserBlock>() != nullptr ? "block"
                                                                                                : "fn";
  if (!has_type) {
    message.help(fmt::format("if `{0}` is meant as a setting, write `{0}: {1}`", formal.name->text, type),
                 {formal.name->span, fmt::format("{}: {}", formal.name->text, type)});
  }
}

void report_too_many(FormalBinder& binder, const Item& item, std::size_t count) {
  binder.caller.elaboration.pending
      .add(item.span, diag::TooManyArguments, binder.site.owner, static_cast<std::uint64_t>(count),
           static_cast<std::uint64_t>(binder.formals.size()))
      .at_caret("one too many");
  binder.is_quiet = true;
}

void give_positional(FormalBinder& binder, const Arguments& arguments) {
  for (std::size_t index = 0; index < arguments.positional.size(); ++index) {
    const Item& item = arguments.positional[index];
    if (index >= binder.formals.size()) {
      report_too_many(binder, item, arguments.positional.size());
      return;
    }
    const Formal& formal = binder.formals[index];
    Operand operand =
        item.operand ? *item.operand : evaluate_operand(binder.caller, *item.expression, expectation_of(formal));
    binder.given[index] = Given{std::move(operand), item.expression};
  }
}

void report_unknown(FormalBinder& binder, const syntax::Argument& argument) {
  Message& message = binder.caller.elaboration.pending.add(argument.name->span, diag::UnknownSetting,
                                                           argument.name->text, binder.site.owner, "is unknown");
  std::vector<std::string> candidates;
  for (const Formal& formal : binder.formals) {
    candidates.push_back(formal.name->text);
  }
  if (const std::optional<std::string> nearest = nearest_name(argument.name->text, candidates)) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {argument.name->span, *nearest});
  } else if (candidates.empty()) {
    message.help(fmt::format("`{}` has no settings", binder.site.owner));
  } else {
    message.help(fmt::format("`{}` has `{}`", binder.site.owner, fmt::join(candidates, "`, `")));
  }
  binder.is_quiet = true;
}

void give_named(FormalBinder& binder, const syntax::Argument& argument) {
  for (std::size_t index = 0; index < binder.formals.size(); ++index) {
    if (binder.formals[index].name->text != argument.name->text) {
      continue;
    }
    Operand operand = evaluate_operand(binder.caller, *argument.value, expectation_of(binder.formals[index]));
    if (binder.given[index]) {
      binder.caller.elaboration.pending
          .add(argument.span, diag::UnknownSetting, argument.name->text, binder.site.owner, "is given twice")
          .label(binder.given[index]->operand.span, "first given here");
      binder.is_quiet = true;
      return;
    }
    binder.given[index] = Given{std::move(operand), argument.value.get()};
    return;
  }
  report_unknown(binder, argument);
}

void define_formal(FormalBinder& binder, const Formal& formal, Value value) {
  binder.callee.root.names[formal.name->text] = {std::move(value), formal.name->span};
}

/// Settings first: the shapes of tensors may mention them.
void bind_given_setting(FormalBinder& binder, std::size_t index) {
  const Formal& formal = binder.formals[index];
  if (formal.kind == FormalKind::tensor || !binder.given[index]) {
    return;
  }
  const Given& given = *binder.given[index];
  std::optional<Value> converted = convert_formal(binder.caller, formal, given.operand.value, binder.site.owner,
                                                  given.operand.span, given.expression);
  binder.is_quiet = binder.is_quiet || !converted;
  define_formal(binder, formal, converted.value_or(Value{Unknown{}}));
}

void bind_tensor(FormalBinder& binder, std::size_t index) {
  const Formal& formal = binder.formals[index];
  if (formal.kind != FormalKind::tensor || !binder.given[index]) {
    return;
  }
  const Operand operand =
      as_test_tensor(binder.caller, binder.given[index]->operand,
                     formal.type == nullptr ? std::nullopt : dtype_from_name(formal.type->base.text));
  define_formal(binder, formal, operand.value);
  if (operand.value.is_unknown()) {
    binder.is_quiet = true;
    return;
  }
  const bool is_number = as_number(operand.value).has_value() && binder.site.takes_numbers && formal.type == nullptr;
  const auto* tensor = operand.value.as<Tensor>();
  if (tensor == nullptr && !is_number) {
    report_tensor_formal(binder, formal, operand);
    binder.is_quiet = true;
    return;
  }
  if (tensor != nullptr && formal.type != nullptr) {
    const PatternSite site{fmt::format("{}` of `{}", formal.name->text, binder.site.owner),
                           join(formal.name->span, formal.type->span), operand.span, true};
    binder.is_quiet = !match_type(binder.callee, *formal.type, tensor->type, site) || binder.is_quiet;
  }
}

void bind_missing(FormalBinder& binder, std::size_t index) {
  const Formal& formal = binder.formals[index];
  if (binder.given[index] || binder.is_quiet) {
    return;
  }
  if (formal.default_value != nullptr) {
    const Operand operand = evaluate_operand(binder.callee, *formal.default_value, expectation_of(formal));
    std::optional<Value> converted =
        convert_formal(binder.callee, formal, operand.value, binder.site.owner, operand.span, formal.default_value);
    binder.is_quiet = !converted;
    define_formal(binder, formal, converted.value_or(Value{Unknown{}}));
    return;
  }
  Report& pending = binder.caller.elaboration.pending;
  Message& message =
      formal.kind == FormalKind::tensor
          ? pending.add(binder.site.site.span, diag::TensorNeeded, "nothing", binder.site.owner, formal.name->text)
          : pending.add(binder.site.site.span, diag::MissingSetting, binder.site.owner, formal.name->text);
  message.label(formal.name->span, fmt::format("`{}` has no default", formal.name->text));
  binder.is_quiet = true;
}

}  // namespace

std::span<const std::string_view> all_option_words() {
  static const std::vector<std::string_view> words = [] {
    std::set<std::string_view> found = {"same", "valid", "causal"};
    const auto add = [&](const catalogue::Layer& layer) {
      for (const catalogue::Setting& setting : layer.settings) {
        found.insert(setting.words.begin(), setting.words.end());
      }
    };
    for (const catalogue::Layer* layer : catalogue::layers()) {
      add(*layer);
    }
    for (const catalogue::Loss* loss : catalogue::losses()) {
      add(catalogue::call_of(*loss));
    }
    for (const catalogue::Metric* metric : catalogue::metrics()) {
      add(catalogue::call_of(*metric));
    }
    return std::vector<std::string_view>(found.begin(), found.end());
  }();
  return words;
}

std::vector<Formal> formals_of(const std::vector<syntax::Parameter>& parameters) {
  std::vector<Formal> formals;
  for (const syntax::Parameter& parameter : parameters) {
    formals.push_back({&parameter.name, parameter.type ? &*parameter.type : nullptr, parameter.default_value.get(),
                       kind_of(parameter)});
  }
  std::stable_partition(formals.begin(), formals.end(),
                        [](const Formal& formal) { return formal.kind == FormalKind::tensor; });
  return formals;
}

std::optional<Value> convert_formal(Body& body, const Formal& formal, const Value& value, const std::string& owner,
                                    const Span& span, const syntax::Expr* expression) {
  if (value.is_unknown()) {
    return std::nullopt;
  }
  FormalKind kind = formal.kind;
  if (kind == FormalKind::like_default) {
    const std::size_t reported = body.elaboration.pending.size();
    kind = kind_like(evaluate(body, *formal.default_value, expectation_of(formal)));
    body.elaboration.pending.truncate(reported);
  }
  const SettingSite site{owner, span, expression};
  bool fits = false;
  switch (kind) {
    case FormalKind::tensor:
    case FormalKind::like_default:
      fits = true;
      break;
    case FormalKind::integer:
      if (value.as<Dim>() != nullptr) {
        return value;
      }
      if (const auto whole = convert_whole(body, formal.name->text, value, site, expected_text(kind))) {
        return Value{*whole};
      }
      return std::nullopt;
    case FormalKind::number:
      if (const std::optional<double> number = as_number(value)) {
        return Value{*number};
      }
      break;
    case FormalKind::boolean:
      fits = value.as<bool>() != nullptr;
      break;
    case FormalKind::text:
      fits = value.as<Text>() != nullptr;
      break;
    case FormalKind::function:
      fits = value.as<PreludeFunction>() != nullptr || value.as<UserFunction>() != nullptr ||
             value.as<NumberFunction>() != nullptr;
      break;
    case FormalKind::block:
      fits = is_applicable(value);
      break;
    case FormalKind::list:
      fits = value.as<List>() != nullptr;
      break;
  }
  if (fits) {
    return value;
  }
  report_setting_kind(body, formal.name->text, value, site, expected_text(kind));
  return std::nullopt;
}

bool bind_formals(Body& caller, Body& callee, const std::vector<Formal>& formals, const FormalsSite& site,
                  const Arguments& arguments) {
  FormalBinder binder{caller, callee, formals, site, {}};
  binder.given.resize(formals.size());
  give_positional(binder, arguments);
  for (const syntax::Argument* argument : arguments.named) {
    give_named(binder, *argument);
  }
  for (std::size_t index = 0; index < formals.size(); ++index) {
    bind_given_setting(binder, index);
  }
  for (std::size_t index = 0; index < formals.size(); ++index) {
    bind_tensor(binder, index);
  }
  for (std::size_t index = 0; index < formals.size(); ++index) {
    bind_missing(binder, index);
  }
  return !binder.is_quiet;
}

}  // namespace kdlc::check
