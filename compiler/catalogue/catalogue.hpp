// Front door of catalogue/: every layer, function and activation as a declaration.
//
// One entry is one file in layers/ or activations/ and defines one constant:
//   extern const Layer layer_dense = {.name = "dense", …};          // layers/dense.cpp, in namespace kdlc::catalogue
//   extern const Activation activation_gelu = {.name = "gelu", …};  // activations/gelu.cpp
// CMake lists the folders and generates the registry: adding a layer touches one file.
//
// What check/ does with an entry: bind the arguments to Application, run check_ranges, then Layer::infer, make the
// weights, then Layer::lower. Every activation and elementwise function is a Layer too (find_layer answers for it).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"
#include "types/tensor_type.hpp"

namespace kdlc::catalogue {

// ---- settings ----------------------------------------------------------------------------------------------------

enum class SettingKind : std::uint8_t {
  integer,      // int
  number,       // float (an int is taken too)
  boolean,      // bool
  text,         // str
  word,         // one of `words`
  function,     // an activation or a user's fn
  size,         // an int, or a dim known at run time
  sizes,        // one int for all axes, or a list with one int for each
  padding,      // same | valid | causal | int | [h, w] | [[top, bottom], [left, right]]
  initializer,  // `normal(0.02)`, `zeros()`, …: the name as a word, or a list of the name and its numbers
  axes,         // an int or a list of ints
  list,         // any list of numbers
  rate,         // a number, or a schedule: a list of its name and its settings in order
};

/// A function value: an activation with its settings, or a user's fn.
struct FunctionValue {
  std::string name;
  /// Appends the function of `x`; keeps the shape unless the function says otherwise.
  std::function<graph::NodeId(graph::Builder& builder, graph::NodeId x)> apply;
  /// The result type for an operand type, or nullopt after reporting at `span`.
  std::function<std::optional<TensorType>(const TensorType& operand, const Span& span, Report& report)> infer;
};

struct SettingValue;
using SettingList = std::vector<SettingValue>;
struct SettingValue {
  // monostate: none given and no default
  std::variant<std::monostate, std::int64_t, double, bool, std::string, Dim, FunctionValue, SettingList> value;
  bool is_word = false;  // the string is an option word (`same`), not a text

  [[nodiscard]] bool is_none() const { return std::holds_alternative<std::monostate>(value); }
  [[nodiscard]] std::string to_text() const;
};

/// The range of a number; checked before `infer` runs (K341).
struct Range {
  std::optional<double> minimum;
  std::optional<double> maximum;
  bool minimum_excluded = false;
  bool maximum_excluded = false;
};

struct Setting {
  std::string_view name;
  SettingKind kind = SettingKind::integer;
  std::optional<SettingValue> default_value;  // nullopt: must be given; monostate: optional without a value
  Range range;                                // of the number, or of every number of a list
  std::vector<std::string_view> words;        // for SettingKind::word, and words that a padding may be
  std::string_view doc;                       // one sentence
  bool collects = false;                      // takes all further positional arguments as a list: `reshape(x, 1, 1, C)`
};

/// What a Keras or PyTorch user would write instead of a setting's name: K309 with a fix.
struct ForeignName {
  std::string_view theirs;
  std::string_view ours;
};

/// `several`: none, or some in parentheses by name, `initial: (h, c)`; the last input of its layer.
enum class Arity : std::uint8_t { one, optional, variadic, several };
struct InputSpec {
  std::string_view name;
  Arity arity = Arity::one;
  std::string_view doc;
  bool names_places = false;  // a list of numbers given there holds whole numbers, whatever stands beside it
};

// ---- one application ---------------------------------------------------------------------------------------------

struct BoundInput {
  TensorType type;
  Span span;
  std::string text;  // what to call it in messages: `image`, or `conv1`
};
struct BoundSetting {
  SettingValue value;
  Span span;  // of the argument; of the application when defaulted
  bool given = false;
  std::optional<std::uint32_t> text_begin = std::nullopt;  // of a text written there byte by byte: where it starts
};
/// A setting that the layer takes under any name (Layer::any_name).
struct NamedSetting {
  std::string name;
  Span name_span;
  BoundSetting bound;
};

struct Layer;

/// A layer with its inputs and settings bound: what infer and lower read. Kinds and ranges are already checked.
class Application {
public:
  const Layer* layer = nullptr;
  std::string path;                                     // the weight path without a tensor: `stage2.unit.0.conv1`
  std::string text;                                     // what to call it: `conv1`, else `conv2d`
  Span span;                                            // the stage or call
  std::vector<BoundInput> inputs;                       // optional ones that are missing are left out; see input_index
  std::vector<std::optional<std::size_t>> input_index;  // per InputSpec: where its (first) tensor stands in `inputs`
  std::vector<BoundSetting> settings;                   // per Layer::settings
  std::vector<NamedSetting> named;                      // those that Layer::any_name takes, in order
  Report* report = nullptr;
  bool whole_batch = false;  // in `train` and `test`, where the batch is one tensor: axis 0 is an axis like others

