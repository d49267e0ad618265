// What stands only in tests: `zeros()`, `random(seed: 1)`, `load("x.npy")`, and lists as tensors.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "check/literals.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

constexpr std::array<std::string_view, 4> kDataNames = {"load", "ones", "random", "zeros"};

/// The one argument that `random` and `load` take; nullptr after reporting another count or name.
const syntax::Expr* only_argument(Body& body, const std::string& name, const syntax::Call& call,
                                  std::string_view parameter) {
  Report& pending = body.elaboration.pending;
  const std::size_t wanted = parameter.empty() ? 0 : 1;
  for (const syntax::Argument& argument : call.arguments) {
    if (argument.name && argument.name->text != parameter) {
      Message& message =
          pending.add(argument.name->span, diag::UnknownSetting, argument.name->text, name, "is unknown");
      message.help(wanted == 0 ? fmt::format("`{}` has no settings", name)
                               : fmt::format("`{}` has `{}`", name, parameter));
      return nullptr;
    }
  }
  if (call.arguments.size() > wanted) {
    pending.add(call.arguments[wanted].span, diag::TooManyArguments, name,
                static_cast<std::uint64_t>(call.arguments.size()), static_cast<std::uint64_t>(wanted));
    return nullptr;
  }
  if (call.arguments.size() < wanted && parameter == "path") {
    pending.add(call.callee->span, diag::MissingSetting, name, std::string(parameter))
        .help("name the file: `load(\"x.npy\")`");
  }
  return call.arguments.empty() ? nullptr : call.arguments.front().value.get();
}

Value filled(Body& body, double value, const TensorType& type) {
  graph::Builder& builder = *body.elaboration.builder;
  const graph::NodeId number = builder.scalar(value, type.dtype);
  return {Tensor{type.shape.axes.empty() ? number : builder.broadcast_to(number, type.shape), type}};
}

Value make_random(Body& body, const syntax::Call& call, const TensorType& type, const Span& span) {
  const std::size_t reported = body.elaboration.pending.size();
  const syntax::Expr* seed = only_argument(body, "random", call, "seed");
  RandomTensor random = body.elaboration.test->declared_random.value_or(RandomTensor{});
  if (seed != nullptr) {
    const std::optional<std::int64_t> whole = evaluate_whole(body, *seed, "a whole number as seed");
    random.seed = static_cast<std::uint64_t>(whole.value_or(0));
  }
  if (body.elaboration.pending.size() != reported) {
    return {Unknown{}};
  }
  return {test_value(body, random, type, span)};
}

Value make_loaded(Body& body, const syntax::Call& call, const TensorType& type, const Span& span) {
  const syntax::Expr* path = only_argument(body, "load", call, "path");
  if (path == nullptr) {
    return {Unknown{}};
  }
  const Value value = evaluate(body, *path);
  const auto* text = value.as<Text>();
  if (text == nullptr) {
    if (!value.is_unknown()) {
      body.elaboration.pending.add(path->span, diag::SettingNeeded, describe(value), "path", "load",
                                   "the name of an .npy file in quotes");
    }
    return {Unknown{}};
  }
  return {test_value(body, FileTensor{text->text, body.elaboration.test->declared_name, path->span}, type, span)};
}

}  // namespace

bool is_test_data_name(std::string_view name) {
  return std::find(kDataNames.begin(), kDataNames.end(), name) != kDataNames.end();
}

Value make_test_data(Body& body, const std::string& name, const syntax::Call& call, const Span& span) {
  const TestScope& scope = *body.elaboration.test;
  if (!scope.declared) {
    body.elaboration.pending.add(span, diag::NoDeclaredShape, std::string(body.elaboration.sources.text(span)))
        .help(
            fmt::format("give it a name with a type first: `x: f32[2, 3] = {}`", body.elaboration.sources.text(span)));
    return {Unknown{}};
  }
  const TensorType type = *scope.declared;
  if (name == "random") {
    return make_random(body, call, type, span);
  }
  if (name == "load") {
    return make_loaded(body, call, type, span);
  }
  const std::size_t reported = body.elaboration.pending.size();
  static_cast<void>(only_argument(body, name, call, ""));
  return body.elaboration.pending.size() != reported ? Value{Unknown{}}
                                                     : filled(body, name == "ones" ? 1.0 : 0.0, type);
}

Operand as_test_tensor(Body& body, Operand operand, std::optional<DType> dtype) {
  if (body.elaboration.test != nullptr && operand.value.as<List>() != nullptr) {
    const std::string& owner = body.elaboration.test->declared_name;
    operand.value = literal_tensor(body, operand, dtype, owner.empty() ? "test" : owner);
  }
  return operand;
}

}  // namespace kdlc::check
