// Expands blocks, fns and models at each use.
#include <utility>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/formals.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

std::vector<Tensor> tensors_among(const std::vector<Value>& values) {
  std::vector<Tensor> tensors;
  for (const Value& value : values) {
    if (const auto* tensor = value.as<Tensor>()) {
      tensors.push_back(*tensor);
    }
  }
  return tensors;
}

bool is_any_unknown(const std::vector<Value>& values) {
  for (const Value& value : values) {
    if (value.is_unknown()) {
      return true;
    }
  }
  return false;
}

Value value_of_all(std::vector<Value> values) {
  if (values.size() == 1) {
    return std::move(values.front());
  }
  return values.empty() || is_any_unknown(values) ? Value{Unknown{}} : Value{Tuple{std::move(values)}};
}

/// False after K411, when `declaration` is being expanded already.
bool enter(Body& body, const void* declaration, const ApplicationSite& site) {
  Elaboration& elaboration = body.elaboration;
  for (const ApplicationFrame& frame : elaboration.applications) {
    if (frame.declaration == declaration) {
      elaboration.pending.add(site.span, diag::Recursion, site.name)
          .label(frame.span, fmt::format("`{}` is being expanded for this application", frame.name))
          .help("repetition is written with `repeat`");
      elaboration.gave_up = true;
      return false;
    }
  }
  flush(elaboration);
  elaboration.applications.push_back({declaration, site.name, site.span});
  return true;
}

void leave(Body& body) {
  flush(body.elaboration);
  body.elaboration.applications.pop_back();
}

graph::Record record_of(const Body& body, const std::string& path, const std::string& kind, const Span& span) {
  graph::Record record;
  record.path = path;
  record.kind = kind;
  record.span = span;
  record.parent = body.record;
  return record;
}

std::vector<graph::NodeId> input_nodes(const Body& callee, const std::vector<Formal>& formals) {
  std::vector<graph::NodeId> nodes;
  for (const Formal& formal : formals) {
    const auto found = callee.root.names.find(formal.name->text);
    const auto* tensor = found == callee.root.names.end() ? nullptr : found->second.value.as<Tensor>();
    if (tensor != nullptr) {
      nodes.push_back(tensor->node);
    }
  }
  return nodes;
}

const BodyFacts* facts_of(const Elaboration& elaboration, const syntax::Body& body) {
  const auto found = elaboration.facts.find(&body);
  return found == elaboration.facts.end() ? nullptr : &found->second;
}

/// Compares what a block gives with the types behind its `->`.
void check_results(Body& callee, const syntax::BlockDecl& block, std::vector<Value>& values) {
  if (block.results.empty() || values.empty()) {
    return;
  }
  if (block.results.size() != values.size()) {
    callee.elaboration.pending
        .add(block.name.span, diag::ResultCount, fmt::format("block `{}`", block.name.text),
             fmt::format("{} results", values.size()), fmt::format("{} are declared", block.results.size()))
        .label(join(block.results.front().span, block.results.back().span), "declared here");
    return;
  }
  for (std::size_t index = 0; index < values.size(); ++index) {
    const auto* tensor = values[index].as<Tensor>();
    const PatternSite site{fmt::format("the result of {}", block.name.text), block.results[index].span,
                           block.results[index].span, false};
    if (tensor != nullptr && !match_type(callee, block.results[index], tensor->type, site)) {
      values[index] = {Unknown{}};
    }
  }
}

/// The inputs of an applied model are its tensors, its settings follow.
std::vector<Formal> formals_of_model(const syntax::ModelDecl& model) {
  std::vector<Formal> formals;
  for (const syntax::Decl& declaration : model.body.declarations) {
    if (const auto* input = std::get_if<syntax::InputDecl>(&declaration.node)) {
      formals.push_back({&input->name, &input->type, nullptr, FormalKind::tensor});
    }
  }
  const std::vector<Formal> settings = formals_of(model.parameters);
  formals.insert(formals.end(), settings.begin(), settings.end());
  return formals;
}

}  // namespace

