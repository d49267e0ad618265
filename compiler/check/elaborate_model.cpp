// A model: settings with -D, inputs, outputs and the lines between them.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "check/documentation.hpp"
#include "check/elaboration.hpp"
#include "check/formals.hpp"
#include "check/meaning.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// `26`, `0.5`, `true` or any text, as the command line gave it.
Value parse_define(const std::string& text) {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto result = std::from_chars(text.data(), end, whole); result.ec == std::errc() && result.ptr == end) {
    return {whole};
  }
  double number = 0;
  if (const auto result = std::from_chars(text.data(), end, number); result.ec == std::errc() && result.ptr == end) {
    return {number};
  }
  if (text == "true" || text == "false") {
    return {text == "true"};
  }
  return {Text{text, false}};
}

const Define* find_define(const Options& options, const std::string& name) {
  const Define* found = nullptr;
  for (const Define& define : options.defines) {
    found = define.name == name ? &define : found;  // the last one counts
  }
  return found;
}

/// The value of -D for a setting; nullopt after K952.
std::optional<Value> convert_define(Body& body, const Formal& formal, const Define& given) {
  const Value parsed = parse_define(given.value);
  Elaboration& elaboration = body.elaboration;
  const std::size_t reported = elaboration.pending.size();
  std::optional<Value> converted =
      convert_formal(body, formal, parsed, elaboration.model->name.text, formal.name->span, nullptr);
  if (!converted && formal.kind == FormalKind::text) {
    converted = Value{Text{given.value, false}};
  }
  if (!converted && parsed.as<Text>() != nullptr) {
    const std::optional<Value> prelude = find_prelude(given.value);  // `-D act=relu`
    converted = prelude
                    ? convert_formal(body, formal, *prelude, elaboration.model->name.text, formal.name->span, nullptr)
                    : std::nullopt;
  }
  elaboration.pending.truncate(reported);
  if (!converted) {
    std::string declared(elaboration.sources.text(formal.type != nullptr ? join(formal.name->span, formal.type->span)
                                                                         : formal.name->span));
    elaboration.pending.add(formal.name->span, diag::DefineValue, given.name, given.value, given.value,
                            fmt::format("no value for `{}`", declared));
  }
  return converted;
}

void bind_model_settings(Body& body, const syntax::ModelDecl& model, bool takes_defines, CheckedModel& checked) {
  Elaboration& elaboration = body.elaboration;
  static const Options kNoOptions;
  const Options& options = takes_defines ? elaboration.options : kNoOptions;
  for (const Formal& formal : formals_of(model.parameters)) {
    std::optional<Value> value;
    if (formal.kind == FormalKind::tensor) {
      elaboration.pending
          .add(formal.name->span, diag::SettingNeeded, "a tensor", formal.name->text, model.name.text,
               "a setting with its type")
          .help(fmt::format("a tensor is an `input`; a setting has a type: `{}: int = 1`", formal.name->text));
    } else if (const Define* given = find_define(options, formal.name->text)) {
      value = convert_define(body, formal, *given);
    } else if (formal.default_value != nullptr) {
      const Operand operand = evaluate_operand(body, *formal.default_value);
      value = convert_formal(body, formal, operand.value, model.name.text, operand.span, formal.default_value);
    } else {
      elaboration.pending.add(formal.name->span, diag::MissingSetting, model.name.text, formal.name->text)
          .help(fmt::format("give it on the command line, `-D {}=…`, or write a default", formal.name->text));
    }
    if (value) {
      checked.settings.push_back({formal.name->text, to_text(*value)});
    }
    define(body, *formal.name, value.value_or(Value{Unknown{}}));
  }
  for (const Define& given : options.defines) {
    if (!body.root.names.contains(given.name)) {
      elaboration.pending.add(model.name.span, diag::UnknownDefine, given.name, model.name.text);
    }
  }
}

