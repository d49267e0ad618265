// Declarations, bodies, types and doc comments of the tree, from ANTLR's contexts.
#include "syntax/build_tree.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "diagnostics/kinds.hpp"

namespace kdlc::syntax {

Tree TreeBuilder::tree(Grammar::SourceFileContext* context) {
  Tree result;
  result.source = lexemes_.source;
  if (context != nullptr) {
    header(context->header(), result);
    result.declarations = declarations(context->decl());
  }
  for (; next_comment_ < comments_.size(); ++next_comment_) {
    comments_[next_comment_].is_doc = false;
  }
  result.comments = std::move(comments_);
  return result;
}

void TreeBuilder::header(Grammar::HeaderContext* context, Tree& tree) {
  if (context == nullptr || context->INT() == nullptr) {
    return;
  }
  tree.version_span = span_of(context->INT());
  const std::string_view digits =
      lexemes_.text.substr(tree.version_span.begin, tree.version_span.end - tree.version_span.begin);
  std::int64_t version = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  tree.version = version;
  if (version != 1 || error != std::errc{} || rest != digits.data() + digits.size()) {
    report_.add(tree.version_span, diag::UnknownVersion, std::string(digits))
        .help("this kdlc reads version 1", Edit{tree.version_span, "1"});
  }
}

std::vector<Decl> TreeBuilder::declarations(const std::vector<Grammar::DeclContext*>& contexts) {
  std::vector<Decl> result;
  result.reserve(contexts.size());
  for (Grammar::DeclContext* context : contexts) {
    declaration(context, result);
  }
  return result;
}

Body TreeBuilder::body(Grammar::BodyContext* context) {
  if (context == nullptr) {
    return {};
  }
  return {.declarations = declarations(context->decl()), .span = span_of(context)};
}

std::vector<std::string> TreeBuilder::doc_before(std::size_t lexeme) {
  std::vector<std::string> result;
  const std::uint32_t end = lexemes_.items[lexeme].begin;
  const std::uint32_t begin = lexeme == 0 ? 0 : lexemes_.items[lexeme - 1].end;
  for (; next_comment_ < comments_.size() && comments_[next_comment_].span.begin < end; ++next_comment_) {
    Comment& comment = comments_[next_comment_];
    comment.is_doc = comment.is_doc && comment.span.begin >= begin;
    if (comment.is_doc) {
      std::string_view text = comment.text;
      text.remove_prefix(3);
      if (text.starts_with(' ')) {
        text.remove_prefix(1);
      }
      const std::size_t last = text.find_last_not_of(" \t\r");
      result.emplace_back(last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1));
    }
  }
  return result;
}

