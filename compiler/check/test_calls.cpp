// Applications in a test that run compiled code: the tested model again, and blocks, layers and other models.
#include <utility>

#include <fmt/format.h>

#include "check/formals.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// The tensors given for the inputs, in their order; nullopt after reporting.
std::optional<std::vector<Operand>> order_inputs(Body& body, const graph::Graph& graph, const ApplicationSite& site,
                                                 const Arguments& arguments) {
  Report& pending = body.elaboration.pending;
  std::vector<std::optional<Operand>> given(graph.inputs.size());
  const auto take = [&](std::size_t index, const syntax::Expr& expression) {
    const DType dtype = graph.node(graph.inputs[index].node).type.dtype;
    return as_test_tensor(body, evaluate_operand(body, expression), dtype);
  };
  if (arguments.positional.size() > given.size()) {
    pending.add(arguments.positional[given.size()].span, diag::TooManyArguments, site.name,
                static_cast<std::uint64_t>(arguments.positional.size()), static_cast<std::uint64_t>(given.size()));
    return std::nullopt;
  }
  for (std::size_t index = 0; index < arguments.positional.size(); ++index) {
    const Item& item = arguments.positional[index];
    const DType dtype = graph.node(graph.inputs[index].node).type.dtype;
    given[index] = item.operand ? as_test_tensor(body, *item.operand, dtype) : take(index, *item.expression);
  }
  for (const syntax::Argument* argument : arguments.named) {
    std::size_t index = 0;
    while (index < given.size() && graph.inputs[index].name != argument->name->text) {
      ++index;
    }
    if (index == given.size() || given[index]) {
      pending
          .add(argument->name->span, diag::UnknownSetting, argument->name->text, site.name,
               index == given.size() ? "is unknown" : "is given twice")
          .help("inside its own test a model takes its inputs; its settings are those of the test");
      return std::nullopt;
    }
    given[index] = take(index, *argument->value);
  }
  std::vector<Operand> operands;
  for (std::size_t index = 0; index < given.size(); ++index) {
    if (!given[index]) {
      pending.add(site.span, diag::TensorNeeded, "nothing", site.name, graph.inputs[index].name);
      return std::nullopt;
    }
    if (given[index]->value.is_unknown()) {
      return std::nullopt;
    }
    if (!given[index]->value.is_tensor()) {
      pending.add(given[index]->span, diag::TensorNeeded, describe(given[index]->value), site.name,
                  graph.inputs[index].name);
      return std::nullopt;
    }
    operands.push_back(std::move(*given[index]));
  }
  return operands;
}

/// Learns the sizes that one input brings; false after reporting that it is not as declared.
bool learn_sizes(Body& body, const graph::InputInfo& input, const TensorType& declared, const Operand& given,
                 std::map<std::string, std::int64_t>& sizes) {
  const TensorType& type = given.value.as<Tensor>()->type;
  bool fits = type.dtype == declared.dtype && type.shape.axis_count() == declared.shape.axis_count();
  for (std::size_t axis = 0; fits && axis < type.shape.axis_count(); ++axis) {
    const Dim& wanted = declared.shape.axes[axis];
    const std::int64_t size = type.shape.axes[axis].constant();
    if (wanted.is_symbol()) {
      fits = sizes.try_emplace(wanted.to_text(), size).first->second == size;
    } else {
      const std::optional<std::int64_t> known = wanted.evaluate(sizes);
      fits = !known || *known == size;
    }
  }
  if (!fits) {
    body.elaboration.pending.add(given.span, diag::TypeDiffers, input.name, type.to_text(), declared.to_text())
        .label(input.span, "declared here");
  }
  return fits;
}

bool check_bounds(Body& body, const graph::Graph& graph, const ApplicationSite& site,
                  const std::map<std::string, std::int64_t>& sizes) {
  for (const graph::DimInfo& dim : graph.dims) {
    const auto size = sizes.find(dim.name);
    if (size != sizes.end() && dim.bound && size->second > *dim.bound) {
      body.elaboration.pending
          .add(site.span, diag::SettingRange, fmt::format("{}", size->second), dim.name, site.name,
               fmt::format("at most {}", *dim.bound))
          .label(dim.span, "declared here");
      return false;
    }
  }
  return true;
}

