// Private to check/: the state of resolving one file's names, and the uses of names in expressions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "check/names.hpp"
#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

/// A definition of the file itself, or of an imported one.
struct FileName {
  std::string kind;  // "block"
  Span span;
  std::uint32_t mentions = 0;
};

/// What the names of a line of `train` may stand for besides values.
enum class TrainLine : std::uint8_t { none, value, loss, metric, optimizer };

struct Resolver {
  const FileNames& file;
  NameFacts& facts;
  Report& report;
  std::map<std::string, FileName> file_names;
  BodyFacts* body = nullptr;                               // null at the top of the file
  std::map<std::string, Local*> locals;                    // of the body at hand
  std::vector<const syntax::Name*> turn_names;             // variables of the `repeat`s around
  std::map<std::string, const syntax::Name*> path_values;  // by the path that the last stage of a value has
  std::map<std::string, Span> later;                       // names that the body defines further down
  bool takes_initializers = false;                         // where a weight's start is given: `zeros()`, `normal(0.02)`
  const std::vector<syntax::Argument>* call = nullptr;     // while the name at hand is applied: its arguments
  TrainLine train = TrainLine::none;                       // where in `train` the names at hand stand
  bool is_test = false;            // `zeros()` and its like are known, and nothing counts as wired
  std::size_t compared_count = 0;  // names among which nearest ones were looked for, in all
};

/// Counts a use of `name`, or reports it as unknown (K202). `is_argument`: words such as `same` are fine.
void mention(Resolver& resolver, const std::string& name, const Span& span, bool is_argument);
/// Counts the uses of names in an expression and reports the unknown ones.
void resolve(Resolver& resolver, const syntax::Expr& expression, bool is_argument);
void resolve_range(Resolver& resolver, const syntax::RangeExpr& range);
void resolve_stages(Resolver& resolver, const std::vector<syntax::Stage>& stages);
/// True for the name of a loss, metric, optimizer or schedule, where the line takes such.
bool is_train_name(TrainLine line, std::string_view name);
/// Defines a name of the body at hand; K201, K203 or the note K204.
void define_local(Resolver& resolver, const syntax::Name& name, LocalKind kind, const syntax::Expr* value = nullptr);
/// Names in a type; with `defines_names`, unknown ones are the type's own.
void resolve_type(Resolver& resolver, const syntax::TypeExpr& type, bool defines_names);
void resolve_optional(Resolver& resolver, const syntax::ExprPtr& expression);
/// Adds to K202 the value whose last layer has that name: `y = x -> dense(1) as head`, and `head` was written. False
/// when there is none.
bool explain_path(const Resolver& resolver, const std::string& name, const Span& span, Message& message);
/// Adds to K202 what an unknown name in `train` is elsewhere: a path of weights, a metric where a loss stands. False
/// when it is nothing of this kind.
bool explain_in_train(const Resolver& resolver, const std::string& name, const Span& span, Message& message);
/// The names of `train`, which live as long as it is resolved.
void resolve_train(Resolver& resolver, const syntax::TrainDecl& train);
/// The names of all tests among the declarations of a body or a file.
void resolve_tests(Resolver& resolver, const std::vector<syntax::Decl>& declarations);
/// K203: `name` hides what is defined at `outer`.
void report_hides(Resolver& resolver, const syntax::Name& name, const Span& outer);

}  // namespace kdlc::check