void TreeBuilder::declaration(Grammar::DeclContext* context, std::vector<Decl>& out) {
  Decl decl;
  auto* child =
      context->children.empty() ? nullptr : dynamic_cast<antlr4::ParserRuleContext*>(context->children.front());
  decl.span = child == nullptr ? span_of(context) : span_of(child);
  decl.doc = doc_before(context->start->getTokenIndex());
  if (auto* import = context->importDecl()) {
    decl.node = import_decl(import);
  } else if (auto* model = context->modelDecl(); model != nullptr && model->name() != nullptr) {
    decl.node = model_decl(model);
  } else if (auto* block = context->blockDecl(); block != nullptr && block->name() != nullptr) {
    decl.node = block_decl(block);
  } else if (auto* fn = context->fnDecl(); fn != nullptr && fn->name() != nullptr) {
    decl.node = fn_decl(fn);
  } else if (auto* input = context->inputDecl(); input != nullptr && input->name() != nullptr) {
    decl.node = InputDecl{name(input->name()), type(input->typeSpec()),
                          input->span() ? std::optional(range(input->span())) : std::nullopt};
  } else if (auto* output = context->outputDecl(); output != nullptr && !output->bindTarget().empty()) {
    output_decl(output, std::move(decl), out);
    return;
  } else if (auto* dim = context->dimDecl()) {
    decl.node = dim_decl(dim);
  } else if (auto* constant = context->constDecl(); constant != nullptr && constant->name() != nullptr) {
    decl.node = ConstDecl{name(constant->name()), optional_type(constant->typeSpec()),
                          is_broken(constant) ? error_expr(constant) : optional_expression(constant->expr())};
  } else if (auto* param = context->paramDecl(); param != nullptr && param->name() != nullptr) {
    decl.node = ParamDecl{name(param->name()), type(param->typeSpec()), optional_expression(param->expr())};
  } else if (auto* layer = context->layerDecl(); layer != nullptr && layer->name() != nullptr) {
    decl.node = layer_decl(layer);
  } else if (auto* require = context->requireDecl(); require != nullptr && !is_broken(require)) {
    decl.node = RequireDecl{expression(require->expr()),
                            require->STRING() ? std::optional(string_value(require->STRING())) : std::nullopt};
  } else if (auto* weights = context->weightsDecl(); weights != nullptr && !is_broken(weights)) {
    decl.node = weights_decl(weights);
  } else if (auto* train = context->trainDecl()) {
    decl.node = TrainDecl{body(train->body())};
  } else if (auto* target = context->targetDecl(); target != nullptr && target->name() != nullptr) {
    decl.node = TargetDecl{name(target->name()), type(target->typeSpec()),
                           target->span() ? std::optional(range(target->span())) : std::nullopt};
  } else if (auto* loss = context->lossDecl(); loss != nullptr && !is_broken(loss)) {
    decl.node = LossDecl{loss->name() ? std::optional(name(loss->name())) : std::nullopt, expression(loss->expr())};
  } else if (auto* optimizer = context->optimizerDecl(); optimizer != nullptr && !is_broken(optimizer)) {
    decl.node = OptimizerDecl{expression(optimizer->expr())};
  } else if (auto* metric = context->metricDecl(); metric != nullptr && !is_broken(metric)) {
    decl.node =
        MetricDecl{metric->name() ? std::optional(name(metric->name())) : std::nullopt, expression(metric->expr())};
  } else if (auto* test = context->testDecl()) {
    decl.node = test_decl(test);
  } else if (auto* expect = context->expectDecl(); expect != nullptr && !is_broken(expect)) {
    decl.node = ExpectDecl{expression(expect->expr()), optional_arithmetic(expect->arith())};
  } else if (auto* returned = context->returnDecl()) {
    decl.node = return_decl(returned);
  } else if (auto* bind = context->bindDecl(); bind != nullptr && bind->ASSIGN() != nullptr) {
    decl.node = bind_decl(bind);
  } else {
    decl.node = error_decl(context);
  }
  out.push_back(std::move(decl));
}

std::vector<Parameter> TreeBuilder::parameters(Grammar::ParamsContext* context) {
  std::vector<Parameter> result;
  if (context == nullptr) {
    return result;
  }
  for (Grammar::ParamContext* parameter : context->param()) {
    if (parameter->name() != nullptr) {
      result.push_back({name(parameter->name()), optional_type(parameter->typeSpec()),
                        optional_expression(parameter->expr()), span_of(parameter)});
    }
  }
  return result;
}

ImportDecl TreeBuilder::import_decl(Grammar::ImportDeclContext* context) {
  ImportDecl node;
  if (context->STRING() != nullptr) {
    node.path = string_value(context->STRING());
    node.path_span = span_of(context->STRING());
  }
  if (context->name() != nullptr) {
    node.as = name(context->name());
  }
  return node;
}

ModelDecl TreeBuilder::model_decl(Grammar::ModelDeclContext* context) {
  return {name(context->name()), parameters(context->params()), context->params() != nullptr, body(context->body())};
}

BlockDecl TreeBuilder::block_decl(Grammar::BlockDeclContext* context) {
  BlockDecl node{name(context->name()), parameters(context->params()), {}, {}};
  for (Grammar::TypeSpecContext* result : context->typeSpec()) {
    node.results.push_back(type(result));
  }
  node.body = body(context->body());
  return node;
}

FnDecl TreeBuilder::fn_decl(Grammar::FnDeclContext* context) {
  return {name(context->name()), parameters(context->params()), optional_type(context->typeSpec()),
          expression(context->expr())};
}

BindTarget TreeBuilder::bind_target(Grammar::BindTargetContext* context) {
  return {name(context->name()), optional_type(context->typeSpec())};
}