Value value_of_results(std::vector<Value> results) {
  return results.size() == 1 ? std::move(results.front()) : Value{Tuple{std::move(results)}};
}

/// The results of a call as values of the test.
Value call_results(Body& body, std::size_t call, const std::vector<Tensor>& results,
                   const std::map<std::string, std::int64_t>& sizes, const Span& span) {
  std::vector<Value> values;
  for (const Tensor& result : results) {
    const std::optional<TensorType> type = at_sizes(result.type, sizes);
    values.push_back(type ? Value{test_value(body, CallResult{call, result.node}, *type, span)} : Value{Unknown{}});
  }
  return value_of_results(std::move(values));
}

/// What a program gets for a tensor of the test: an input whose first axis is the batch.
Tensor batch_input(graph::Builder& builder, const Operand& given, const TensorType& type) {
  TensorType lifted = type;
  if (!lifted.shape.axes.empty()) {
    lifted.shape.axes.front() = Dim::batch();
  }
  graph::InputInfo info;
  info.name = fmt::format("x{}", builder.graph().inputs.size());
  info.span = given.span;
  return {builder.input(std::move(info), lifted), lifted};
}

/// The element type that a block declares for its parameter at `index`.
std::optional<DType> declared_dtype(const Value& callee, std::size_t index) {
  const auto* block = callee.as<UserBlock>();
  if (block == nullptr) {
    return std::nullopt;
  }
  const std::vector<Formal> formals = formals_of(block->declaration->parameters);
  const bool is_typed = index < formals.size() && formals[index].type != nullptr;
  return is_typed ? dtype_from_name(formals[index].type->base.text) : std::nullopt;
}

/// A program while it is elaborated, and what the test gives it.
struct ProgramCall {
  Body& outer;
  const ApplicationSite& site;
  graph::Builder& builder;
  TestCall call;
  bool fits = true;
};

/// A tensor of the test as an input of the program; anything else as it is.
Operand give_to_program(ProgramCall& program, Operand given) {
  const auto* tensor = given.value.as<Tensor>();
  if (tensor == nullptr) {
    return given;
  }
  if (!tensor->type.shape.axes.empty()) {
    const std::int64_t batch = tensor->type.shape.axes.front().constant();
    const auto [known, is_new] = program.call.sizes.try_emplace("N", batch);
    if (!is_new && known->second != batch) {
      program.outer.elaboration.pending
          .add(given.span, diag::TypeDiffers, given.text, tensor->type.to_text(),
               fmt::format("{} samples, as the tensor before it", known->second))
          .help(fmt::format("the first axis of what `{}` is given in a test is the batch", program.site.name));
      program.fits = false;
    }
  }
  program.call.inputs.push_back(tensor->node);
  return {{batch_input(program.builder, given, tensor->type)}, given.span, given.text};
}

Arguments give_arguments(ProgramCall& program, const Value& callee, const Arguments& arguments) {
  Arguments given;
  given.named = arguments.named;
  for (std::size_t index = 0; index < arguments.positional.size(); ++index) {
    const Item& item = arguments.positional[index];
    Operand operand = item.operand ? *item.operand : evaluate_operand(program.outer, *item.expression);
    const std::optional<DType> dtype = declared_dtype(callee, index);
    const bool is_tensor_place = index == 0 || dtype.has_value();
    if (is_tensor_place) {
      operand = as_test_tensor(program.outer, std::move(operand), dtype);
    }
    given.positional.push_back(
        {give_to_program(program, std::move(operand)), item.expression, item.span, item.is_head});
  }
  return given;
}

