// The state of elaboration: what a scope holds, what a body's state is, and what one model's elaboration shares.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check/check.hpp"
#include "check/names.hpp"
#include "check/values.hpp"
#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"

namespace kdlc::check {

struct Binding {
  Value value;
  Span span;
};
/// Names and their values. Lookup goes outwards and ends in the prelude.
struct Scope {
  std::map<std::string, Binding, std::less<>> names;
  const Scope* outer = nullptr;
};

/// How weights are named here (language, 2.6).
struct Naming {
  std::string scope;                       // path of the block application around; empty in a model
  std::string bound_name;                  // of the declaration at hand; empty in `return`
  std::map<std::string, int> kind_counts;  // unnamed applications of each kind in this declaration
  std::vector<std::int64_t> turns;         // of the `repeat`s around, outermost first
  bool is_whole_name = false;              // the only stage of a `layer`: `scope` is its path
};

/// A block, fn or model being expanded; the innermost stands last.
struct ApplicationFrame {
  const void* declaration = nullptr;
  std::string name;
  Span span;
};

struct Elaboration;
struct TrainState;
struct TestScope;

/// One body (model, block application, fn application, file) while it is elaborated.
struct Body {
  Elaboration& elaboration;
  Scope root;                    // what the body itself defines
  const Scope* scope = nullptr;  // innermost: `root`, or inside `repeat i in …` a scope around it
  Naming naming;
  graph::RecordId record;  // of the application around; none in a model
  const BodyFacts* facts = nullptr;
  bool is_model = false;  // an applied model, whose outputs are its results

  Body(Elaboration& elaboration_, const Scope* file) : elaboration(elaboration_) {
    root.outer = file;
    scope = &root;
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
};

/// One `layer` of a body: its weights are made by the first application.
struct SharedLayerState {
  const syntax::LayerDecl* declaration = nullptr;
  Span span;
  Body* body = nullptr;  // where it is declared; alive as long as the layer can be applied
  std::string path;
  std::map<std::string, std::uint32_t> parameters;  // by path: indices into Graph::parameters
  Span first_application;
  Span application;  // at hand
  bool is_applied = false;
  SharedLayerState* around = nullptr;  // while it is applied: the layer inside which that happens
};

/// Errors wait here until their declaration is done, then go to the report: once each, with the applications around.
struct ReportedOnce {
  Message* message = nullptr;
  std::size_t repeats = 0;
};

struct Elaboration {
  const Options& options;
  const SourceSet& sources;
  const NameFacts& facts;
  Report& report;  // the final one
  Report pending;  // what this declaration has said so far: the target of every `add`
  std::map<std::string, ReportedOnce>* reported = nullptr;  // by code and place; shared by all models of the file

  graph::Graph graph;
  graph::Builder* builder = nullptr;  // of `graph`, or of a scratch graph while a type is only inferred
  const syntax::ModelDecl* model = nullptr;
  TestScope* test = nullptr;  // set inside `test`, where all sizes are known
  std::map<std::string, std::int64_t> dim_bounds;
  std::vector<Dim> never_negative;                // promised by `require`
  std::map<std::string, std::int64_t> multiples;  // `require T % 4 == 0` of the model: T is a multiple of 4
  std::vector<ApplicationFrame> applications;
  std::deque<SharedLayerState> shared_layers;
  SharedLayerState* sharing = nullptr;  // set while a `layer` is applied
  std::map<std::string, std::uint32_t> parameter_by_path;
  std::map<const TensorData*, graph::NodeId> constant_nodes;
  std::map<std::string, Span> constants_below;  // of the file, while its constants are evaluated from the first on
  std::optional<WeightsClause> weights;
  std::vector<Unreached> unreached;
  std::vector<NamedValue> named_values;
  std::size_t application_count = 0;
  TrainState* train = nullptr;              // while `train` is elaborated
  const syntax::FnDecl* formula = nullptr;  // the `fn` that is being applied
  std::optional<Training> training;
  std::vector<Span> mended;  // where the text was mended: what is declared there is unknown
  int depth = 0;
  bool gave_up = false;     // K410, K411: everything is unknown from here on
  bool is_complete = true;  // false once a layer could not be lowered