// `output a, b = …` is read as what it should say: `a, b = …`, `output a`, `output b`.
void TreeBuilder::output_decl(Grammar::OutputDeclContext* context, Decl decl, std::vector<Decl>& out) {
  const std::vector<Grammar::BindTargetContext*> targets = context->bindTarget();
  const bool has_value = context->ASSIGN() != nullptr;
  if (targets.size() == 1) {
    BindTarget target = bind_target(targets.front());
    decl.node = OutputDecl{std::move(target.name), std::move(target.type),
                           has_value            ? expression(context->expr())
                           : is_broken(context) ? error_expr(context)
                                                : nullptr};
    out.push_back(std::move(decl));
    return;
  }
  Message& message = report_.add(span_of(targets[1]), diag::TwoOutputs);
  std::string lines;
  BindDecl bind;
  std::vector<Decl> outputs;
  const std::string indentation(lexemes_.items[context->start->getTokenIndex()].column, ' ');
  for (Grammar::BindTargetContext* target_context : targets) {
    BindTarget target = bind_target(target_context);
    lines += fmt::format("\n{}output {}", indentation, target.name.text);
    outputs.push_back({.span = span_of(target_context), .doc = {}, .node = OutputDecl{.name = target.name}});
    bind.targets.push_back(std::move(target));
  }
  if (!has_value || is_broken(context)) {
    message.help("write one `output` a line");
  } else {
    Span all = span_of(targets.front());
    all.end = span_of(context).end;
    const std::string value(lexemes_.text.substr(all.begin, all.end - all.begin));
    message.help("name both values first, then make each an output", Edit{span_of(context), value + lines});
    bind.value = expression(context->expr());
    out.push_back({.span = decl.span, .doc = std::move(decl.doc), .node = std::move(bind)});
  }
  std::move(outputs.begin(), outputs.end(), std::back_inserter(out));
}

LayerDecl TreeBuilder::layer_decl(Grammar::LayerDeclContext* context) {
  bool is_whole = true;
  LayerDecl result{name(context->name()), stages(context->stages(), is_whole)};
  if (!is_whole) {
    result.stages.clear();
  }
  return result;
}

TestDecl TreeBuilder::test_decl(Grammar::TestDeclContext* context) {
  TestDecl result{.body = body(context->body())};
  if (context->STRING() != nullptr) {
    result.title = string_value(context->STRING());
    result.title_span = span_of(context->STRING());
  }
  return result;
}

ReturnDecl TreeBuilder::return_decl(Grammar::ReturnDeclContext* context) {
  ReturnDecl result;
  for (Grammar::ExprContext* value : context->expr()) {
    result.values.push_back(expression(value));
  }
  if (is_broken(context)) {
    result.values.push_back(error_expr(context));
  }
  return result;
}

BindDecl TreeBuilder::bind_decl(Grammar::BindDeclContext* context) {
  BindDecl result;
  for (Grammar::BindTargetContext* target : context->bindTarget()) {
    result.targets.push_back(bind_target(target));
  }
  result.value = expression(context->expr());
  return result;
}

DimDecl TreeBuilder::dim_decl(Grammar::DimDeclContext* context) {
  DimDecl node;
  for (Grammar::DimBoundContext* bound : context->dimBound()) {
    if (bound->name() != nullptr) {
      node.dims.push_back(
          {name(bound->name()), is_broken(bound) ? error_expr(bound) : optional_arithmetic(bound->arith())});
    }
  }
  return node;
}

WeightsDecl TreeBuilder::weights_decl(Grammar::WeightsDeclContext* context) {
  WeightsDecl node;
  node.source = expression(context->expr());
  std::vector<Span> equals;
  for (Grammar::NamedArgContext* argument : context->namedArg()) {
    node.arguments.push_back(named_argument(argument));
    if (node.arguments.back().used_equals) {
      equals.push_back(span_of(argument->ASSIGN()));
    }
  }
  report_equals(node.arguments, equals);
  node.has_renames = context->LBRACE() != nullptr;
  for (Grammar::RenameContext* rename : context->rename()) {
    if (rename->STRING().size() == 2) {
      node.renames.push_back({string_value(rename->STRING(0)), string_value(rename->STRING(1)),
                              span_of(rename->STRING(0)), span_of(rename->STRING(1))});
    }
  }
  return node;
}