/// The names of the model that a `layer` may mention: its settings, and other layers.
void define_settings(Body& body, const TestedModel& model) {
  for (const auto& [name, binding] : model.body.root.names) {
    const bool is_tensor = binding.value.is_tensor();
    body.root.names[name] = {is_tensor ? Value{Unknown{}} : binding.value, binding.span};
  }
  for (const SharedLayerState& layer : model.body.elaboration.shared_layers) {
    SharedLayerState fresh;
    fresh.declaration = layer.declaration;
    fresh.span = layer.span;
    fresh.body = layer.body == &model.body ? &body : layer.body;
    fresh.path = layer.path;
    body.elaboration.shared_layers.push_back(std::move(fresh));
  }
}

std::vector<Tensor> tensors_of(const Value& value) {
  std::vector<Tensor> tensors;
  if (const auto* tensor = value.as<Tensor>()) {
    tensors.push_back(*tensor);
  } else if (const auto* tuple = value.as<Tuple>()) {
    for (const Value& item : tuple->items) {
      if (const auto* tensor_item = item.as<Tensor>()) {
        tensors.push_back(*tensor_item);
      }
    }
  }
  return tensors;
}

}  // namespace

Value call_tested_model(Body& body, const ApplicationSite& site, Arguments arguments) {
  const TestScope& scope = *body.elaboration.test;
  const graph::Graph& graph = scope.model->graph;
  const std::optional<std::vector<Operand>> operands = order_inputs(body, graph, site, arguments);
  if (!operands) {
    return {Unknown{}};
  }
  TestCall call;
  for (std::size_t index = 0; index < operands->size(); ++index) {
    const graph::InputInfo& input = graph.inputs[index];
    if (!learn_sizes(body, input, graph.node(input.node).type, (*operands)[index], call.sizes)) {
      return {Unknown{}};
    }
    call.inputs.push_back((*operands)[index].value.as<Tensor>()->node);
  }
  call.sizes.try_emplace("N", 1);  // where no input brings one
  if (!check_bounds(body, graph, site, call.sizes)) {
    return {Unknown{}};
  }
  std::vector<Tensor> results;
  for (const graph::OutputInfo& output : graph.outputs) {
    if (!output.node.has_value()) {
      return {Unknown{}};  // checked but not compiled yet: reported where it is asked for
    }
    results.push_back({output.node, graph.node(output.node).type});
  }
  scope.test.calls.push_back(std::move(call));
  const TestCall& made = scope.test.calls.back();
  return call_results(body, scope.test.calls.size() - 1, results, made.sizes, site.span);
}

Value call_program(Body& body, const Value& callee, const ApplicationSite& site, Arguments arguments) {
  const Elaboration& outer = body.elaboration;
  TestScope& scope = *outer.test;
  Elaboration elaboration(outer.options, outer.sources, outer.facts, outer.report);
  elaboration.reported = outer.reported;
  graph::Builder builder(elaboration.graph);
  elaboration.builder = &builder;
  elaboration.graph.name = site.name;
  Body program(elaboration, body.root.outer);
  if (callee.as<SharedLayer>() != nullptr) {
    define_settings(program, *scope.model);
  }
  ProgramCall call{body, site, builder, {}, true};
  const Arguments given = give_arguments(call, callee, arguments);
  if (!call.fits) {
    return {Unknown{}};
  }
  const Value result = apply(program, callee, site, given);
  flush(elaboration);
  const std::vector<Tensor> results = tensors_of(result);
  call.call.sizes.try_emplace("N", 1);
  call.call.program = scope.test.programs.size();
  for (std::size_t index = 0; index < results.size(); ++index) {
    if (!results[index].node.has_value()) {
      return {Unknown{}};
    }
    elaboration.graph.outputs.push_back({fmt::format("y{}", index), "", site.span, results[index].node});
  }
  if (results.empty()) {
    return result.is_unknown() ? Value{Unknown{}} : result;
  }
  const std::map<std::string, std::int64_t> sizes = call.call.sizes;
  scope.test.programs.push_back(std::move(elaboration.graph));
  scope.test.calls.push_back(std::move(call.call));
  return call_results(body, scope.test.calls.size() - 1, results, sizes, site.span);
}

}  // namespace kdlc::check
