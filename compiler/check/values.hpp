// What an expression can stand for while compiling: tensors, settings, and everything that can be applied.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/training.hpp"
#include "graph/graph.hpp"
#include "syntax/tree.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::check {

struct Value;
struct Scope;

/// The cause has been reported already: everything made from it stays quiet.
struct Unknown {};
/// A value of the model at run time. Without a node it is known by type only: some layer before it is not compiled yet.
struct Tensor {
  graph::NodeId node;
  TensorType type;
};
/// A `const` of a file: no node yet, because each model has a graph of its own.
struct ConstantTensor {
  std::string name;
  std::shared_ptr<const TensorData> data;
};
struct Text {
  std::string text;
  bool is_word = false;  // an option word: `same`
};
struct List {
  std::vector<Value> items;
};
/// Several results, or `(a, b)`.
struct Tuple {
  std::vector<Value> items;
};
/// `0.02` behind `normal`: how a weight starts.
struct InitializerValue {
  graph::Initializer initializer;
};

/// `cosine_decay(1e-3, steps: 1000)`, as SettingKind::rate takes it.
struct ScheduleValue {
  catalogue::SettingValue value;
};

// ---- what can be applied -----------------------------------------------------------------------------------------

struct PreludeLayer {
  const catalogue::Layer* layer = nullptr;
};
struct PreludeFunction {
  const catalogue::Activation* activation = nullptr;
  std::vector<double> settings;
  bool is_bound = false;  // `leaky_relu(0.1)`: the settings are chosen
};
/// A loss or a metric, in `train`.
struct PreludeScore {
  const catalogue::Loss* loss = nullptr;
  const catalogue::Metric* metric = nullptr;
};
/// floor, ceil, min, max, … on settings; the elementwise layer of that name, if there is one, serves tensors.
struct NumberFunction {
  std::string name;
};
struct UserFunction {
  const syntax::FnDecl* declaration = nullptr;
  const Scope* file = nullptr;
  Span span;
};
struct UserBlock {
  const syntax::BlockDecl* declaration = nullptr;
  const Scope* file = nullptr;
  Span span;
};
struct UserModel {
  const syntax::ModelDecl* declaration = nullptr;
  const Scope* file = nullptr;
  Span span;
};
/// What `layer` declares: an index into Elaboration::shared_layers.
struct SharedLayer {
  std::size_t index = 0;
};
/// An imported file.
struct Module {
  const Scope* scope = nullptr;
};

struct Value {
  std::variant<Unknown, Tensor, ConstantTensor, std::int64_t, double, bool, Dim, Text, List, Tuple, InitializerValue,
               ScheduleValue, PreludeScore, PreludeLayer, PreludeFunction, NumberFunction, UserFunction, UserBlock,
               UserModel, SharedLayer, Module>
      node;

  [[nodiscard]] bool is_unknown() const { return std::holds_alternative<Unknown>(node); }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&node);
  }
  [[nodiscard]] bool is_tensor() const { return as<Tensor>() != nullptr; }
};

/// A constant Dim is an int.
Value value_of(const Dim& dim);
/// An int or a dim as a Dim.
std::optional<Dim> as_dim(const Value& value);
/// An int or a float as a double.
std::optional<double> as_number(const Value& value);
/// True for an int, a float, a flag, a text or a dim, and for lists of these.
bool is_setting(const Value& value);
/// True for what can stand behind `->`.
bool is_applicable(const Value& value);

/// What a value is, for messages: "the number 2.5", "a tensor (f32[N, 8])", "the layer `dense`".
std::string describe(const Value& value);
/// A setting as it would be written: `2.5`, `same`, `[1, 2]`.
std::string to_text(const Value& value);

}  // namespace kdlc::check
