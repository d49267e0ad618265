// Declarations of a body: binds, parameters, promises, results.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/size_facts.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// Each declaration names its unnamed layers for itself.
void begin_declaration(Body& body, const std::string& bound_name) {
  body.naming.bound_name = bound_name;
  body.naming.kind_counts.clear();
}

/// A name stands for one value; a layer with several results has to be taken apart.
bool is_one_value(Body& body, const Operand& operand, const std::string& place) {
  const auto* tuple = operand.value.as<Tuple>();
  if (tuple == nullptr) {
    return true;
  }
  body.elaboration.pending
      .add(operand.span, diag::ResultCount, fmt::format("`{}`", operand.text),
           fmt::format("{} results", tuple->items.size()), place)
      .help("name each of them: `a, b = …`, with `_` for what is not needed");
  return false;
}

void check_annotation(Body& body, const syntax::BindTarget& target, const Operand& operand, Value& value) {
  const auto* tensor = value.as<Tensor>();
  if (!target.type || value.is_unknown()) {
    return;
  }
  if (tensor == nullptr) {
    body.elaboration.pending.add(operand.span, diag::TensorNeeded, describe(value), target.name.text, target.name.text);
    value = {Unknown{}};
    return;
  }
  const PatternSite site{target.name.text, join(target.name.span, target.type->span), operand.span, false,
                         tensor->node};
  if (!match_type(body, *target.type, tensor->type, site)) {
    value = {Unknown{}};
  }
}

void note_values(Body& body, const syntax::Expr& expression, Message& message) {
  if (const auto* binary = std::get_if<syntax::Binary>(&expression.node)) {
    note_values(body, *binary->left, message);
    note_values(body, *binary->right, message);
    return;
  }
  if (const auto* name = std::get_if<syntax::NameRef>(&expression.node)) {
    const Value* value = find_name(*body.scope, name->name);
    if (value != nullptr && is_setting(*value)) {
      message.note(fmt::format("`{}` is {}", name->name, to_text(*value)));
    }
  }
}

/// Values of a `return`, one Unknown for each that failed.
void elaborate_return(Body& body, const syntax::ReturnDecl& declaration, BodyResult& result) {
  begin_declaration(body, "");
  for (const syntax::ExprPtr& expression : declaration.values) {
    const Operand operand = evaluate_operand(body, *expression);
    const auto* tuple = operand.value.as<Tuple>();
    if (tuple != nullptr && declaration.values.size() == 1) {
      result.values = tuple->items;
      return;
    }
    result.values.push_back(operand.value);
  }
}

void elaborate_applied_output(Body& body, const syntax::OutputDecl& declaration, BodyResult& result) {
  if (declaration.value == nullptr) {
    const Value* value = find_name(*body.scope, declaration.name.text);
    if (!body.is_model) {
      return;
    }
    result.values.push_back(value == nullptr ? Value{Unknown{}} : *value);
    return;
  }
  begin_declaration(body, declaration.name.text);
  const Operand operand = evaluate_operand(body, *declaration.value);
  Value value = operand.value;
  const auto* tensor = value.as<Tensor>();
  if (tensor != nullptr && declaration.type &&
      !match_type(body, *declaration.type, tensor->type,
                  {declaration.name.text, join(declaration.name.span, declaration.type->span), operand.span, false})) {
    value = {Unknown{}};
  }
  define(body, declaration.name, value);
  if (body.is_model) {
    result.values.push_back(value);
  }
}

}  // namespace

void define(Body& body, const syntax::Name& name, Value value) {
  const auto* tensor = value.as<Tensor>();
  Elaboration& elaboration = body.elaboration;
  const bool is_in_graph = elaboration.builder != nullptr && &elaboration.builder->graph() == &elaboration.graph;
  if (tensor != nullptr && tensor->node.has_value() && is_in_graph) {
    const std::string& scope = body.naming.scope;
    elaboration.named_values.push_back({scope.empty() ? name.text : scope + "." + name.text, tensor->node});
  }
  // A second definition is K201; the first keeps its meaning.
  body.root.names.try_emplace(name.text, Binding{std::move(value), name.span});
}

void elaborate_bind(Body& body, const syntax::BindDecl& declaration) {
  const syntax::BindTarget& first = declaration.targets.front();
  begin_declaration(body, first.name.text);
  const Operand operand = evaluate_operand(body, *declaration.value);
  const std::size_t count = declaration.targets.size();
  if (count == 1) {
    Value value = is_one_value(body, operand, fmt::format("`{}` is one name", first.name.text)) ? operand.value
                                                                                                : Value{Unknown{}};
    check_annotation(body, first, operand, value);
    if (first.name.text != "_") {
      define(body, first.name, std::move(value));
    }
    return;
  }
  const auto* tuple = operand.value.as<Tuple>();
  const bool fits = tuple != nullptr && tuple->items.size() == count;
  if (!fits && !operand.value.is_unknown()) {
    const std::size_t given = tuple == nullptr ? 1 : tuple->items.size();
    body.elaboration.pending
        .add(operand.span, diag::ResultCount, fmt::format("`{}`", operand.text),
             fmt::format("{} result{}", given, given == 1 ? "" : "s"), fmt::format("{} names stand before `=`", count))
        .label(join(first.name.span, declaration.targets.back().name.span), fmt::format("{} names", count));
  }
  for (std::size_t index = 0; index < count; ++index) {
    const syntax::BindTarget& target = declaration.targets[index];
    Value value = fits ? tuple->items[index] : Value{Unknown{}};
    check_annotation(body, target, operand, value);
    if (target.name.text != "_") {
      define(body, target.name, std::move(value));
    }
  }
}

