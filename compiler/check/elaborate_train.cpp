// `train`: targets, then losses and the optimizer, then metrics, as formulas in a graph of their own.
#include <algorithm>

#include <fmt/format.h>

#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// A line as a sum of terms; no value after reporting.
struct Sum {
  std::vector<Training::Term> terms;
  bool is_known = false;
  std::optional<double> number;  // the expression is no loss but a number
};

/// A value of the model becomes an input of the training graph.
Tensor capture(Body& body, const std::string& name, const Tensor& value, const Span& span) {
  TrainState& state = *body.elaboration.train;
  if (!value.node.has_value()) {
    state.training.is_complete = false;
    return value;
  }
  graph::InputInfo info;
  info.name = name;
  info.span = span;
  state.training.sources.push_back({value.node, std::nullopt});
  return {body.elaboration.builder->input(std::move(info), value.type), value.type};
}

/// The names of the model, its values as inputs of the training graph.
void bring_names(Body& body, const Body& model) {
  for (const auto& [name, binding] : model.root.names) {
    const auto* tensor = binding.value.as<Tensor>();
    const Value value = tensor == nullptr ? binding.value : Value{capture(body, name, *tensor, binding.span)};
    body.root.names.insert_or_assign(name, Binding{value, binding.span});
  }
}

/// Losses or metrics by their names, behind all names of the file.
template <class Entry>
Scope score_scope(const std::vector<const Entry*>& entries, const Scope* file) {
  Scope scope;
  scope.outer = file;
  const auto add = [&](const Entry* entry, std::string_view name) {
    if (file != nullptr && find_name(*file, name) != nullptr) {
      return;
    }
    PreludeScore score;
    if constexpr (std::is_same_v<Entry, catalogue::Loss>) {
      score.loss = entry;
    } else {
      score.metric = entry;
    }
    scope.names.insert_or_assign(std::string(name), Binding{Value{score}, {}});
  };
  for (const Entry* entry : entries) {
    add(entry, entry->score.name);
    for (const std::string_view name : entry->score.also) {
      add(entry, name);
    }
  }
  return scope;
}

void elaborate_target(Body& body, const syntax::TargetDecl& declaration, const syntax::Decl& whole) {
  TrainState& state = *body.elaboration.train;
  const std::optional<TensorType> type = evaluate_type(body, declaration.type);
  Training::Target target;
  target.name = declaration.name.text;
  for (const std::string& line : whole.doc) {
    target.doc += (target.doc.empty() ? "" : "\n") + line;
  }
  target.span = whole.span;
  if (declaration.range) {
    target.range_begin = evaluate_whole(body, *declaration.range->begin, "a whole number as smallest value");
    if (declaration.range->end != nullptr) {
      target.range_end = evaluate_whole(body, *declaration.range->end, "a whole number behind `..`");
    } else if (target.range_begin) {
      target.range_end = target.range_begin;
      target.range_begin = 0;
    }
  }
  if (!type) {
    define(body, declaration.name, {Unknown{}});
    return;
  }
  if (body.root.names.contains(declaration.name.text)) {
    body.root.names.insert_or_assign(declaration.name.text, Binding{{Unknown{}}, declaration.name.span});
    return;  // it hides a value of the model, which has been reported
  }
  target.type = *type;
  graph::InputInfo info;
  info.name = target.name;
  info.span = target.span;
  info.range_begin = target.range_begin;
  info.range_end = target.range_end;
  state.training.sources.push_back({{}, state.training.targets.size()});
  state.training.targets.push_back(std::move(target));
  state.target_types.push_back(declaration.type.span);
  state.target_ranges.push_back(declaration.range ? std::optional(declaration.range->span) : std::nullopt);
  define(body, declaration.name, {Tensor{body.elaboration.builder->input(std::move(info), *type), *type}});
}

Sum scaled(Sum sum, double factor) {
  for (Training::Term& term : sum.terms) {
    term.factor *= factor;
  }
  if (sum.number) {
    *sum.number *= factor;
  }
  return sum;
}