  Elaboration(const Options& options_, const SourceSet& sources_, const NameFacts& facts_, Report& report_)
      : options(options_), sources(sources_), facts(facts_), report(report_) {}
};

/// Sends what is pending to the report; a message of the same code and place is counted, not repeated.
/// Returns the number of errors that were pending.
std::size_t flush(Elaboration& elaboration);
/// Counts one application; false after K410, when nothing more is expanded.
bool spend(Elaboration& elaboration, const Span& span);

/// Increments the depth of evaluation for as long as it lives.
class DepthGuard {
public:
  explicit DepthGuard(Elaboration& elaboration) : elaboration_(elaboration) { ++elaboration_.depth; }
  ~DepthGuard() { --elaboration_.depth; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;

private:
  Elaboration& elaboration_;
};

// ---- expressions -------------------------------------------------------------------------------------------------

/// What the place of an expression takes: option words, a function with settings, an initializer.
struct Expectation {
  std::span<const std::string_view> words;
  bool function = false;
  bool initializer = false;
  bool only_words = false;  // a name that is nothing else is a misspelt word, for its setting to report
  bool schedule = false;    // `lr: cosine_decay(…)`
};
Value evaluate(Body& body, const syntax::Expr& expression, const Expectation& expectation = {});
/// The same, with what must be a setting; reports K404 "… is given where `what` is needed" otherwise.
std::optional<std::int64_t> evaluate_whole(Body& body, const syntax::Expr& expression, const std::string& what);
/// What to call an expression in a message: its text when short, else the name of its last layer.
std::string text_of(const Body& body, const syntax::Expr& expression);
/// A name in the scopes around, or the prelude; nullptr when unknown.
const Value* find_name(const Scope& scope, std::string_view name);
std::optional<Value> find_prelude(std::string_view name);
/// The names of the prelude that stand for a value of their own in any expression.
bool is_prelude_name(std::string_view name);

/// A value with what is known of its place.
struct Operand {
  Value value;
  Span span;
  std::string text;
};
Operand evaluate_operand(Body& body, const syntax::Expr& expression, const Expectation& expectation = {});

// ---- operators ---------------------------------------------------------------------------------------------------

struct OperatorSite {
  Span span;
  Span op_span;
};
Value apply_binary(Body& body, syntax::BinaryOp op, const OperatorSite& site, const Operand& left,
                   const Operand& right);
Value apply_unary(Body& body, syntax::UnaryOp op, const Span& span, const Operand& operand);
/// On settings only; reports and gives Unknown where the operation has no result.
Value compute_binary(Body& body, syntax::BinaryOp op, const OperatorSite& site, const Operand& left,
                     const Operand& right);
/// On tensors, at least one of which is one; numbers take its type.
Value combine_tensors(Body& body, syntax::BinaryOp op, const OperatorSite& site, const Operand& left,
                      const Operand& right);
/// `x[…]` on a tensor or a list.
Value evaluate_index(Body& body, const syntax::Expr& expression, const syntax::Index& index);
/// A constant of a file becomes a node of the graph at hand; everything else is unchanged.
Value materialise(Body& body, const Value& value);

// ---- applications ------------------------------------------------------------------------------------------------

/// Where something is applied: `-> conv2d(8, 3) as conv1`, or `relu(x)`.
struct ApplicationSite {
  Span span;         // the stage or call
  Span name_span;    // of what is applied
  std::string name;  // as written
  const syntax::Name* as = nullptr;
  bool is_stage = false;
};
/// One positional argument: already evaluated, or still text so that its place can say what it takes.
struct Item {
  std::optional<Operand> operand;
  const syntax::Expr* expression = nullptr;
  Span span;
  bool is_head = false;  // stood before `->`
};
struct Arguments {
  std::vector<Item> positional;
  std::vector<const syntax::Argument*> named;
};
Arguments collect_arguments(std::vector<Operand> heads, const std::vector<syntax::Argument>* arguments);
/// Applies any applicable value; K306 for what is none.
Value apply(Body& body, const Value& callee, const ApplicationSite& site, Arguments arguments);
Value apply_layer(Body& body, const catalogue::Layer& layer, const ApplicationSite& site, Arguments arguments);
/// K521 for the look-ups among the nodes from `first_node` on, whose ids are known to lie outside their table; true
/// when none are.
bool check_lookups(Body& body, std::size_t first_node, const ApplicationSite& site, std::string_view layer);
Value apply_function(Body& body, const PreludeFunction& function, const ApplicationSite& site, Arguments arguments);
Value apply_number_function(Body& body, const NumberFunction& function, const ApplicationSite& site,
                            Arguments arguments);
Value apply_user_function(Body& body, const UserFunction& function, const ApplicationSite& site, Arguments arguments);
Value apply_block(Body& body, const UserBlock& block, const ApplicationSite& site, Arguments arguments);
Value apply_model(Body& body, const UserModel& model, const ApplicationSite& site, Arguments arguments);
Value apply_shared_layer(Body& body, const SharedLayer& layer, const ApplicationSite& site, Arguments arguments);
Value evaluate_chain(Body& body, const syntax::Chain& chain);
Value evaluate_call(Body& body, const syntax::Expr& expression, const syntax::Call& call,
                    const Expectation& expectation);
Value run_stages(Body& body, const std::vector<syntax::Stage>& stages, std::vector<Operand> heads);
Value apply_score(Body& body, const PreludeScore& score, const ApplicationSite& site, Arguments arguments);
/// `cosine_decay(1e-3, steps: 1000)`; the name is known to be that of a schedule.
Value make_schedule(Body& body, const std::string& name, const Span& name_span, const Span& span,
                    const std::vector<syntax::Argument>* arguments);
/// A value as a function that layers can call; nullopt for what is none.
std::optional<catalogue::FunctionValue> as_function(Body& body, const Value& value, const Span& span);
/// A `PreludeFunction` with the settings behind its name: `leaky_relu(0.1)`.
std::optional<PreludeFunction> bind_function_settings(Body& body, const PreludeFunction& function,
                                                      const ApplicationSite& site, const Arguments& arguments);

// ---- names of weights --------------------------------------------------------------------------------------------

/// The path of an application of `kind` here, with the turn numbers of the `repeat`s around.
std::string application_path(Body& body, const std::string& kind, const syntax::Name* as);
/// The weight at `path`: made now, or that of the first application inside a `layer`. nullopt after K220, K331.
struct WeightRequest {
  std::string path;
  std::string owner;  // the layer, for messages
  TensorType type;
  graph::Initializer initializer;
  bool trainable = true;
  bool non_negative = false;
  Span span;
};
std::optional<std::uint32_t> request_weight(Body& body, WeightRequest request, graph::RecordId record);

/// Opens a record and makes it the builder's; the previous one comes back when this ends.
class RecordScope {
public:
  RecordScope(Body& body, graph::Record record);
  ~RecordScope();
  RecordScope(const RecordScope&) = delete;
  RecordScope& operator=(const RecordScope&) = delete;
  [[nodiscard]] graph::RecordId id() const { return id_; }
  [[nodiscard]] graph::Record& record() { return builder_.graph().records[id_]; }
  /// Notes what came out.
  void finish(const std::vector<Tensor>& results);

private:
  graph::Builder& builder_;
  graph::RecordId id_;
  graph::RecordId previous_;
};

// ---- types -------------------------------------------------------------------------------------------------------

/// A declared type; every axis known. nullopt after reporting.
std::optional<TensorType> evaluate_type(Body& body, const syntax::TypeExpr& type);
/// Compares `type` with a declaration in which `...` and, with `binds_names`, unknown names may stand; reports and
/// gives false when it differs.
struct PatternSite {
  std::string name;  // of the declared thing
  Span declared;     // the name and type
  Span given;        // the expression
  bool binds_names = false;
  graph::NodeId node = {};  // the value, for how it came to its shape
};
bool match_type(Body& body, const syntax::TypeExpr& pattern, const TensorType& type, const PatternSite& site);

// ---- declarations ------------------------------------------------------------------------------------------------

/// What a block gives.
struct BodyResult {
  std::vector<Value> values;
  std::size_t error_count = 0;  // reported for the body itself
};
/// Elaborates the declarations of a block's or an applied model's body.
BodyResult elaborate_block_body(Body& body, const syntax::Body& declarations);
void elaborate_const(Body& body, const syntax::ConstDecl& declaration, const Span& span);
void elaborate_bind(Body& body, const syntax::BindDecl& declaration);
void elaborate_param(Body& body, const syntax::ParamDecl& declaration, const Span& span);
/// True when the condition is about sizes known only at run time: every call is checked against it, and what follows
/// may rely on it.
bool becomes_size_rule(Body& body, const syntax::RequireDecl& declaration);
/// Notes what `require T % 4 == 0` of a model promises, before anything mentions T: from then on T is 4 * floor(T / 4),
/// which divides and multiplies back exactly. Every call is checked against it.
void find_multiples(Body& body, const syntax::Body& model);
/// A declared dim as the model computes with it.
Dim dim_of_run_time(const Elaboration& elaboration, const std::string& name);
/// A type with the declared dims themselves: what a call brings.
TensorType with_plain_dims(const Elaboration& elaboration, TensorType type);
/// False when it does not hold: what follows in its body would only repeat the mistake.
bool elaborate_require(Body& body, const syntax::RequireDecl& declaration);
void elaborate_layer_declaration(Body& body, const syntax::LayerDecl& declaration, const Span& span);
void define(Body& body, const syntax::Name& name, Value value);
struct WeightKind {
  Span span;
  bool trainable = true;
};
/// A weight that stands for itself: `param`, or a `const` from the weights file.
void define_weight(Body& body, const syntax::Name& name, const std::optional<TensorType>& type,
                   const std::optional<graph::Initializer>& initializer, const WeightKind& kind);
std::optional<graph::Initializer> evaluate_initializer(Body& body, const syntax::Expr& expression);
/// True for `zeros`, `normal`, …: what may stand where a weight's start is given.
bool is_initializer_name(std::string_view name);
/// The initializer `name(arguments…)`.
Value make_initializer(Body& body, const std::string& name, const std::vector<syntax::Argument>* arguments);

struct ModelOptions {
  std::vector<std::string> doc;
  bool takes_defines = false;  // the model that is asked for, not another one of the file
};
/// Elaborates a whole model into `elaboration.graph`.
void elaborate_model(Elaboration& elaboration, const syntax::ModelDecl& model, const Scope& file,
                     const ModelOptions& options, CheckedModel& checked);
/// Elaborates the `train` of the model that `model_body` is; nullopt when it has an error.
std::optional<Training> elaborate_train(Body& model_body, const syntax::TrainDecl& declaration, const Span& span);
std::optional<WeightsClause> evaluate_weights_clause(Body& body, const syntax::WeightsDecl& declaration,
                                                     const Span& span);
/// K210 to K214 for one body.
void check_dangling(Elaboration& elaboration, const BodyFacts& facts);

}  // namespace kdlc::check
