// The tree of a .kdl file: plain structs with spans, nothing of ANTLR, nothing checked yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "source/source.hpp"

namespace kdlc::syntax {

/// A word in the source with its place.
struct Name {
  std::string text;
  Span span;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// ---- expressions -----------------------------------------------------------------------------------------------

struct IntLiteral {
  std::int64_t value = 0;
};
struct FloatLiteral {
  double value = 0;
};
struct StringLiteral {
  std::string value;  // escapes decoded
};
struct BoolLiteral {
  bool value = false;
};
struct NameRef {
  std::string name;
};
/// `a.b`
struct Member {
  ExprPtr object;
  Name member;
};
/// `[a, b]`
struct ListExpr {
  std::vector<ExprPtr> items;
};
/// `(a, b)`; one item with no comma is a parenthesised expression, kept so that it prints as written.
struct TupleExpr {
  std::vector<ExprPtr> items;
  bool is_parenthesis = false;  // exactly one item, no comma
};
enum class UnaryOp : std::uint8_t { negate, logical_not };
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};
enum class BinaryOp : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  remainder,
  matmul,
  power,
  equal,
  not_equal,
  approximately,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or
};
struct Binary {
  BinaryOp op;
  Span op_span;
  ExprPtr left;
  ExprPtr right;
};
struct Argument {
  std::optional<Name> name;  // `stride: 2`
  bool used_equals = false;  // `stride = 2`: K101
  ExprPtr value;
  Span span;
};
/// `f(a, b: 1)`
struct Call {
  ExprPtr callee;
  std::vector<Argument> arguments;
  Span arguments_span;  // with the parentheses
};
/// One place of an index: `...`, `3`, or `a:b:c` with any part missing.
struct Subscript {
  enum class Kind : std::uint8_t { ellipsis, position, range };
  Kind kind = Kind::position;
  ExprPtr begin;  // the position for Kind::position
  ExprPtr end;
  ExprPtr step;
  Span span;
};
struct Index {
  ExprPtr object;
  std::vector<Subscript> subscripts;
};
struct If {
  ExprPtr condition;
  ExprPtr then_value;
  ExprPtr else_value;  // an If for `else if`
};

struct Stage;
/// `a -> f -> g(1) as h`
struct Chain {
  ExprPtr head;
  std::vector<Stage> stages;
};

/// What could not be parsed, or a missing operand: already reported, stays quiet.
struct ErrorExpr {
  std::vector<Name> mentioned;  // the names within it: they count as used
};

struct Expr {
  Span span;
  std::variant<ErrorExpr, IntLiteral, FloatLiteral, StringLiteral, BoolLiteral, NameRef, Member, ListExpr, TupleExpr,
               Unary, Binary, Call, Index, If, Chain>
      node;
};

/// `0..count`, `3`, or a list.
struct RangeExpr {
  ExprPtr begin;  // or the only expression
  ExprPtr end;    // null without `..`
  Span span;
};

/// `conv2d(8, 3) as conv1`
struct ApplyStage {
  std::vector<Name> path;                          // `blocks.conv_bn`
  std::optional<std::vector<Argument>> arguments;  // nullopt: no parentheses
  Span arguments_span;
  std::optional<Name> as;
};
/// `repeat i in 0..3 { … }`
struct RepeatStage {
  std::optional<Name> variable;
  RangeExpr range;
  std::vector<Stage> body;
};
struct Stage {
  Span span;
  Span arrow_span;  // the `->` before it; unknown for the first stage of a `layer` or a `repeat`
  std::variant<ApplyStage, RepeatStage> node;
};

// ---- types -----------------------------------------------------------------------------------------------------

struct AxisExpr {
  ExprPtr size;  // null for `...`
  Span span;
};
/// `f32[N, 8]`, `int`, `fn`, `block`
struct TypeExpr {
  Name base;  // empty text: the type could not be parsed, which has been reported
  std::optional<std::vector<AxisExpr>> shape;
  Span span;
};