/// A leaf of the sum: what is no sum, difference or multiple.
Sum sum_of_leaf(Body& body, const syntax::Expr& expression, std::string_view what) {
  TrainState& state = *body.elaboration.train;
  const Operand operand = evaluate_operand(body, expression);
  if (const std::optional<double> number = as_number(operand.value)) {
    return {{}, true, number};
  }
  if (operand.value.is_unknown()) {
    return {};
  }
  const auto* tensor = operand.value.as<Tensor>();
  if (tensor == nullptr || !tensor->type.shape.axes.empty() || !is_float(tensor->type.dtype)) {
    Message& message =
        body.elaboration.pending.add(expression.span, diag::LossNumber, std::string(what), describe(operand.value));
    if (operand.value.as<PreludeScore>() != nullptr) {
      message.help(fmt::format("give it the output and the target: `{}(output, target)`", operand.text));
    } else if (operand.value.as<Text>() != nullptr || operand.value.as<List>() != nullptr) {
      message.help(fmt::format("name one, with the output and the target: `{}(output, target)`",
                               what == "loss" ? "mse" : "accuracy"));
    } else if (tensor != nullptr && is_float(tensor->type.dtype)) {
      const std::string whole = fmt::format("mean({})", body.elaboration.sources.text(expression.span));
      message.help("reduce it over everything: did you mean its mean?", {expression.span, whole});
    } else {
      message.help("reduce it over everything: `mean(…)`");
    }
    return {};
  }
  const auto known = state.terms.find(tensor->node);
  if (tensor->node.has_value() && known != state.terms.end()) {
    return {{known->second}, true, std::nullopt};
  }
  Training::Term term;
  term.value = tensor->node;
  state.training.is_complete = state.training.is_complete && tensor->node.has_value();
  return {{std::move(term)}, true, std::nullopt};
}

Sum sum_of(Body& body, const syntax::Expr& expression, std::string_view what);

/// `2 * a`, `a / 3`: nullopt when neither side is a number.
std::optional<Sum> product(const Sum& left, const Sum& right, syntax::BinaryOp op) {
  if (!left.is_known || !right.is_known) {
    return Sum{};
  }
  if (op == syntax::BinaryOp::multiply && left.number) {
    return scaled(right, *left.number);
  }
  if (right.number && (op == syntax::BinaryOp::multiply || *right.number != 0)) {
    return scaled(left, op == syntax::BinaryOp::multiply ? *right.number : 1 / *right.number);
  }
  return std::nullopt;
}

bool is_number_text(const syntax::Expr& expression) {
  return std::holds_alternative<syntax::IntLiteral>(expression.node) ||
         std::holds_alternative<syntax::FloatLiteral>(expression.node) ||
         std::holds_alternative<syntax::NameRef>(expression.node) ||
         (std::holds_alternative<syntax::Unary>(expression.node) &&
          is_number_text(*std::get<syntax::Unary>(expression.node).operand));
}

Sum sum_of_binary(Body& body, const syntax::Expr& expression, const syntax::Binary& binary, std::string_view what) {
  using syntax::BinaryOp;
  if (binary.op == BinaryOp::add || binary.op == BinaryOp::subtract) {
    Sum left = sum_of(body, *binary.left, what);
    Sum right = scaled(sum_of(body, *binary.right, what), binary.op == BinaryOp::add ? 1 : -1);
    const bool is_number = left.number && right.number;
    for (Sum* side : {&left, &right}) {
      if (side->number && !is_number && side->is_known) {
        Training::Term term;
        term.value = body.elaboration.builder->scalar(*side->number, DType::f32);
        side->terms.push_back(std::move(term));
      }
    }
    left.terms.insert(left.terms.end(), right.terms.begin(), right.terms.end());
    const std::optional<double> number = is_number ? std::optional(*left.number + *right.number) : std::nullopt;
    return {std::move(left.terms), left.is_known && right.is_known, number};
  }
  const bool is_multiple = (binary.op == BinaryOp::multiply || binary.op == BinaryOp::divide) &&
                           (is_number_text(*binary.left) || is_number_text(*binary.right));
  if (is_multiple) {
    std::optional<Sum> multiple =
        product(sum_of(body, *binary.left, what), sum_of(body, *binary.right, what), binary.op);
    if (multiple) {
      return *multiple;
    }
  }
  return sum_of_leaf(body, expression, what);
}

Sum sum_of(Body& body, const syntax::Expr& expression, std::string_view what) {
  if (const auto* tuple = std::get_if<syntax::TupleExpr>(&expression.node); tuple != nullptr && tuple->is_parenthesis) {
    return sum_of(body, *tuple->items.front(), what);
  }
  if (const auto* unary = std::get_if<syntax::Unary>(&expression.node);
      unary != nullptr && unary->op == syntax::UnaryOp::negate) {
    return scaled(sum_of(body, *unary->operand, what), -1);
  }
  if (const auto* binary = std::get_if<syntax::Binary>(&expression.node)) {
    return sum_of_binary(body, expression, *binary, what);
  }
  return sum_of_leaf(body, expression, what);
}

/// The name of a line without one: the loss or metric in it, else `loss`; a number behind a second of that name.
std::string line_name(const std::optional<syntax::Name>& given, const Sum& sum, std::string_view what,
                      const std::vector<Training::Result>& earlier) {
  std::string name(what);
  if (given) {
    return given->text;
  }
  if (sum.terms.size() == 1 && sum.terms.front().application.layer != nullptr) {
    name = sum.terms.front().application.layer->name;
  }
  const auto is_taken = [&](const std::string& text) {
    return std::ranges::any_of(earlier, [&](const Training::Result& result) { return result.name == text; });
  };
  std::string unique = name;
  for (int number = 2; is_taken(unique); ++number) {
    unique = fmt::format("{}_{}", name, number);
  }
  return unique;
}

