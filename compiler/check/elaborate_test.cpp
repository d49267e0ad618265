// A test: sizes first, then inputs, names of its own and expectations in order. All sizes are known here, so that the
// batch is an axis like others and formulas are over the whole of it.
#include <fmt/format.h>

#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

const graph::DimInfo* find_dim(const TestedModel* model, const std::string& name) {
  if (model != nullptr) {
    for (const graph::DimInfo& dim : model->graph.dims) {
      if (dim.name == name) {
        return &dim;
      }
    }
  }
  return nullptr;
}

bool is_size(const TestedModel* model, const std::string& name) {
  return name == "N" || find_dim(model, name) != nullptr;
}

const syntax::BindDecl* as_bind_of_one(const syntax::Decl& declaration) {
  const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node);
  return bind != nullptr && bind->targets.size() == 1 ? bind : nullptr;
}

void bind_size(Body& body, const syntax::BindDecl& bind) {
  TestScope& scope = *body.elaboration.test;
  const std::string& name = bind.targets.front().name.text;
  const std::optional<std::int64_t> size = evaluate_whole(body, *bind.value, "a whole number as size");
  if (!size) {
    return;
  }
  const graph::DimInfo* dim = find_dim(scope.model, name);
  const bool is_above = dim != nullptr && dim->bound && *size > *dim->bound;
  if (*size < 1 || is_above) {
    Message& message =
        body.elaboration.pending.add(bind.value->span, diag::SettingRange, fmt::format("{}", *size), name, "test",
                                     is_above ? fmt::format("at most {}", *dim->bound) : std::string("at least 1"));
    if (is_above) {
      message.label(dim->span, "declared here");
    }
    return;
  }
  scope.sizes[name] = *size;
}

/// Sizes of run time among settings become numbers.
Value with_numbers(const Value& value, const std::map<std::string, std::int64_t>& sizes) {
  if (const auto* dim = value.as<Dim>()) {
    const std::optional<std::int64_t> size = dim->evaluate(sizes);
    return size ? Value{*size} : Value{Unknown{}};
  }
  if (const auto* list = value.as<List>()) {
    List known;
    for (const Value& item : list->items) {
      known.items.push_back(with_numbers(item, sizes));
    }
    return {std::move(known)};
  }
  return value;
}

/// Every name of the model's body with what it stands for in the test.
void define_model_names(Body& body) {
  const TestScope& scope = *body.elaboration.test;
  for (const auto& [name, binding] : scope.model->body.root.names) {
    Value value = with_numbers(binding.value, scope.sizes);
    if (const auto* tensor = value.as<Tensor>()) {
      const std::optional<TensorType> type = at_sizes(tensor->type, scope.sizes);
      value = type ? Value{test_value(body, CallResult{0, tensor->node}, *type, binding.span)} : Value{Unknown{}};
    }
    body.root.names[name] = {std::move(value), binding.span};
  }
}

std::optional<std::size_t> find_input(const TestedModel* model, const std::string& name) {
  for (std::size_t index = 0; model != nullptr && index < model->graph.inputs.size(); ++index) {
    if (model->graph.inputs[index].name == name) {
      return index;
    }
  }
  return std::nullopt;
}

void report_other_type(Body& body, const std::string& name, const TensorType& wanted, const Operand& given,
                       const Span& declared) {
  const auto* tensor = given.value.as<Tensor>();
  Message& message = body.elaboration.pending.add(given.span, diag::TypeDiffers, name,
                                                  tensor != nullptr ? tensor->type.to_text() : describe(given.value),
                                                  wanted.to_text());
  message.label(declared, "declared here");
  if (as_number(given.value)) {
    message.help(fmt::format("for that number everywhere write `{} * ones()`", given.text));
  } else if (tensor != nullptr && tensor->type.dtype != wanted.dtype && tensor->type.shape == wanted.shape) {
    message.help("convert it", {given.span, fmt::format("cast({}, {})", given.text, name_of(wanted.dtype))});
  }
}

/// A value for something of a declared type; Unknown after reporting.
Value evaluate_given(Body& body, const syntax::Expr& expression, const std::string& name, const TensorType& wanted,
                     const Span& declared) {
  TestScope& scope = *body.elaboration.test;
  scope.declared = wanted;
  scope.declared_name = name;
  Operand given = as_test_tensor(body, evaluate_operand(body, expression), wanted.dtype);
  scope.declared = std::nullopt;
  scope.declared_name.clear();
  scope.declared_random = std::nullopt;
  const bool is_one_number = wanted.shape.axes.empty() && as_number(given.value);
  if (is_one_number) {
    given.value = {Tensor{body.elaboration.builder->scalar(*as_number(given.value), wanted.dtype), wanted}};
  }
  const auto* tensor = given.value.as<Tensor>();
  if (given.value.is_unknown() || (tensor != nullptr && tensor->type == wanted)) {
    return given.value;
  }
  report_other_type(body, name, wanted, given, declared);
  return {Unknown{}};
}

void bind_input(Body& body, const syntax::BindDecl& bind, std::size_t index) {
  TestScope& scope = *body.elaboration.test;
  const graph::InputInfo& input = scope.model->graph.inputs[index];
  const std::optional<TensorType> type = at_sizes(scope.model->graph.node(input.node).type, scope.sizes);
  if (!type) {
    return;
  }
  if (input.range_begin && input.range_end) {
    scope.declared_random = RandomTensor{0, *input.range_begin, *input.range_end};
  }
  const Value value = evaluate_given(body, *bind.value, input.name, *type, input.span);
  scope.given[input.name] = bind.targets.front().name.span;
  body.root.names[input.name] = {value, bind.targets.front().name.span};
  if (const auto* tensor = value.as<Tensor>()) {
    scope.test.calls.front().inputs[index] = tensor->node;
  }
}