void elaborate_dims(Body& body, const syntax::DimDecl& declaration) {
  for (const syntax::DimBound& dim : declaration.dims) {
    std::optional<std::int64_t> bound;
    if (dim.bound != nullptr) {
      bound = evaluate_whole(body, *dim.bound, "a whole number as bound");
      if (bound && *bound < 1) {
        body.elaboration.pending.add(dim.bound->span, diag::NotCompileTime, fmt::format("the number {}", *bound),
                                     "a bound of 1 or more");
        bound = std::nullopt;
      }
    }
    if (dim.bound == nullptr) {
      body.elaboration.pending.add(dim.name.span, diag::DimWithoutBound, dim.name.text)
          .help(fmt::format("say how large it can be: `dim {} <= 512`", dim.name.text));
    }
    body.elaboration.graph.dims.push_back({dim.name.text, bound, dim.name.span});
    if (bound) {
      body.elaboration.dim_bounds[dim.name.text] = *bound;
    }
    define(body, dim.name, value_of(dim_of_run_time(body.elaboration, dim.name.text)));
  }
}

void elaborate_input(Body& body, const syntax::InputDecl& declaration, const syntax::Decl& whole) {
  const std::optional<TensorType> type = evaluate_type(body, declaration.type);
  graph::InputInfo info;
  info.name = declaration.name.text;
  info.doc = join_doc(whole.doc);
  info.span = whole.span;
  if (declaration.range) {
    info.range_begin = evaluate_whole(body, *declaration.range->begin, "a whole number as smallest value");
    if (declaration.range->end != nullptr) {
      info.range_end = evaluate_whole(body, *declaration.range->end, "a whole number behind `..`");
    } else if (info.range_begin) {
      info.range_end = info.range_begin;
      info.range_begin = 0;
    }
  }
  if (info.range_begin && info.range_end && *info.range_begin >= *info.range_end) {
    body.elaboration.pending
        .add(whole.span, diag::RangeEmpty, fmt::format("{}..{}", *info.range_begin, *info.range_end), info.name)
        .help("the end is not part of a range: `in 0..10` are the numbers 0 to 9");
    info.range_begin.reset();
  }
  if (!type) {
    define(body, declaration.name, {Unknown{}});
    return;
  }
  const TensorType given = with_plain_dims(body.elaboration, *type);
  graph::NodeId node = body.elaboration.builder->input(std::move(info), given);
  if (!(given == *type)) {
    // The same elements under sizes that are known to be multiples.
    const std::size_t axis_count = given.shape.axis_count();
    node = body.elaboration.builder->slice(node, std::vector<Dim>(axis_count, Dim(0)), type->shape.axes,
                                           std::vector<std::int64_t>(axis_count, 1));
  }
  define(body, declaration.name, {Tensor{node, *type}});
}

/// The value of an output; Unknown after reporting.
Operand evaluate_output(Body& body, const syntax::OutputDecl& declaration) {
  if (declaration.value == nullptr) {
    const Value* named = find_name(*body.scope, declaration.name.text);
    return {named == nullptr ? Value{Unknown{}} : *named, declaration.name.span, declaration.name.text};
  }
  body.naming.bound_name = declaration.name.text;
  body.naming.kind_counts.clear();
  return evaluate_operand(body, *declaration.value);
}

void elaborate_output(Body& body, const syntax::OutputDecl& declaration, const syntax::Decl& whole) {
  Operand operand = evaluate_output(body, declaration);
  Elaboration& elaboration = body.elaboration;
  Value value = operand.value;
  if (const auto* tensor = value.as<Tensor>()) {
    const TensorType type = tensor->type;
    const Span declared =
        declaration.type ? join(declaration.name.span, declaration.type->span) : declaration.name.span;
    if (declaration.type && !match_type(body, *declaration.type, type,
                                        {declaration.name.text, declared, operand.span, false, tensor->node})) {
      value = {Unknown{}};
    } else if (!type.shape.has_batch()) {
      elaboration.pending.add(declaration.name.span, diag::ConstantOutput, declaration.name.text, type.to_text())
          .label(operand.span, "made of weights and constants only");
      value = {Unknown{}};
    } else {
      elaboration.graph.outputs.push_back({declaration.name.text, join_doc(whole.doc), whole.span, tensor->node});
    }
  } else if (const auto* tuple = value.as<Tuple>()) {
    elaboration.pending
        .add(operand.span, diag::ResultCount, fmt::format("`{}`", operand.text),
             fmt::format("{} results", tuple->items.size()), "an output is one")
        .help("name each of them: `a, b = …`, then `output a`");
    value = {Unknown{}};
  } else if (!value.is_unknown()) {
    elaboration.pending.add(operand.span, diag::TensorNeeded, describe(value), "output", declaration.name.text);
    value = {Unknown{}};
  }
  if (declaration.value != nullptr) {
    define(body, declaration.name, std::move(value));
  }
}