struct Line {
  const std::optional<syntax::Name>& name;
  const syntax::Expr& value;
  Span span;
  std::string_view what;
};

void elaborate_line(Body& body, const Line& line, std::vector<Training::Result>& results) {
  Elaboration& elaboration = body.elaboration;
  Sum sum = sum_of(body, line.value, line.what);
  if (sum.is_known && sum.number) {
    elaboration.pending.add(line.value.span, diag::LossNumber, std::string(line.what),
                            "a number that depends on nothing");
    return;
  }
  if (!sum.is_known) {
    elaboration.train->has_unknown_line = true;
    return;
  }
  for (const Training::Term& term : sum.terms) {
    if (line.what == "loss" && term.factor < 0 && term.loss != nullptr) {
      elaboration.pending.add(line.value.span, diag::NegativeWeight, fmt::format("{}", term.factor));
    }
  }
  if (line.name) {
    const auto known = std::ranges::find(results, line.name->text, &Training::Result::name);
    if (known != results.end()) {
      elaboration.pending.add(line.name->span, diag::NameTwice, line.name->text)
          .at_caret("defined again")
          .label(known->span, "first defined here");
      return;
    }
  }
  results.push_back({line_name(line.name, sum, line.what, results), line.span, std::move(sum.terms)});
}

struct Lines {
  Scope losses;
  Scope metrics;
};

void elaborate_train_line(Body& body, const syntax::Decl& declaration, Training& training) {
  Elaboration& elaboration = body.elaboration;
  if (const auto* target = std::get_if<syntax::TargetDecl>(&declaration.node)) {
    elaborate_target(body, *target, declaration);
  } else if (const auto* loss = std::get_if<syntax::LossDecl>(&declaration.node)) {
    elaborate_line(body, {loss->name, *loss->value, declaration.span, "loss"}, training.losses);
  } else if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
    elaborate_bind(body, *bind);
  } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    elaborate_const(body, *constant, declaration.span);
  } else if (const auto* optimizer = std::get_if<syntax::OptimizerDecl>(&declaration.node)) {
    std::optional<Span>& first = elaboration.train->optimizer_span;
    if (first) {
      elaboration.pending.add(declaration.span, diag::NameTwice, "optimizer")
          .at_caret("a second optimizer")
          .label(*first, "the first")
          .help("keep one of them");
      return;
    }
    first = declaration.span;
    training.optimizer = evaluate_optimizer(body, *optimizer->value);
  }
}

}  // namespace

std::optional<Training> elaborate_train(Body& model_body, const syntax::TrainDecl& declaration, const Span& span) {
  Elaboration& elaboration = model_body.elaboration;
  TrainState state;
  state.model = &elaboration.graph;
  state.sources = &elaboration.sources;
  state.training.span = span;
  state.training.graph.name = elaboration.graph.name;
  state.training.graph.whole_batch = true;
  graph::Builder builder(state.training.graph);
  graph::Builder* const model_builder = elaboration.builder;
  elaboration.builder = &builder;
  elaboration.train = &state;
  Lines lines{score_scope(catalogue::losses(), model_body.root.outer),
              score_scope(catalogue::metrics(), model_body.root.outer)};
  Body body(elaboration, &lines.losses);
  bring_names(body, model_body);
  std::size_t errors = 0;
  bool has_loss = false;
  bool has_unread = false;
  for (const syntax::Decl& line : declaration.body.declarations) {
    has_loss = has_loss || std::holds_alternative<syntax::LossDecl>(line.node);
    has_unread = has_unread || std::holds_alternative<syntax::ErrorDecl>(line.node);
    elaborate_train_line(body, line, state.training);
    errors += flush(elaboration);
  }
  // Metrics last: what they mean depends on the losses.
  body.root.outer = &lines.metrics;
  for (const syntax::Decl& line : declaration.body.declarations) {
    if (const auto* metric = std::get_if<syntax::MetricDecl>(&line.node)) {
      elaborate_line(body, {metric->name, *metric->value, line.span, "metric"}, state.training.metrics);
      errors += flush(elaboration);
    }
  }
  if (errors == 0 && !has_unread) {
    if (!has_loss) {
      Span word = span;
      word.end = word.begin + 5;
      elaboration.pending.add(word, diag::NoLoss).help("add `loss …`, such as `loss mse(output, target)`");
    }
    const bool is_readable = model_body.facts == nullptr || model_body.facts->error_count == 0;
    if (has_loss && is_readable && !state.has_unknown_line) {
      check_train(elaboration);
    }
  }
  errors += flush(elaboration);
  elaboration.builder = model_builder;
  elaboration.train = nullptr;
  return errors == 0 ? std::optional(std::move(state.training)) : std::nullopt;
}

}  // namespace kdlc::check
