// Calls and the choice of what applying a value means.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

Value report_not_applicable(Body& body, const Value& callee, const ApplicationSite& site) {
  if (callee.is_unknown()) {
    return {Unknown{}};
  }
  Message& message = body.elaboration.pending.add(site.name_span, diag::NotALayer, site.name, describe(callee));
  const auto found = body.root.names.find(site.name);
  if (found != body.root.names.end()) {
    message.label(found->second.span, fmt::format("`{}` is defined here", site.name));
  }
  if (callee.is_tensor()) {
    message.help(fmt::format("to use one set of weights several times, declare it: `layer {} = …`", site.name));
  }
  return {Unknown{}};
}

/// `dense(10)(image)`: the habit of other frameworks, where a call makes a layer and a second call applies it.
Value report_curried(Body& body, const syntax::Expr& expression, const syntax::Call& outer, const syntax::Call& inner) {
  const Value callee = evaluate(body, *inner.callee);
  if (callee.is_unknown()) {
    return {Unknown{}};
  }
  const SourceSet& sources = body.elaboration.sources;
  const std::string name(sources.text(inner.callee->span));
  const bool is_layer = callee.as<PreludeLayer>() != nullptr || callee.as<UserBlock>() != nullptr;
  Message& message = is_layer
                         ? body.elaboration.pending.add(outer.callee->span, diag::TensorNeeded, "nothing", name, "x")
                         : body.elaboration.pending.add(outer.callee->span, diag::CurriedCall, name);
  if (outer.arguments.size() == 1 && !outer.arguments.front().name) {
    const std::string argument(sources.text(outer.arguments.front().value->span));
    const std::string layer(sources.text(outer.callee->span));
    message.help(fmt::format("write `{} -> {}`", argument, layer),
                 {expression.span, fmt::format("{} -> {}", argument, layer)});
  }
  return {Unknown{}};
}

/// Evaluates what a user's fn makes of `operand` in a graph of its own, where only the type counts.
std::optional<TensorType> infer_user_function(Body& body, const UserFunction& function, const TensorType& operand,
                                              const Span& span) {
  Elaboration& elaboration = body.elaboration;
  graph::Graph scratch;
  graph::Builder builder(scratch);
  graph::Builder* const outer = elaboration.builder;
  elaboration.builder = &builder;
  const graph::NodeId node = builder.input({"x", "", span, {}, {}, {}}, operand);
  const ApplicationSite site{span, span, function.declaration->name.text, nullptr, false};
  const graph::RecordId record = body.record;
  body.record = {};
  const Value result = apply_user_function(body, function, site,
                                           collect_arguments({{Value{Tensor{node, operand}}, span, "x"}}, nullptr));
  body.record = record;
  elaboration.builder = outer;
  const auto* tensor = result.as<Tensor>();
  return tensor == nullptr ? std::nullopt : std::optional(tensor->type);
}

catalogue::FunctionValue user_function_value(Body& body, const UserFunction& function, const Span& span) {
  catalogue::FunctionValue value;
  value.name = function.declaration->name.text;
  value.infer = [&body, function](const TensorType& operand, const Span& where, Report&) {
    return infer_user_function(body, function, operand, where);
  };
  value.apply = [&body, function, span](graph::Builder& builder, graph::NodeId node) {
    const ApplicationSite site{span, span, function.declaration->name.text, nullptr, false};
    const Operand operand{{Tensor{node, builder.type(node)}}, span, "x"};
    const Value result = apply_user_function(body, function, site, collect_arguments({operand}, nullptr));
    const auto* tensor = result.as<Tensor>();
    KDLC_ASSERT(tensor != nullptr && tensor->node.has_value(), "a function whose type is inferred can be built");
    return tensor->node;
  };
  return value;
}

/// What has weights and its own batch: in a test each is compiled and called.
bool is_compiled_apart(const Value& callee) {
  return callee.as<UserBlock>() != nullptr || callee.as<UserModel>() != nullptr || callee.as<SharedLayer>() != nullptr;
}

