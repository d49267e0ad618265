// Where each kind of declaration may stand (K110 to K112): the grammar accepts any of them anywhere.
#include "check/placement.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// Where a declaration stands, as bits, so that a kind can have several places.
enum Place : unsigned { in_file = 1, in_model = 2, in_block = 4, in_train = 8, in_test = 16 };

struct Rule {
  std::string_view word;
  unsigned places = 0;
  std::string_view belongs;  // where else it would be right, for the help
};

struct RuleOf {
  Rule operator()(const syntax::ErrorDecl&) const { return {"", ~0U, ""}; }
  Rule operator()(const syntax::ImportDecl&) const { return {"import", in_file, "at the top of the file"}; }
  Rule operator()(const syntax::ModelDecl&) const { return {"model", in_file, "at the top level of the file"}; }
  Rule operator()(const syntax::BlockDecl&) const { return {"block", in_file, "at the top level of the file"}; }
  Rule operator()(const syntax::FnDecl&) const { return {"fn", in_file, "at the top level of the file"}; }
  Rule operator()(const syntax::InputDecl&) const { return {"input", in_model, "in a model; a block has parameters"}; }
  Rule operator()(const syntax::OutputDecl&) const { return {"output", in_model, "in a model; a block has `return`"}; }
  Rule operator()(const syntax::DimDecl&) const { return {"dim", in_model, "in a model"}; }
  Rule operator()(const syntax::ConstDecl&) const {
    return {"const", in_file | in_model | in_block | in_train | in_test, "in a file, model or block"};
  }
  Rule operator()(const syntax::ParamDecl&) const { return {"param", in_model | in_block, "in a model or block"}; }
  Rule operator()(const syntax::LayerDecl&) const { return {"layer", in_model | in_block, "in a model or block"}; }
  Rule operator()(const syntax::RequireDecl&) const { return {"require", in_model | in_block, "in a model or block"}; }
  Rule operator()(const syntax::WeightsDecl&) const { return {"weights", in_model | in_test, "in a model or test"}; }
  Rule operator()(const syntax::TrainDecl&) const { return {"train", in_model, "in a model"}; }
  Rule operator()(const syntax::TestDecl&) const {
    return {"test", in_file | in_model, "in a model or at the top of the file"};
  }
  Rule operator()(const syntax::TargetDecl&) const { return {"target", in_train, "in `train`"}; }
  Rule operator()(const syntax::LossDecl&) const { return {"loss", in_train, "in `train`"}; }
  Rule operator()(const syntax::OptimizerDecl&) const { return {"optimizer", in_train, "in `train`"}; }
  Rule operator()(const syntax::MetricDecl&) const { return {"metric", in_train, "in `train`"}; }
  Rule operator()(const syntax::ExpectDecl&) const { return {"expect", in_test, "in `test`"}; }
  Rule operator()(const syntax::ReturnDecl&) const { return {"return", in_block, "in a block; a model has `output`"}; }
  Rule operator()(const syntax::BindDecl&) const {
    return {"", in_model | in_block | in_train | in_test, "in a model or block"};
  }
};

Rule rule_of(const syntax::Decl& declaration) {
  return std::visit(RuleOf{}, declaration.node);
}

std::string name_of_line(const syntax::Decl& declaration) {
  if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    return bind->targets.front().name.text + " = …";
  }
  return std::string(rule_of(declaration).word);
}

struct Checker {
  const SourceSet& sources;
  NameFacts& facts;
  Report& report;
};

void check_body(Checker& checker, const syntax::Body& body, Place place, const std::string& where);

void check_inner_bodies(Checker& checker, const syntax::Decl& declaration) {
  if (const auto* train = std::get_if<syntax::TrainDecl>(&declaration.node)) {
    check_body(checker, train->body, in_train, "`train`");
  } else if (const auto* test = std::get_if<syntax::TestDecl>(&declaration.node)) {
    check_body(checker, test->body, in_test, "`test`");
  }
}