std::optional<TypeExpr> TreeBuilder::optional_type(Grammar::TypeSpecContext* context) {
  return context == nullptr ? std::nullopt : std::optional(type(context));
}

TypeExpr TreeBuilder::type(Grammar::TypeSpecContext* context) {
  TypeExpr result;
  if (context == nullptr || context->children.empty() || is_broken(context)) {
    return result;
  }
  result.span = span_of(context);
  result.base = name_of(context->start);
  if (context->shape() != nullptr && context->start == context->shape()->start) {
    const Span before{result.span.source, result.span.begin, result.span.begin};
    report_.add(before, diag::SyntaxMistake, "a shape stands behind an element type")
        .help("tensors of 32-bit floats are `f32`", {before, "f32"});
    result.base = {"f32", before};
  }
  if (Grammar::ShapeContext* shape = context->shape(); shape != nullptr) {
    if (is_broken(shape)) {
      result.base.text.clear();
      return result;
    }
    result.shape.emplace();
    for (Grammar::AxisContext* axis : shape->axis()) {
      result.shape->push_back({axis->ELLIPSIS() != nullptr ? nullptr : arithmetic(axis->arith()), span_of(axis)});
    }
  }
  return result;
}

RangeExpr TreeBuilder::range(Grammar::SpanContext* context) {
  RangeExpr result;
  if (context == nullptr) {
    result.begin = error_expr(context);
    return result;
  }
  result.span = span_of(context);
  const std::vector<Grammar::ArithContext*> ends = context->arith();
  result.begin = arithmetic(ends.empty() ? nullptr : ends[0]);
  if (context->RANGE() != nullptr) {
    result.end = arithmetic(ends.size() < 2 ? nullptr : ends[1]);
  }
  return result;
}

bool TreeBuilder::is_broken(antlr4::ParserRuleContext* context) const {
  return context->exception != nullptr;
}

ErrorDecl TreeBuilder::error_decl(antlr4::ParserRuleContext* context) const {
  return {names_within(context)};
}

ExprPtr TreeBuilder::error_expr(antlr4::ParserRuleContext* context) const {
  return std::make_unique<Expr>(
      Expr{.span = context == nullptr ? Span{} : span_of(context), .node = ErrorExpr{names_within(context)}});
}

std::vector<Name> TreeBuilder::names_within(antlr4::ParserRuleContext* context) const {
  std::vector<Name> result;
  if (context == nullptr || context->start == nullptr) {
    return result;
  }
  const Span span = span_of(context);
  for (std::size_t index = context->start->getTokenIndex(); index < lexemes_.items.size(); ++index) {
    const Lexeme& lexeme = lexemes_.items[index];
    if (lexeme.begin >= span.end) {
      break;
    }
    if (is_name(lexeme.type)) {
      result.push_back({std::string(lexemes_.text_of(lexeme)), lexemes_.span_of(lexeme)});
    }
  }
  return result;
}

Span TreeBuilder::span_of(antlr4::ParserRuleContext* context) const {
  Span span = span_of(context->start);
  if (context->stop != nullptr) {
    span.end = std::max(span.end, span_of(context->stop).end);
  }
  return span;
}

Span TreeBuilder::span_of(antlr4::Token* token) const {
  return lexemes_.span_of(lexemes_.items[token->getTokenIndex()]);
}

Span TreeBuilder::span_of(antlr4::tree::TerminalNode* node) const {
  return span_of(node->getSymbol());
}

Name TreeBuilder::name(Grammar::NameContext* context) const {
  return context == nullptr || context->children.empty() ? Name{} : name_of(context->start);
}

Name TreeBuilder::name_of(antlr4::Token* token) const {
  const Span span = span_of(token);
  return {std::string(lexemes_.text.substr(span.begin, span.end - span.begin)), span};
}

std::string TreeBuilder::string_value(antlr4::tree::TerminalNode* node) {
  const Span span = span_of(node);
  return decode_string(lexemes_.text.substr(span.begin, span.end - span.begin));
}

}  // namespace kdlc::syntax
