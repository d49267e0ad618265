// `a -> f -> repeat 3 { g } -> h`: values flowing through stages, and `layer`s, which are stages with shared weights.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// The heads of the next stage: several results are several arguments.
std::vector<Operand> heads_of(const Operand& operand) {
  const auto* tuple = operand.value.as<Tuple>();
  if (tuple == nullptr) {
    return {operand};
  }
  std::vector<Operand> heads;
  for (const Value& item : tuple->items) {
    heads.push_back({item, operand.span, operand.text});
  }
  return heads;
}

/// The value of `blocks.conv_bn`; Unknown when resolve_names has reported it.
Value find_path(Body& body, const std::vector<syntax::Name>& path) {
  const Value* value = find_name(*body.scope, path.front().text);
  if (value == nullptr) {
    const std::optional<Value> prelude = find_prelude(path.front().text);
    return prelude && path.size() == 1 ? *prelude : Value{Unknown{}};
  }
  for (std::size_t index = 1; index < path.size(); ++index) {
    const auto* module_value = value->as<Module>();
    if (module_value == nullptr) {
      return {Unknown{}};
    }
    const auto found = module_value->scope->names.find(path[index].text);
    if (found == module_value->scope->names.end()) {
      return {Unknown{}};
    }
    value = &found->second.value;
  }
  return materialise(body, *value);
}

Operand run_apply_stage(Body& body, const syntax::Stage& stage, const syntax::ApplyStage& application,
                        std::vector<Operand> heads) {
  const Value callee = find_path(body, application.path);
  const Span name_span = join(application.path.front().span, application.path.back().span);
  const ApplicationSite site{stage.span, name_span, std::string(body.elaboration.sources.text(name_span)),
                             application.as ? &*application.as : nullptr, true};
  bool is_known = true;
  for (const Operand& head : heads) {
    is_known = is_known && !head.value.is_unknown();
  }
  Operand result{{Unknown{}}, stage.span, application.as ? application.as->text : application.path.back().text};
  if (!is_known && !callee.is_unknown() && !is_applicable(callee)) {
    return result;  // one message for one line: the value before it is unknown already
  }
  const std::vector<syntax::Argument>* arguments = application.arguments ? &*application.arguments : nullptr;
  result.value = apply(body, callee, site, collect_arguments(std::move(heads), arguments));
  return result;
}

/// The values of the variable: 0 … n-1, a … b-1, or the items of a list. nullopt after reporting.
std::optional<std::vector<Value>> evaluate_turns(Body& body, const syntax::RangeExpr& range) {
  std::vector<Value> turns;
  std::int64_t begin = 0;
  std::optional<std::int64_t> end;
  if (range.end != nullptr) {
    const std::optional<std::int64_t> first = evaluate_whole(body, *range.begin, "a whole number before `..`");
    end = evaluate_whole(body, *range.end, "a whole number behind `..`");
    if (!first || !end) {
      return std::nullopt;
    }
    begin = *first;
  } else {
    const Operand count = evaluate_operand(body, *range.begin);
    if (const auto* list = count.value.as<List>()) {
      return list->items;
    }
    if (const auto* whole = count.value.as<std::int64_t>()) {
      end = *whole;
    } else if (!count.value.is_unknown()) {
      body.elaboration.pending.add(count.span, diag::NotCompileTime, describe(count.value),
                                   "a whole number of turns, or a list,");
    }
  }
  if (!end) {
    return std::nullopt;
  }
  if (*end < begin) {
    body.elaboration.pending.add(range.span, diag::NotCompileTime, fmt::format("a count from {} to {}", begin, *end),
                                 "a count that goes up");
    return std::nullopt;
  }
  for (std::int64_t turn = begin; turn < *end; ++turn) {
    // The limit on applications also limits turns, so that a slip of zeros does not fill the memory first.
    if (!spend(body.elaboration, range.span)) {
      return std::nullopt;
    }
    turns.push_back({turn});
  }
  return turns;
}