Value apply_in_test(Body& body, const Value& callee, const ApplicationSite& site, Arguments arguments) {
  const auto* model = callee.as<UserModel>();
  const TestedModel* tested = body.elaboration.test->model;
  if (model != nullptr && tested != nullptr && model->declaration == &tested->declaration) {
    return call_tested_model(body, site, std::move(arguments));
  }
  return call_program(body, callee, site, std::move(arguments));
}

}  // namespace

Value apply(Body& body, const Value& callee, const ApplicationSite& site, Arguments arguments) {
  if (!spend(body.elaboration, site.span)) {
    return {Unknown{}};
  }
  if (body.elaboration.test != nullptr && is_compiled_apart(callee)) {
    return apply_in_test(body, callee, site, std::move(arguments));
  }
  if (const auto* layer = callee.as<PreludeLayer>()) {
    return apply_layer(body, *layer->layer, site, std::move(arguments));
  }
  if (const auto* function = callee.as<PreludeFunction>()) {
    return apply_function(body, *function, site, std::move(arguments));
  }
  if (const auto* function = callee.as<NumberFunction>()) {
    return apply_number_function(body, *function, site, std::move(arguments));
  }
  if (const auto* function = callee.as<UserFunction>()) {
    return apply_user_function(body, *function, site, std::move(arguments));
  }
  if (const auto* block = callee.as<UserBlock>()) {
    return apply_block(body, *block, site, std::move(arguments));
  }
  if (const auto* model = callee.as<UserModel>()) {
    return apply_model(body, *model, site, std::move(arguments));
  }
  if (const auto* score = callee.as<PreludeScore>()) {
    return apply_score(body, *score, site, std::move(arguments));
  }
  if (const auto* layer = callee.as<SharedLayer>()) {
    return apply_shared_layer(body, *layer, site, std::move(arguments));
  }
  return report_not_applicable(body, callee, site);
}

Value evaluate_call(Body& body, const syntax::Expr& expression, const syntax::Call& call,
                    const Expectation& expectation) {
  if (const auto* inner = std::get_if<syntax::Call>(&call.callee->node)) {
    return report_curried(body, expression, call, *inner);
  }
  if (const auto* name = std::get_if<syntax::NameRef>(&call.callee->node)) {
    const bool is_shadowed = find_name(*body.scope, name->name) != nullptr;
    if (expectation.initializer && !is_shadowed && is_initializer_name(name->name)) {
      return make_initializer(body, name->name, &call.arguments);
    }
    if (expectation.schedule && !is_shadowed && catalogue::find_schedule(name->name) != nullptr) {
      return make_schedule(body, name->name, call.callee->span, expression.span, &call.arguments);
    }
  }
  if (const auto* name = std::get_if<syntax::NameRef>(&call.callee->node);
      name != nullptr && body.elaboration.test != nullptr && is_test_data_name(name->name)) {
    return make_test_data(body, name->name, call, expression.span);
  }
  const Value callee = evaluate(body, *call.callee);
  const ApplicationSite site{expression.span, call.callee->span,
                             std::string(body.elaboration.sources.text(call.callee->span)), nullptr, false};
  Arguments arguments = collect_arguments({}, &call.arguments);
  const auto* function = callee.as<PreludeFunction>();
  if (expectation.function && function != nullptr) {
    std::optional<PreludeFunction> bound = bind_function_settings(body, *function, site, arguments);
    return bound ? Value{*bound} : Value{Unknown{}};
  }
  return apply(body, callee, site, std::move(arguments));
}

std::optional<catalogue::FunctionValue> as_function(Body& body, const Value& value, const Span& span) {
  if (const auto* function = value.as<PreludeFunction>()) {
    const std::vector<double> settings =
        function->is_bound ? function->settings : catalogue::settings_as_numbers(function->activation->settings, {});
    return catalogue::bind_activation(*function->activation, settings);
  }
  if (const auto* function = value.as<UserFunction>()) {
    return user_function_value(body, *function, span);
  }
  if (const auto* function = value.as<NumberFunction>()) {
    if (const catalogue::Activation* activation = catalogue::find_activation(function->name)) {
      return catalogue::bind_activation(*activation, catalogue::settings_as_numbers(activation->settings, {}));
    }
  }
  return std::nullopt;
}

}  // namespace kdlc::check
