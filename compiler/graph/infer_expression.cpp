// Infers the element type of an expression, and checks each of its terms.
#include <fmt/format.h>

#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

enum class Domain : std::uint8_t { any, number, floating, boolean };

/// What the arguments of an operation may be.
Domain domain_of(MapOp op) {
  switch (op) {
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::cast:
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::select:
    case MapOp::minimum:
    case MapOp::maximum:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
      return Domain::any;
    case MapOp::add:
    case MapOp::subtract:
    case MapOp::multiply:
    case MapOp::divide:
    case MapOp::remainder:
    case MapOp::power:
    case MapOp::negate:
    case MapOp::absolute:
    case MapOp::sign:
    case MapOp::floor:
    case MapOp::ceil:
    case MapOp::round:
      return Domain::number;
    case MapOp::exp:
    case MapOp::expm1:
    case MapOp::log:
    case MapOp::log1p:
    case MapOp::sqrt:
    case MapOp::rsqrt:
    case MapOp::tanh:
    case MapOp::sigmoid:
    case MapOp::erf:
    case MapOp::sin:
    case MapOp::cos:
      return Domain::floating;
    case MapOp::logical_and:
    case MapOp::logical_or:
    case MapOp::logical_not:
      return Domain::boolean;
  }
  KDLC_UNREACHABLE("every operation has a domain");
}

bool is_in(Domain domain, DType dtype) {
  switch (domain) {
    case Domain::any:
      return true;
    case Domain::number:
      return dtype != DType::boolean;
    case Domain::floating:
      return is_float(dtype);
    case Domain::boolean:
      return dtype == DType::boolean;
  }
  KDLC_UNREACHABLE("every domain is checked");
}

bool is_comparison(MapOp op) {
  return op >= MapOp::equal && op <= MapOp::greater_equal;
}

/// What is wrong with term `index`, all earlier ones being right.
std::string check_term(const std::vector<MapTerm>& terms, std::size_t index, const std::vector<DType>& operands) {
  const MapTerm& term = terms[index];
  const auto count = static_cast<std::size_t>(operand_count(term.op));
  for (std::size_t place = 0; place < count; ++place) {
    if (term.arguments[place] >= index) {
      return fmt::format("term {} of its expression uses a later one", index);
    }
    const DType argument = terms[term.arguments[place]].dtype;
    const bool is_condition = term.op == MapOp::select && place == 0;
    if (is_condition ? argument != DType::boolean : !is_in(domain_of(term.op), argument)) {
      return fmt::format("`{}` is applied to {}", name_of(term.op), kdlc::name_of(argument));
    }
  }
  if (term.op == MapOp::operand) {
    if (term.operand >= operands.size()) {
      return fmt::format("its expression reads operand {} of {}", term.operand, operands.size());
    }
    if (term.dtype != operands[term.operand]) {
      return fmt::format("its expression takes operand {} as {}, and it is {}", term.operand, kdlc::name_of(term.dtype),
                         kdlc::name_of(operands[term.operand]));
    }
    return {};
  }
  if (count == 0 || term.op == MapOp::cast) {
    return {};
  }
  const DType last = terms[term.arguments[count - 1]].dtype;
  if (count > 1 && terms[term.arguments[count - 2]].dtype != last) {
    return fmt::format("the arguments of `{}` differ in type", name_of(term.op));
  }
  if (term.dtype != (is_comparison(term.op) ? DType::boolean : last)) {
    return fmt::format("`{}` of {} cannot give {}", name_of(term.op), kdlc::name_of(last), kdlc::name_of(term.dtype));
  }
  return {};
}

}  // namespace

Inference infer_expression(const MapExpression& expression, const std::vector<DType>& operands) {
  if (expression.terms.empty()) {
    return operands.empty() ? Inference{.problem = "an identity without operands"}
                            : Inference{.type = {.dtype = operands[0]}};
  }
  for (std::size_t index = 0; index < expression.terms.size(); ++index) {
    std::string problem = check_term(expression.terms, index, operands);
    if (!problem.empty()) {
      return {.problem = std::move(problem)};
    }
  }
  return {.type = {.dtype = expression.result_dtype()}};
}

Inference infer_epilogue(const MapExpression& epilogue, const TensorType& type, const OperandTypes& operands,
                         std::size_t first) {
  std::vector<DType> dtypes = {type.dtype};
  for (std::size_t index = first; index < operands.size(); ++index) {
    if (!broadcasts_into(operands[index]->shape, type.shape)) {
      return {.problem = fmt::format("epilogue operand {} {} does not broadcast to {}", index,
                                     operands[index]->to_text(), type.shape.to_text())};
    }
    dtypes.push_back(operands[index]->dtype);
  }
  Inference result = infer_expression(epilogue, dtypes);
  result.type.shape = type.shape;
  return result;
}

}  // namespace kdlc::graph