  [[nodiscard]] const BoundSetting& setting(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;  // has a value
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] const std::string& word(std::string_view name) const;
  /// One size for each of `axis_count` axes, an int being repeated; nullopt after reporting a list of another length.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> sizes(std::string_view name, std::size_t axis_count) const;
  [[nodiscard]] const FunctionValue* function(std::string_view name) const;  // nullptr when none
  /// The text of a setting of kind text; empty when none.
  [[nodiscard]] std::string text_of(std::string_view name) const;
  /// Every tensor given to a variadic input, or the one of another; none when it is optional and missing.
  [[nodiscard]] std::span<const BoundInput> inputs_of(std::string_view name) const;
  [[nodiscard]] const TensorType& type(std::size_t input = 0) const { return inputs[input].type; }
};

struct WeightSpec {
  std::string_view name;  // `kernel`
  TensorType type;
  graph::Initializer initializer;
  bool trainable = true;
  bool non_negative = false;
};
struct Inferred {
  std::vector<TensorType> results;
  std::vector<WeightSpec> weights;
  std::string details;  // settings worth a column in the summary: `6 × 5×5, same, tanh`
};

/// What lower has in hand: the application, the operand nodes, and the weights in the order of Inferred::weights.
struct Lowering {
  const Application& application;
  graph::Builder& builder;
  std::vector<graph::NodeId> inputs;
  std::vector<graph::NodeId> weights;
  const Inferred& inferred;
};

struct Layer {
  std::string_view name;
  std::string_view summary;  // one sentence for `kdlc layers` and the reference; with the formula
  std::vector<InputSpec> inputs;
  std::vector<Setting> settings;
  std::optional<Setting> any_name = std::nullopt;  // what may be given under any other name: the sizes of rearrange
  std::vector<ForeignName> foreign_names;
  std::vector<std::string_view> known_elsewhere_as;  // `Conv2D`, `Linear`: for "did you mean"
  /// Result types and weights, or nullopt after reporting every mistake.
  std::optional<Inferred> (*infer)(const Application& application) = nullptr;
  /// Appends the primitives; must give the inferred types. nullptr: checked but not compiled yet (K904).
  std::vector<graph::NodeId> (*lower)(Lowering& lowering) = nullptr;
};

/// What is known of an activation's results, for losses and metrics that want them so.
enum class ValueRange : std::uint8_t {
  unknown,
  any,           // every number: what no activation gives
  not_negative,  // 0 and above
  signed_unit,   // -1 to 1
  unit,          // 0 to 1, each for itself
  distribution,  // 0 to 1, with sum 1 along the last axis
};

/// An elementwise function of one tensor, with settings that may stand behind its name (`leaky_relu(0.1)`). A setting
/// reaches the formula as a number: true is 1, and a setting without a value is infinity.
/// An activation that is not elementwise (softmax) sets `lower` in place of `formula`.
struct Activation {
  std::string_view name;
  std::string_view summary;  // with the formula
  std::vector<Setting> settings;
  /// The value at operand 0, with settings in order.
  graph::MapBuilder::Value (*formula)(graph::MapBuilder& map, graph::MapBuilder::Value x,
                                      std::span<const double> settings) = nullptr;
  graph::NodeId (*lower)(graph::Builder& builder, graph::NodeId x, std::span<const double> settings) = nullptr;
  /// The result shape where the operand is checked or the shape changes (softmax, glu); nullptr otherwise. `name` is
  /// the activation's, for messages.
  std::optional<Shape> (*infer)(std::string_view name, const TensorType& operand, std::span<const double> settings,
                                const Span& span, Report& report) = nullptr;
  bool is_activation = true;  // false: a plain function of the formula language (exp, sqrt)
  bool floats_only = true;
  std::vector<std::string_view> known_elsewhere_as = {};
  ValueRange gives = ValueRange::unknown;
};

// ---- the registry ------------------------------------------------------------------------------------------------

/// All layers proper, sorted by name.
const std::vector<const Layer*>& layers();
/// All activations and elementwise functions, sorted by name.
const std::vector<const Activation*>& activations();
/// A layer by name, or an activation as the layer of one input that applies it.
const Layer* find_layer(std::string_view name);
const Activation* find_activation(std::string_view name);
/// A foreign layer name (`Conv2D`, `MaxPooling2D`, `Linear`, `BatchNormalization`) and ours, for "did you mean".
std::optional<std::string_view> our_name_of(std::string_view foreign_layer_name);

/// An activation with its settings as a function value.
FunctionValue bind_activation(const Activation& activation, std::vector<double> settings);
/// Bound settings in order as the numbers that bind_activation takes; missing ones at the end take their defaults.
std::vector<double> settings_as_numbers(const std::vector<Setting>& declared, std::span<const SettingValue> given);

/// The first setting that has neither a default nor, among the first `given`, a value; nullptr when none is missing.
const Setting* missing_setting(const std::vector<Setting>& declared, std::size_t given);
/// Whether the value is in the setting's range; reports K341 at `span` when it is not.
bool check_range(const Setting& setting, const SettingValue& value, std::string_view owner, const Span& span,
                 Report& report);
/// Reports every setting that is out of its declared range (K341); true when none is. To be called before infer.
bool check_ranges(const Application& application);

/// An initializer of Keras by our name or Keras' (`normal`, `random_normal`).
struct InitializerKind {
  std::string_view name;       // what graph::Initializer::kind holds
  std::string_view also;       // another name for it; may be empty
  std::string_view parameter;  // the name of its number: `std`; empty when it takes none
  double default_value = 0;
};
std::span<const InitializerKind> initializers();
const InitializerKind* find_initializer(std::string_view name);

// ---- operators that check/ builds itself -------------------------------------------------------------------------

/// NumPy's rule on the axes after N, N against N, equal element types: the result type of `left verb right`, or nullopt
/// after reporting K314 or K321 at `span`. `verb` is what the message says: "add", "compare".
std::optional<TensorType> infer_broadcast(std::string_view verb, const BoundInput& left, const BoundInput& right,
                                          const Span& span, Report& report);
/// The type of `left @ right` (K313): NumPy's rule, axes before the last two broadcast, N first or absent.
std::optional<TensorType> infer_matmul(const BoundInput& left, const BoundInput& right, const Span& span,
                                       Report& report);
/// The primitives of `left @ right`; the types must have passed infer_matmul.
graph::NodeId lower_matmul(graph::Builder& builder, graph::NodeId left, graph::NodeId right);

}  // namespace kdlc::catalogue