/// Whether the text of the declaration was mended, so that it may mean something else than what is read now.
bool is_mended(const Elaboration& elaboration, const Span& declaration) {
  return std::any_of(elaboration.mended.begin(), elaboration.mended.end(), [&](const Span& place) {
    return place.source == declaration.source && declaration.begin <= place.begin && place.begin <= declaration.end;
  });
}

/// Names what a mended declaration declares; false for declarations of another kind.
bool define_unknown(Body& body, const syntax::Decl& declaration) {
  if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    for (const syntax::BindTarget& target : bind->targets) {
      define(body, target.name, {Unknown{}});
    }
  } else if (const auto* input = std::get_if<syntax::InputDecl>(&declaration.node)) {
    define(body, input->name, {Unknown{}});
  } else if (const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node); output && output->value) {
    define(body, output->name, {Unknown{}});
  } else {
    return false;
  }
  return true;
}

/// False when nothing below it can be said (a `require` that does not hold).
bool elaborate_model_declaration(Body& body, const syntax::Decl& declaration) {
  if (is_mended(body.elaboration, declaration.span) && define_unknown(body, declaration)) {
    return true;
  }
  if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    elaborate_bind(body, *bind);
  } else if (const auto* input = std::get_if<syntax::InputDecl>(&declaration.node)) {
    elaborate_input(body, *input, declaration);
  } else if (const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node)) {
    elaborate_output(body, *output, declaration);
  } else if (const auto* dims = std::get_if<syntax::DimDecl>(&declaration.node)) {
    elaborate_dims(body, *dims);
  } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    elaborate_const(body, *constant, declaration.span);
  } else if (const auto* param = std::get_if<syntax::ParamDecl>(&declaration.node)) {
    elaborate_param(body, *param, declaration.span);
  } else if (const auto* layer = std::get_if<syntax::LayerDecl>(&declaration.node)) {
    elaborate_layer_declaration(body, *layer, declaration.span);
  } else if (const auto* require = std::get_if<syntax::RequireDecl>(&declaration.node)) {
    return elaborate_require(body, *require);
  }
  return true;
}

/// The clause is needed before the first layer: what a layer without a name means depends on it.
void find_weights_clause(Body& body, const syntax::ModelDecl& model) {
  const syntax::Decl* first = nullptr;
  for (const syntax::Decl& declaration : model.body.declarations) {
    const auto* weights = std::get_if<syntax::WeightsDecl>(&declaration.node);
    if (weights == nullptr) {
      continue;
    }
    if (first != nullptr) {
      body.elaboration.pending.add(declaration.span, diag::NameTwice, "weights")
          .label(first->span, "the first `weights`");
      continue;
    }
    first = &declaration;
    body.elaboration.weights = evaluate_weights_clause(body, *weights, declaration.span);
  }
}

/// `train` speaks of the whole model, so it comes last.
void elaborate_model_training(Body& body, const syntax::ModelDecl& model) {
  const syntax::Decl* first = nullptr;
  for (const syntax::Decl& declaration : model.body.declarations) {
    const auto* train = std::get_if<syntax::TrainDecl>(&declaration.node);
    if (train == nullptr) {
      continue;
    }
    if (first != nullptr) {
      body.elaboration.pending.add(declaration.span, diag::NameTwice, "train").label(first->span, "the first `train`");
      continue;
    }
    first = &declaration;
    body.elaboration.training = elaborate_train(body, *train, declaration.span);
  }
}

bool has_output(const syntax::ModelDecl& model) {
  for (const syntax::Decl& declaration : model.body.declarations) {
    if (std::holds_alternative<syntax::OutputDecl>(declaration.node)) {
      return true;
    }
  }
  return false;
}