void check_body(Checker& checker, const syntax::Body& body, Place place, const std::string& where) {
  for (const syntax::Decl& declaration : body.declarations) {
    if (std::holds_alternative<syntax::ErrorDecl>(declaration.node)) {
      checker.facts[&body].has_unread_lines = true;
      continue;
    }
    const Rule rule = rule_of(declaration);
    if ((rule.places & place) == 0) {
      checker.report.add(declaration.span, diag::Misplaced, name_of_line(declaration), where)
          .help(fmt::format("`{}` stands {}", name_of_line(declaration), rule.belongs));
      checker.facts[&body].has_unread_lines = true;
      continue;
    }
    check_inner_bodies(checker, declaration);
  }
}

void check_returns(Checker& checker, const syntax::BlockDecl& block) {
  const syntax::Decl* first = nullptr;
  for (const syntax::Decl& declaration : block.body.declarations) {
    const bool is_return = std::holds_alternative<syntax::ReturnDecl>(declaration.node);
    if (is_return && first != nullptr) {
      checker.report.add(declaration.span, diag::ReturnCount, block.name.text, "returns a second time")
          .label(first->span, "the first `return`")
          .help("several results stand in one `return a, b`");
    }
    first = is_return && first == nullptr ? &declaration : first;
  }
  if (first == nullptr && !checker.facts[&block.body].has_unread_lines) {
    checker.report.add(block.name.span, diag::ReturnCount, block.name.text, "has no `return`")
        .help("end it with `return …`, the value that it gives");
  }
}

/// Stray lines that follow one another have one cause, so only the first is reported.
void check_file(Checker& checker, const syntax::Tree& tree) {
  const syntax::ModelDecl* last_model = nullptr;
  bool is_run = false;
  for (const syntax::Decl& declaration : tree.declarations) {
    const Rule rule = rule_of(declaration);
    if ((rule.places & in_file) != 0) {
      const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node);
      const bool is_error = std::holds_alternative<syntax::ErrorDecl>(declaration.node);
      if (is_error && last_model != nullptr) {
        checker.facts[&last_model->body].has_unread_lines = true;
      }
      last_model = model != nullptr ? model : last_model;
      is_run = is_run && is_error;
      continue;
    }
    if (last_model != nullptr) {
      checker.facts[&last_model->body].has_unread_lines = true;
    }
    if (is_run) {
      continue;
    }
    is_run = true;
    Message& message = checker.report.add(declaration.span, diag::OutsideModel, name_of_line(declaration));
    if (last_model == nullptr) {
      message.help(fmt::format("it stands {}: `model Name {{ … }}`", rule.belongs));
      continue;
    }
    Span brace = last_model->body.span;
    brace.begin = brace.end == 0 ? 0 : brace.end - 1;
    const LineColumn place = checker.sources.file(brace.source).position(brace.begin);
    message.label(brace, fmt::format("`{}` ended at {}:{}", last_model->name.text, place.line, place.column));
    message.help(fmt::format("is the `}}` at {}:{} one too many?", place.line, place.column));
  }
}

}  // namespace

bool may_stand_in_file(const syntax::Decl& declaration) {
  return (rule_of(declaration).places & in_file) != 0;
}

std::string_view word_of(const syntax::Decl& declaration) {
  return rule_of(declaration).word;
}

void check_placement(const syntax::Tree& tree, const SourceSet& sources, NameFacts& facts, Report& report) {
  Checker checker{sources, facts, report};
  check_file(checker, tree);
  for (const syntax::Decl& declaration : tree.declarations) {
    if (std::holds_alternative<syntax::TestDecl>(declaration.node)) {
      check_inner_bodies(checker, declaration);
    } else if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
      check_body(checker, model->body, in_model, fmt::format("model `{}`", model->name.text));
    } else if (const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node)) {
      check_body(checker, block->body, in_block, fmt::format("block `{}`", block->name.text));
      check_returns(checker, *block);
    }
  }
}

}  // namespace kdlc::check