Operand run_repeat_stage(Body& body, const syntax::Stage& stage, const syntax::RepeatStage& repeat,
                         std::vector<Operand> heads) {
  const std::optional<std::vector<Value>> turns = evaluate_turns(body, repeat.range);
  Operand current{{Unknown{}}, stage.span, "repeat"};
  if (!turns) {
    return current;
  }
  if (heads.size() == 1) {
    current = std::move(heads.front());
  } else {
    Tuple tuple;
    for (Operand& head : heads) {
      tuple.items.push_back(std::move(head.value));
    }
    current.value = {std::move(tuple)};
  }
  Scope inner;
  inner.outer = body.scope;
  const Scope* const outer = body.scope;
  // Each turn is the same text, so it counts its unnamed layers from the same start.
  const std::map<std::string, int> counts_before = body.naming.kind_counts;
  for (std::size_t turn = 0; turn < turns->size() && !body.elaboration.gave_up; ++turn) {
    if (repeat.variable) {
      inner.names[repeat.variable->text] = {(*turns)[turn], repeat.variable->span};
      body.scope = &inner;
    }
    body.naming.turns.push_back(static_cast<std::int64_t>(turn));
    body.naming.kind_counts = counts_before;
    const std::vector<Operand> turn_heads = heads_of(current);
    current.value = run_stages(body, repeat.body, turn_heads);
    body.naming.turns.pop_back();
  }
  body.scope = outer;
  current.span = stage.span;
  return current;
}

}  // namespace

Value run_stages(Body& body, const std::vector<syntax::Stage>& stages, std::vector<Operand> heads) {
  Operand current;
  for (const syntax::Stage& stage : stages) {
    if (const auto* repeat = std::get_if<syntax::RepeatStage>(&stage.node)) {
      current = run_repeat_stage(body, stage, *repeat, std::move(heads));
    } else {
      current = run_apply_stage(body, stage, std::get<syntax::ApplyStage>(stage.node), std::move(heads));
    }
    heads = heads_of(current);
  }
  return current.value;
}

Value evaluate_chain(Body& body, const syntax::Chain& chain) {
  const auto* tuple = std::get_if<syntax::TupleExpr>(&chain.head->node);
  if (tuple == nullptr || tuple->is_parenthesis) {
    return run_stages(body, chain.stages, heads_of(evaluate_operand(body, *chain.head)));
  }
  std::vector<Operand> heads;
  for (const auto& item : tuple->items) {
    heads.push_back(evaluate_operand(body, *item));
  }
  return run_stages(body, chain.stages, std::move(heads));
}

void elaborate_layer_declaration(Body& body, const syntax::LayerDecl& declaration, const Span& span) {
  Elaboration& elaboration = body.elaboration;
  SharedLayerState state;
  state.declaration = &declaration;
  state.span = span;
  state.body = &body;
  state.path = body.naming.scope.empty() ? declaration.name.text
                                         : fmt::format("{}.{}", body.naming.scope, declaration.name.text);
  elaboration.shared_layers.push_back(std::move(state));
  define(body, declaration.name, {SharedLayer{elaboration.shared_layers.size() - 1}});
}

Value apply_shared_layer(Body& body, const SharedLayer& layer, const ApplicationSite& site, Arguments arguments) {
  Elaboration& elaboration = body.elaboration;
  SharedLayerState& state = elaboration.shared_layers[layer.index];
  std::vector<Operand> heads;
  for (const Item& item : arguments.positional) {
    heads.push_back(item.operand ? *item.operand : evaluate_operand(body, *item.expression));
    if (heads.back().value.is_unknown()) {
      return {Unknown{}};
    }
  }
  if (!arguments.named.empty()) {
    elaboration.pending
        .add(arguments.named.front()->span, diag::UnknownSetting, arguments.named.front()->name->text,
             state.declaration->name.text, "is unknown")
        .help("the settings of a `layer` stand in its declaration");
    return {Unknown{}};
  }
  if (heads.empty()) {
    elaboration.pending.add(site.span, diag::TensorNeeded, "nothing", state.declaration->name.text, "x");
    return {Unknown{}};
  }
  Body& owner = *state.body;
  Naming naming;
  naming.scope = state.path;
  naming.is_whole_name = state.declaration->stages.size() == 1 &&
                         std::holds_alternative<syntax::ApplyStage>(state.declaration->stages.front().node);
  std::swap(owner.naming, naming);
  state.around = elaboration.sharing;
  state.application = site.span;
  elaboration.sharing = &state;
  graph::Record record;
  record.kind = "layer";
  record.path = state.path;
  record.span = site.span;
  for (const Operand& head : heads) {
    if (const auto* tensor = head.value.as<Tensor>()) {
      record.inputs.push_back(tensor->node);
    }
  }
  const graph::RecordId outer_record = owner.record;
  Value result;
  {
    RecordScope scope(body, std::move(record));
    owner.record = scope.id();
    result = run_stages(owner, state.declaration->stages, std::move(heads));
    if (const auto* tensor = result.as<Tensor>()) {
      scope.finish({*tensor});
    }
  }
  owner.record = outer_record;
  elaboration.sharing = state.around;
  if (!state.is_applied) {
    state.is_applied = true;
    state.first_application = site.span;
  }
  std::swap(owner.naming, naming);
  return result;
}

}  // namespace kdlc::check