/// The tests of a sound model.
void elaborate_tests(Body& body, const syntax::ModelDecl& model, const Scope& file, CheckedModel& checked) {
  const TestedModel tested{model, body.elaboration.graph, body, body.elaboration.weights.has_value()};
  for (const syntax::Decl& declaration : model.body.declarations) {
    if (const auto* test = std::get_if<syntax::TestDecl>(&declaration.node)) {
      checked.tests.push_back(elaborate_test(body.elaboration, *test, file, &tested));
    }
  }
}

/// What is sound but has no code yet: the first value of a 16-bit float type.
void refuse_uncompiled(Elaboration& elaboration) {
  const graph::Graph& graph = elaboration.graph;
  for (const graph::Node& node : graph.nodes) {
    if (node.type.dtype != DType::f16 && node.type.dtype != DType::bf16) {
      continue;
    }
    Span span = elaboration.model->name.span;
    if (node.op == graph::Op::input) {
      span = graph.inputs[graph::attributes<graph::InputAttributes>(node).index].span;
    } else if (!node.records.empty()) {
      span = graph.records[node.records.front()].span;
    }
    elaboration.pending.add(span, diag::DTypeNotCompiled, std::string(name_of(node.type.dtype)))
        .help("compute in f32: declare the input as f32, or `cast(f32)`");
    return;
  }
}

/// K336 for the first value that no memory holds, which is its cause: an input, or a result of a layer.
void check_value_sizes(Elaboration& elaboration) {
  const graph::Graph& graph = elaboration.graph;
  constexpr std::int64_t kMostNumbers = std::int64_t{1} << 40;
  for (const graph::Node& node : graph.nodes) {
    Shape sample = node.type.shape;
    if (sample.has_batch()) {
      sample.axes.erase(sample.axes.begin());
    }
    const Dim count = sample.element_count();
    if (!count.is_too_large() && (!count.is_constant() || count.constant() <= kMostNumbers)) {
      continue;
    }
    Span span = elaboration.model->name.span;
    if (node.op == graph::Op::input) {
      span = graph.inputs[graph::attributes<graph::InputAttributes>(node).index].span;
    } else if (!node.records.empty()) {
      span = graph.records[node.records.front()].span;
    }
    elaboration.pending.add(span, diag::ValueTooLarge, node.type.to_text(),
                            count.is_constant() ? count.to_text() : "more than 2^63");
    return;
  }
}

}  // namespace

void elaborate_model(Elaboration& elaboration, const syntax::ModelDecl& model, const Scope& file,
                     const ModelOptions& options, CheckedModel& checked) {
  graph::Builder builder(elaboration.graph);
  elaboration.builder = &builder;
  elaboration.model = &model;
  elaboration.graph.name = model.name.text;
  elaboration.graph.doc = join_doc(options.doc);
  Body body(elaboration, &file);
  const auto facts = elaboration.facts.find(&model.body);
  body.facts = facts == elaboration.facts.end() ? nullptr : &facts->second;
  bind_model_settings(body, model, options.takes_defines, checked);
  find_weights_clause(body, model);
  find_multiples(body, model.body);
  std::size_t error_count = flush(elaboration);
  for (const syntax::Decl& declaration : model.body.declarations) {
    if (elaboration.gave_up) {
      break;
    }
    const bool goes_on = elaborate_model_declaration(body, declaration);
    error_count += flush(elaboration);
    if (!goes_on) {
      break;
    }
  }
  if (!elaboration.gave_up) {
    elaborate_model_training(body, model);
    error_count += flush(elaboration);
  }
  const bool is_readable = body.facts == nullptr || (!body.facts->has_unread_lines && body.facts->error_count == 0);
  if (error_count == 0 && is_readable && !elaboration.gave_up) {
    if (!has_output(model)) {
      elaboration.pending.add(model.name.span, diag::NoOutput, model.name.text).help("add `output name = …`");
    }
    if (body.facts != nullptr) {
      check_dangling(elaboration, *body.facts);
    }
    check_value_sizes(elaboration);
    if (elaboration.options.code_needed != CodeNeeded::nothing) {
      refuse_uncompiled(elaboration);
    }
    if (flush(elaboration) == 0) {
      warn_of_meaning(elaboration, model);
      if (flush(elaboration) == 0) {
        elaborate_tests(body, model, file, checked);
      }
    }
  }
}

}  // namespace kdlc::check
