// Private to syntax/: writes a tree as canonical source, line by line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/source.hpp"
#include "syntax/layout.hpp"
#include "syntax/operators.hpp"
#include "syntax/tree.hpp"

namespace kdlc::syntax {

/// Lines are filled up to here.
inline constexpr std::size_t kLineWidth = 100;
inline constexpr std::uint32_t kEndOfFile = 0xffffffffU;

/// A list in brackets that may be broken over lines.
struct PrintedItem {
  const Name* name = nullptr;  // of a setting
  const Expr* value = nullptr;
  const Subscript* subscript = nullptr;  // instead of a value
  Span span;
};

class Printer {
public:
  Printer(const Tree& tree, const SourceSet& sources);
  std::string print();

private:
  // ---- declarations: print_declarations.cpp ----
  void declarations(const std::vector<Decl>& list, bool is_file);
  void declaration(const Decl& decl);
  void body(const Body& body);
  void show(const ErrorDecl& decl);
  void show(const ImportDecl& decl);
  void show(const ModelDecl& decl);
  void show(const BlockDecl& decl);
  void show(const FnDecl& decl);
  void show(const InputDecl& decl);
  void show(const TargetDecl& decl);
  void show(const OutputDecl& decl);
  void show(const DimDecl& decl);
  void show(const ConstDecl& decl);
  void show(const ParamDecl& decl);
  void show(const LayerDecl& decl);
  void show(const RequireDecl& decl);
  void show(const WeightsDecl& decl);
  void show(const TrainDecl& decl);
  void show(const LossDecl& decl);
  void show(const OptimizerDecl& decl);
  void show(const MetricDecl& decl);
  void show(const TestDecl& decl);
  void show(const ExpectDecl& decl);
  void show(const ReturnDecl& decl);
  void show(const BindDecl& decl);
  void renames(const WeightsDecl& decl);
  void typed_name(const Name& name, const TypeExpr* type);
  void value_after_sign(const ExprPtr& value);
  void parameters(const std::vector<Parameter>& list);
  [[nodiscard]] std::string parameter_text(const Parameter& parameter) const;
  [[nodiscard]] bool wants_blank_line(const Decl& before, const Decl& decl, bool is_file) const;

  // ---- expressions on as many lines as they need: print_expressions.cpp ----
  void expression(const Expr& expr);
  void chain(const Chain& chain);
  void stages(std::span<const Stage> list, bool all_broken);
  void stage(const Stage& stage);
  void choice(const If& choice);
  void branch(const Expr& value, std::uint32_t opened_at);
  void items(std::string_view open, const std::vector<PrintedItem>& list, std::string_view close, const Span& span);
  void item(const PrintedItem& item);

  // ---- expressions on one line: flat_text.cpp ----
  [[nodiscard]] std::string flat(const Expr& expr, Level at_least = Level::chain) const;
  [[nodiscard]] std::string flat(const Stage& stage) const;
  [[nodiscard]] std::string flat(const std::vector<Stage>& stages) const;
  [[nodiscard]] std::string flat(const RangeExpr& range) const;
  [[nodiscard]] std::string flat(const TypeExpr& type) const;
  [[nodiscard]] std::string flat(const Subscript& subscript) const;
  [[nodiscard]] std::string flat(const PrintedItem& item) const;
  [[nodiscard]] std::string flat_items(const std::vector<PrintedItem>& list) const;
  [[nodiscard]] std::string literal(const Expr& expr) const;
  [[nodiscard]] std::string literal(const std::string& value, const Span& span) const;

  // ---- lines and comments: print.cpp ----
  void write(std::string_view words);
  void stop(StopKind kind, std::uint32_t source_offset);
  /// Everything before this place of the source has been written.
  void reached(const Span& span);
  void reached(std::uint32_t offset);
  /// Ends the line with the comments that belong to it, writes those of their own lines up to `next`, and begins a
  /// line.
  void new_line(std::uint32_t next);
  void begin_line();
  void end_line(std::uint32_t next = kEndOfFile);
  void comment_line(const Comment& comment);
  void trailing_comments(std::uint32_t next);
  void blank_line();
  [[nodiscard]] std::size_t column() const;
  [[nodiscard]] bool fits(std::size_t length) const { return column() + length <= kLineWidth; }
  [[nodiscard]] bool is_known(const Span& span) const {
    return file_ != nullptr && span.is_known() && span.end > span.begin;
  }
  [[nodiscard]] bool has_line_break(std::uint32_t begin, std::uint32_t end) const;
  [[nodiscard]] bool has_line_break(const Span& span) const {
    return is_known(span) && has_line_break(span.begin, span.end);
  }
  [[nodiscard]] bool has_blank_line(std::uint32_t begin, std::uint32_t end) const;
  [[nodiscard]] bool has_comment_within(const Span& span) const;

  const Tree& tree_;
  const SourceFile* file_ = nullptr;  // null: the tree was not read from a text
  std::vector<PrintedLine> lines_;
  std::size_t indentation_ = 0;   // in steps of two spaces
  std::uint32_t position_ = 0;    // in the source, of the end of what has been written
  bool is_line_over_ = false;     // the line ends in a comment
  std::size_t next_comment_ = 0;  // the first comment not written
};

/// Whether a line within an expression must not begin with this text (K104).
bool begins_with_soft_word(std::string_view text);

std::vector<PrintedItem> to_items(const std::vector<ExprPtr>& values);
std::vector<PrintedItem> to_items(const std::vector<Argument>& arguments);
std::vector<PrintedItem> to_items(const std::vector<Subscript>& subscripts);

}  // namespace kdlc::syntax
