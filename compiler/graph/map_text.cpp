// Prints an elementwise expression as a formula; terms used several times get a name: `t1 / (t1 + 1) where t1 =
// exp(a)`.
#include <fmt/format.h>

#include <string>

#include "graph/map_expression.hpp"
#include "support/assert.hpp"

namespace kdlc::graph {

namespace {

/// How tightly the outermost operation of a text binds; a part that binds less is put in parentheses.
enum Binding : int { kChoice, kOr, kAnd, kNot, kComparison, kSum, kProduct, kNegation, kPower, kAtom };

struct Infix {
  std::string_view sign;
  Binding binding;
};

/// The sign of operations that are written between their arguments; empty for the others.
Infix infix_of(MapOp op) {
  if (op == MapOp::add)
    return {"+", kSum};
  if (op == MapOp::subtract)
    return {"-", kSum};
  if (op == MapOp::multiply)
    return {"*", kProduct};
  if (op == MapOp::divide)
    return {"/", kProduct};
  if (op == MapOp::remainder)
    return {"%", kProduct};
  if (op == MapOp::power)
    return {"^", kPower};
  if (op == MapOp::equal)
    return {"==", kComparison};
  if (op == MapOp::not_equal)
    return {"!=", kComparison};
  if (op == MapOp::less)
    return {"<", kComparison};
  if (op == MapOp::less_equal)
    return {"<=", kComparison};
  if (op == MapOp::greater)
    return {">", kComparison};
  if (op == MapOp::greater_equal)
    return {">=", kComparison};
  if (op == MapOp::logical_and)
    return {"and", kAnd};
  if (op == MapOp::logical_or)
    return {"or", kOr};
  return {"", kAtom};
}

std::string operand_name(std::uint32_t index) {
  return index < 26 ? std::string(1, static_cast<char>('a' + index)) : fmt::format("x{}", index);
}

std::string constant_text(const MapTerm& term) {
  if (term.dtype == DType::boolean) {
    return term.integer != 0 ? "true" : "false";
  }
  if (term.dtype == DType::f64) {
    return fmt::format("{}", term.number);
  }
  return is_float(term.dtype) ? fmt::format("{}", static_cast<float>(term.number)) : fmt::format("{}", term.integer);
}

class Printer {
public:
  explicit Printer(const std::vector<MapTerm>& terms) : terms_(terms), uses_(terms.size(), 0), texts_(terms.size()) {
    for (const MapTerm& term : terms) {
      for (int place = 0; place < operand_count(term.op); ++place) {
        ++uses_[term.arguments[static_cast<std::size_t>(place)]];
      }
    }
  }

  std::string print() {
    std::string where;
    for (std::size_t index = 0; index < terms_.size(); ++index) {
      texts_[index] = text_of(terms_[index]);
      if (uses_[index] > 1 && operand_count(terms_[index].op) > 0) {
        ++name_count_;
        where += fmt::format("{} t{} = {}", name_count_ == 1 ? " where" : ",", name_count_, texts_[index].text);
        texts_[index] = {fmt::format("t{}", name_count_), kAtom};
      }
    }
    return texts_.back().text + where;
  }

private:
  struct Text {
    std::string text;
    Binding binding = kAtom;
  };

  [[nodiscard]] std::string part(std::uint32_t index, int at_least) const {
    const Text& text = texts_[index];
    return text.binding < at_least ? "(" + text.text + ")" : text.text;
  }

  [[nodiscard]] Text text_of(const MapTerm& term) const {
    const auto& arguments = term.arguments;
    switch (operand_count(term.op)) {
      case 0:
        if (term.op == MapOp::operand) {
          return {operand_name(term.operand), kAtom};
        }
        return {constant_text(term), constant_text(term).starts_with('-') ? kNegation : kAtom};
      case 1:
        if (term.op == MapOp::negate) {
          return {"-" + part(arguments[0], kPower), kNegation};
        }
        if (term.op == MapOp::logical_not) {
          return {"not " + part(arguments[0], kComparison), kNot};
        }
        return {fmt::format("{}({})", term.op == MapOp::cast ? kdlc::name_of(term.dtype) : name_of(term.op),
                            part(arguments[0], kChoice)),
                kAtom};
      case 2: {
        const Infix infix = infix_of(term.op);
        if (infix.sign.empty()) {
          return {fmt::format("{}({}, {})", name_of(term.op), part(arguments[0], kChoice), part(arguments[1], kChoice)),
                  kAtom};
        }
        return {fmt::format("{} {} {}", part(arguments[0], infix.binding + (infix.binding == kPower ? 1 : 0)),
                            infix.sign, part(arguments[1], infix.binding + 1)),
                infix.binding};
      }
      default:
        return {fmt::format("{} ? {} : {}", part(arguments[0], kOr), part(arguments[1], kOr), part(arguments[2], kOr)),
                kChoice};
    }
  }

  const std::vector<MapTerm>& terms_;
  std::vector<int> uses_;
  std::vector<Text> texts_;
  int name_count_ = 0;
};

}  // namespace

std::string MapExpression::to_text() const {
  return terms.empty() ? "a" : Printer(terms).print();
}

}  // namespace kdlc::graph