// ---- declarations ----------------------------------------------------------------------------------------------

struct Decl;

struct Parameter {
  Name name;
  std::optional<TypeExpr> type;
  ExprPtr default_value;  // may be null
  Span span;
};
struct Body {
  std::vector<Decl> declarations;
  Span span;  // with the braces
};
struct ImportDecl {
  std::string path;
  Span path_span;
  std::optional<Name> as;
};
struct ModelDecl {
  Name name;
  std::vector<Parameter> parameters;
  bool has_parameter_list = false;
  Body body;
};
struct BlockDecl {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<TypeExpr> results;
  Body body;
};
struct FnDecl {
  Name name;
  std::vector<Parameter> parameters;
  std::optional<TypeExpr> result;
  ExprPtr value;
};
struct InputDecl {
  Name name;
  TypeExpr type;
  std::optional<RangeExpr> range;
};
struct TargetDecl {
  Name name;
  TypeExpr type;
  std::optional<RangeExpr> range;
};
struct OutputDecl {
  Name name;
  std::optional<TypeExpr> type;
  ExprPtr value;  // null for `output y`
};
struct DimBound {
  Name name;
  ExprPtr bound;  // may be null
};
struct DimDecl {
  std::vector<DimBound> dims;
};
struct ConstDecl {
  Name name;
  std::optional<TypeExpr> type;
  ExprPtr value;  // null: from the weights file
};
struct ParamDecl {
  Name name;
  TypeExpr type;
  ExprPtr value;  // initial value; may be null
};
struct LayerDecl {
  Name name;
  std::vector<Stage> stages;
};
struct RequireDecl {
  ExprPtr condition;
  std::optional<std::string> message;
};
struct Rename {
  std::string from;
  std::string to;
  Span from_span;
  Span to_span;
};
struct WeightsDecl {
  ExprPtr source;
  std::vector<Argument> arguments;
  bool has_renames = false;
  std::vector<Rename> renames;
};
struct ReturnDecl {
  std::vector<ExprPtr> values;
};
struct BindTarget {
  Name name;
  std::optional<TypeExpr> type;
};
struct BindDecl {
  std::vector<BindTarget> targets;
  ExprPtr value;
};
struct TrainDecl {
  Body body;
};
struct LossDecl {
  std::optional<Name> name;
  ExprPtr value;
};
struct OptimizerDecl {
  ExprPtr value;
};
struct MetricDecl {
  std::optional<Name> name;
  ExprPtr value;
};
struct TestDecl {
  std::string title;
  Span title_span;
  Body body;
};
struct ExpectDecl {
  ExprPtr condition;
  ExprPtr within;  // may be null
};
/// Skipped over after a syntax error. A declaration whose name could be read keeps its kind instead, with an ErrorExpr
/// or an empty type (or, in an import or a test, an empty text) in place of what could not.
struct ErrorDecl {
  std::vector<Name> mentioned;  // the names within it: they count as used
};

struct Decl {
  Span span;
  std::vector<std::string> doc;  // the text of its `///` lines, without the slashes
  std::variant<ErrorDecl, ImportDecl, ModelDecl, BlockDecl, FnDecl, InputDecl, OutputDecl, DimDecl, ConstDecl,
               ParamDecl, LayerDecl, RequireDecl, WeightsDecl, TrainDecl, TargetDecl, LossDecl, OptimizerDecl,
               MetricDecl, TestDecl, ExpectDecl, ReturnDecl, BindDecl>
      node;
};

/// A comment, kept so that `fmt` loses nothing.
struct Comment {
  std::string text;  // with its delimiters
  Span span;
  bool own_line = false;  // nothing but white space before it on its line
  bool is_doc = false;
};

struct Tree {
  SourceId source;
  std::optional<std::int64_t> version;  // of `kdl 1`
  Span version_span;
  std::vector<Decl> declarations;
  std::vector<Comment> comments;  // in order of place
};

}  // namespace kdlc::syntax
