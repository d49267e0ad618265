// Private to syntax/: turns ANTLR's parse tree into ours, whole or broken.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "syntax/lexemes.hpp"
#include "syntax/operators.hpp"
#include "syntax/tree.hpp"

#include "KdlParser.h"

namespace kdlc::syntax {

using Grammar = kdlc_grammar::KdlParser;

/// The deepest tree of operations that is built: everything that walks a tree may recurse.
inline constexpr std::size_t kMaxOperationDepth = 1000;

/// Builds every node from what the parser could read; a rule that failed becomes ErrorExpr or ErrorDecl, or keeps its
/// name with an unread part. Reports the mistakes that the grammar takes on purpose ("mistake:" in Kdl.g4).
class TreeBuilder {
public:
  TreeBuilder(const Lexemes& lexemes, Report& report)
      : lexemes_(lexemes), report_(report), comments_(lexemes.comments) {}

  Tree tree(Grammar::SourceFileContext* context);

private:
  // declarations
  std::vector<Decl> declarations(const std::vector<Grammar::DeclContext*>& contexts);
  void declaration(Grammar::DeclContext* context, std::vector<Decl>& out);
  Body body(Grammar::BodyContext* context);
  std::vector<Parameter> parameters(Grammar::ParamsContext* context);
  ImportDecl import_decl(Grammar::ImportDeclContext* context);
  ModelDecl model_decl(Grammar::ModelDeclContext* context);
  BlockDecl block_decl(Grammar::BlockDeclContext* context);
  FnDecl fn_decl(Grammar::FnDeclContext* context);
  void output_decl(Grammar::OutputDeclContext* context, Decl decl, std::vector<Decl>& out);
  LayerDecl layer_decl(Grammar::LayerDeclContext* context);
  TestDecl test_decl(Grammar::TestDeclContext* context);
  ReturnDecl return_decl(Grammar::ReturnDeclContext* context);
  BindDecl bind_decl(Grammar::BindDeclContext* context);
  DimDecl dim_decl(Grammar::DimDeclContext* context);
  WeightsDecl weights_decl(Grammar::WeightsDeclContext* context);
  BindTarget bind_target(Grammar::BindTargetContext* context);
  /// The text of the `///` lines right before the declaration that begins at a lexeme; other `///` are mere comments.
  std::vector<std::string> doc_before(std::size_t lexeme);
  void header(Grammar::HeaderContext* context, Tree& tree);
  bool is_broken(antlr4::ParserRuleContext* context) const;
  ErrorDecl error_decl(antlr4::ParserRuleContext* context) const;

  // types
  TypeExpr type(Grammar::TypeSpecContext* context);
  std::optional<TypeExpr> optional_type(Grammar::TypeSpecContext* context);
  RangeExpr range(Grammar::SpanContext* context);

  // expressions
  ExprPtr expression(Grammar::ExprContext* context);
  ExprPtr optional_expression(Grammar::ExprContext* context);
  ExprPtr operand(Grammar::OperandContext* context);
  ExprPtr conjunction(Grammar::ConjContext* context);
  ExprPtr negation(Grammar::NegationContext* context);
  ExprPtr comparison(Grammar::ComparisonContext* context);
  ExprPtr arithmetic(Grammar::ArithContext* context);
  ExprPtr optional_arithmetic(Grammar::ArithContext* context);
  ExprPtr term(Grammar::TermContext* context);
  ExprPtr factor(Grammar::FactorContext* context);
  ExprPtr power(Grammar::PowerContext* context);
  ExprPtr postfix(Grammar::PostfixContext* context);
  ExprPtr primary(Grammar::PrimaryContext* context);
  ExprPtr if_expression(Grammar::IfExprContext* context);
  ExprPtr literal(antlr4::Token* token);
  std::vector<Argument> arguments(Grammar::ArgsContext* context);
  Argument named_argument(Grammar::NamedArgContext* context);
  void report_equals(const std::vector<Argument>& arguments, const std::vector<Span>& signs);
  std::vector<Subscript> subscripts(Grammar::IndexContext* context);
  std::vector<Stage> stages(Grammar::StagesContext* context, bool& is_whole);
  std::optional<Stage> stage(Grammar::StageContext* context, const Span& arrow);
  ExprPtr stray_as(ExprPtr value, Grammar::StrayAsContext* context);

  /// Operators of one level, from the left: `a + b - c`.
  template <class Context, class Build>
  ExprPtr fold(Context* context, Build build);

  // places and words
  Span span_of(antlr4::ParserRuleContext* context) const;
  Span span_of(antlr4::Token* token) const;
  Span span_of(antlr4::tree::TerminalNode* node) const;
  Name name(Grammar::NameContext* context) const;
  Name name_of(antlr4::Token* token) const;
  std::string string_value(antlr4::tree::TerminalNode* node);
  std::vector<Name> names_within(antlr4::ParserRuleContext* context) const;
  ExprPtr error_expr(antlr4::ParserRuleContext* context) const;

  const Lexemes& lexemes_;
  Report& report_;
  std::vector<Comment> comments_;
  std::size_t depth_ = 0;         // of operations above the node being built
  std::size_t next_comment_ = 0;  // comments before it belong to declarations already built
};

template <class Node>
ExprPtr make(const Span& span, Node node) {
  return std::make_unique<Expr>(Expr{.span = span, .node = std::move(node)});
}

/// The token of a leaf of the parse tree; null for a rule.
inline antlr4::Token* as_token(antlr4::tree::ParseTree* child) {
  auto* terminal = dynamic_cast<antlr4::tree::TerminalNode*>(child);
  return terminal == nullptr ? nullptr : terminal->getSymbol();
}

}  // namespace kdlc::syntax