void elaborate_param(Body& body, const syntax::ParamDecl& declaration, const Span& span) {
  begin_declaration(body, declaration.name.text);
  const std::optional<TensorType> type = evaluate_type(body, declaration.type);
  std::optional<graph::Initializer> initializer = graph::Initializer{};
  if (declaration.value != nullptr) {
    initializer = evaluate_initializer(body, *declaration.value);
  }
  define_weight(body, declaration.name, type, initializer, {span, true});
}

void define_weight(Body& body, const syntax::Name& name, const std::optional<TensorType>& type,
                   const std::optional<graph::Initializer>& initializer, const WeightKind& kind) {
  Elaboration& elaboration = body.elaboration;
  if (!type || !initializer) {
    define(body, name, {Unknown{}});
    return;
  }
  for (const Dim& axis : type->shape.axes) {
    if (!axis.is_constant()) {
      elaboration.pending.add(
          kind.span, diag::DynamicWeight, name.text,
          fmt::format("{}, where `{}` is known only at run time,", type->to_text(), axis.to_text()));
      define(body, name, {Unknown{}});
      return;
    }
  }
  const std::string path = body.naming.scope.empty() ? name.text : fmt::format("{}.{}", body.naming.scope, name.text);
  graph::Record record;
  record.path = path;
  record.kind = kind.trainable ? "param" : "const";
  record.span = kind.span;
  record.details = type->to_text();
  RecordScope scope(body, std::move(record));
  const std::optional<std::uint32_t> index =
      request_weight(body, {path, name.text, *type, *initializer, kind.trainable, false, kind.span}, scope.id());
  if (!index) {
    define(body, name, {Unknown{}});
    return;
  }
  scope.record().parameters.push_back(*index);
  const Tensor tensor{elaboration.builder->graph().parameters[*index].node, *type};
  scope.finish({tensor});
  define(body, name, {tensor});
}

bool elaborate_require(Body& body, const syntax::RequireDecl& declaration) {
  begin_declaration(body, "require");
  if (becomes_size_rule(body, declaration)) {
    return true;
  }
  const Operand condition = evaluate_operand(body, *declaration.condition);
  const bool* holds = condition.value.as<bool>();
  if (holds == nullptr) {
    if (!condition.value.is_unknown()) {
      body.elaboration.pending.add(condition.span, diag::NotCompileTime, describe(condition.value),
                                   "a condition (true or false)");
    }
    return true;
  }
  if (!*holds) {
    const std::string text =
        declaration.message.value_or(fmt::format("`{}` does not hold", body.elaboration.sources.text(condition.span)));
    Message& message = body.elaboration.pending.add(condition.span, diag::RequireFailed, text);
    message.at_caret("does not hold");
    note_values(body, *declaration.condition, message);
  }
  return *holds;
}

BodyResult elaborate_block_body(Body& body, const syntax::Body& declarations) {
  BodyResult result;
  bool has_returned = false;
  for (const syntax::Decl& declaration : declarations.declarations) {
    if (body.elaboration.gave_up) {
      break;
    }
    if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
      elaborate_bind(body, *bind);
    } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
      elaborate_const(body, *constant, declaration.span);
    } else if (const auto* param = std::get_if<syntax::ParamDecl>(&declaration.node)) {
      elaborate_param(body, *param, declaration.span);
    } else if (const auto* layer = std::get_if<syntax::LayerDecl>(&declaration.node)) {
      elaborate_layer_declaration(body, *layer, declaration.span);
    } else if (const auto* require = std::get_if<syntax::RequireDecl>(&declaration.node)) {
      if (!elaborate_require(body, *require)) {
        result.error_count += flush(body.elaboration);
        result.values.clear();
        break;
      }
    } else if (const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node)) {
      elaborate_applied_output(body, *output, result);
    } else if (const auto* returned = std::get_if<syntax::ReturnDecl>(&declaration.node)) {
      if (!has_returned) {
        elaborate_return(body, *returned, result);
      }
      has_returned = true;
    }
    result.error_count += flush(body.elaboration);
  }
  if (result.values.empty()) {
    result.values.push_back({Unknown{}});  // K112 and K213 are reported elsewhere
  }
  return result;
}

}  // namespace kdlc::check