Value apply_user_function(Body& body, const UserFunction& function, const ApplicationSite& site, Arguments arguments) {
  const syntax::FnDecl& declaration = *function.declaration;
  Body callee(body.elaboration, function.file);
  const std::vector<Formal> formals = formals_of(declaration.parameters);
  const std::string path = application_path(body, declaration.name.text, nullptr);
  if (!bind_formals(body, callee, formals, {declaration.name.text, site, true}, arguments) ||
      !enter(body, &declaration, site)) {
    return {Unknown{}};
  }
  callee.naming.scope = path;
  callee.record = body.record;
  const syntax::FnDecl* const around = std::exchange(body.elaboration.formula, &declaration);
  Value result;
  const std::vector<graph::NodeId> inputs = input_nodes(callee, formals);
  if (inputs.empty()) {
    result = evaluate(callee, *declaration.value);
  } else {
    graph::Record record = record_of(body, path, declaration.name.text, site.span);
    record.inputs = inputs;
    RecordScope scope(body, std::move(record));
    callee.record = scope.id();
    result = evaluate(callee, *declaration.value);
    scope.finish(tensors_among({result}));
  }
  body.elaboration.formula = around;
  const auto* tensor = result.as<Tensor>();
  if (tensor != nullptr && declaration.result) {
    const PatternSite pattern{fmt::format("the result of {}", declaration.name.text), declaration.result->span,
                              declaration.value->span, false};
    if (!match_type(callee, *declaration.result, tensor->type, pattern)) {
      result = {Unknown{}};
    }
  }
  leave(body);
  return result;
}

Value apply_block(Body& body, const UserBlock& block, const ApplicationSite& site, Arguments arguments) {
  const syntax::BlockDecl& declaration = *block.declaration;
  Body callee(body.elaboration, block.file);
  const std::vector<Formal> formals = formals_of(declaration.parameters);
  const std::string path = application_path(body, declaration.name.text, site.as);
  if (!bind_formals(body, callee, formals, {declaration.name.text, site, false}, arguments) ||
      !enter(body, &declaration, site)) {
    return {Unknown{}};
  }
  callee.naming.scope = path;
  callee.facts = facts_of(body.elaboration, declaration.body);
  graph::Record record = record_of(body, path, declaration.name.text, site.span);
  record.inputs = input_nodes(callee, formals);
  RecordScope scope(body, std::move(record));
  callee.record = scope.id();
  BodyResult result = elaborate_block_body(callee, declaration.body);
  check_results(callee, declaration, result.values);
  scope.finish(tensors_among(result.values));
  result.error_count += flush(body.elaboration);
  const bool is_readable = callee.facts != nullptr && !callee.facts->has_unread_lines && callee.facts->error_count == 0;
  if (is_readable && result.error_count == 0 && !is_any_unknown(result.values)) {
    check_dangling(body.elaboration, *callee.facts);
  }
  leave(body);
  return value_of_all(std::move(result.values));
}

Value apply_model(Body& body, const UserModel& model, const ApplicationSite& site, Arguments arguments) {
  const syntax::ModelDecl& declaration = *model.declaration;
  Body callee(body.elaboration, model.file);
  const std::vector<Formal> formals = formals_of_model(declaration);
  const std::string path = application_path(body, declaration.name.text, site.as);
  if (body.elaboration.model == &declaration) {
    body.elaboration.pending.add(site.span, diag::Recursion, site.name).help("repetition is written with `repeat`");
    body.elaboration.gave_up = true;
    return {Unknown{}};
  }
  if (!bind_formals(body, callee, formals, {declaration.name.text, site, false}, arguments) ||
      !enter(body, &declaration, site)) {
    return {Unknown{}};
  }
  callee.naming.scope = path;
  callee.is_model = true;
  callee.facts = facts_of(body.elaboration, declaration.body);
  graph::Record record = record_of(body, path, declaration.name.text, site.span);
  record.inputs = input_nodes(callee, formals);
  RecordScope scope(body, std::move(record));
  callee.record = scope.id();
  BodyResult result = elaborate_block_body(callee, declaration.body);
  scope.finish(tensors_among(result.values));
  leave(body);
  return value_of_all(std::move(result.values));
}

}  // namespace kdlc::check