void bind_own_name(Body& body, const syntax::BindDecl& bind) {
  const syntax::BindTarget& target = bind.targets.front();
  const TestedModel* model = body.elaboration.test->model;
  if (model != nullptr && model->body.root.names.contains(target.name.text)) {
    return;  // what the model computes is not given: K203 has been reported
  }
  if (bind.targets.size() > 1 || !target.type) {
    elaborate_bind(body, bind);
    return;
  }
  const std::optional<TensorType> type = evaluate_type(body, *target.type);
  const Value value =
      type ? evaluate_given(body, *bind.value, target.name.text, *type, target.type->span) : Value{Unknown{}};
  define(body, target.name, value);
}

void elaborate_line(Body& body, const syntax::Decl& declaration) {
  TestScope& scope = *body.elaboration.test;
  if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    const std::string& name = bind->targets.front().name.text;
    if (bind->targets.size() == 1 && is_size(scope.model, name)) {
      return;  // bound before all others
    }
    const std::optional<std::size_t> input =
        bind->targets.size() == 1 ? find_input(scope.model, name) : std::optional<std::size_t>();
    if (input) {
      bind_input(body, *bind, *input);
    } else {
      bind_own_name(body, *bind);
    }
  } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    elaborate_const(body, *constant, declaration.span);
  } else if (const auto* expect = std::get_if<syntax::ExpectDecl>(&declaration.node)) {
    if (std::optional<TestExpectation> expectation = elaborate_expect(body, *expect)) {
      scope.test.expectations.push_back(std::move(*expectation));
    }
  }
}

bool expects_something(const syntax::Body& body) {
  for (const syntax::Decl& declaration : body.declarations) {
    const bool is_unread = std::holds_alternative<syntax::ErrorDecl>(declaration.node);
    if (is_unread || std::holds_alternative<syntax::ExpectDecl>(declaration.node)) {
      return true;
    }
  }
  return false;
}

void bind_sizes(Body& body, const syntax::TestDecl& declaration) {
  TestScope& scope = *body.elaboration.test;
  scope.sizes["N"] = 1;
  if (scope.model != nullptr) {
    for (const graph::DimInfo& dim : scope.model->graph.dims) {
      scope.sizes[dim.name] = 1;
    }
  }
  for (const syntax::Decl& line : declaration.body.declarations) {
    const syntax::BindDecl* bind = as_bind_of_one(line);
    if (bind != nullptr && is_size(scope.model, bind->targets.front().name.text)) {
      bind_size(body, *bind);
    }
  }
  body.root.names["N"] = {{scope.sizes["N"]}, declaration.title_span};
}

void elaborate_lines(Body& body, const syntax::TestDecl& declaration) {
  TestScope& scope = *body.elaboration.test;
  for (const syntax::Decl& line : declaration.body.declarations) {
    if (const auto* weights = std::get_if<syntax::WeightsDecl>(&line.node)) {
      if (scope.test.weights) {
        body.elaboration.pending.add(line.span, diag::NameTwice, "weights")
            .label(scope.test.weights->span, "the first `weights`");
      }
      scope.test.weights = evaluate_weights_clause(body, *weights, line.span);
    } else {
      elaborate_line(body, line);
    }
    flush(body.elaboration);
  }
}

}  // namespace

std::optional<TensorType> at_sizes(const TensorType& type, const std::map<std::string, std::int64_t>& sizes) {
  TensorType known{type.dtype, {}};
  for (const Dim& axis : type.shape.axes) {
    const std::optional<std::int64_t> size = axis.evaluate(sizes);
    if (!size) {
      return std::nullopt;
    }
    known.shape.axes.emplace_back(*size);
  }
  return known;
}

Tensor test_value(Body& body, TestSource source, const TensorType& type, const Span& span) {
  Test& test = body.elaboration.test->test;
  test.sources.push_back(std::move(source));
  graph::InputInfo info;
  info.name = fmt::format("value{}", test.sources.size());
  info.span = span;
  return {body.elaboration.builder->input(std::move(info), type), type};
}

Test elaborate_test(Elaboration& outer, const syntax::TestDecl& declaration, const Scope& file,
                    const TestedModel* model) {
  Test test;
  test.title = declaration.title;
  test.span = declaration.title_span;
  TestScope scope{test, model, {}, {}, {}, {}, {}};
  Elaboration elaboration(outer.options, outer.sources, outer.facts, outer.report);
  elaboration.reported = outer.reported;
  elaboration.model = outer.model;
  elaboration.test = &scope;
  graph::Builder builder(elaboration.graph);
  elaboration.builder = &builder;
  Body body(elaboration, &file);
  bind_sizes(body, declaration);
  if (model != nullptr) {
    test.calls.push_back({std::nullopt, scope.sizes, std::vector<graph::NodeId>(model->graph.inputs.size())});
    define_model_names(body);
  }
  std::size_t error_count = flush(elaboration);
  if (error_count > 0) {
    return test;  // with wrong sizes nothing else can be said
  }
  const std::size_t reported = outer.report.error_count();
  elaborate_lines(body, declaration);
  error_count += outer.report.error_count() - reported;
  if (!expects_something(declaration.body)) {
    elaboration.pending.add(declaration.title_span, diag::TestWithoutExpect, declaration.title);
  }
  if (error_count == 0) {
    check_needs(body);
  }
  flush(elaboration);
  test.formulas = std::move(elaboration.graph);
  return test;
}

}  // namespace kdlc::check
