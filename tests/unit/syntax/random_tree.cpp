// Makes random trees level by level of the grammar, so that what is printed reads back as the same tree.
#include "unit/syntax/random_tree.hpp"

#include <array>
#include <random>
#include <utility>

namespace kdlc::syntax {
namespace {

class Maker {
public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Tree tree() {
    Tree result;
    result.version = 1;
    const std::size_t count = below(6);
    for (std::size_t index = 0; index < count; ++index) {
      result.declarations.push_back(declaration(2));
    }
    return result;
  }

private:
  std::mt19937 random_;

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance(std::size_t percent) { return below(100) < percent; }

  template <class Node>
  ExprPtr make(Node node) {
    return std::make_unique<Expr>(Expr{.span = {}, .node = std::move(node)});
  }

  Name name() {
    static constexpr std::array kNames{
        "x",       "image", "h1",    "N",      "loss", "target", "dim",
        "weights", "test",  "kdl",   "metric", "_",    "train",  "a_very_long_name_that_fills_the_line",
        "relu",    "dense", "conv2d"};
    return {kNames[below(kNames.size())], {}};
  }

  std::string text() {
    static constexpr std::array kTexts{"",           "a",   "quote \" and \\ slash", "line\nbreak\ttab", "größe → ∞",
                                       "n h -> h n", "\x01"};
    return kTexts[below(kTexts.size())];
  }

  ExprPtr parenthesised(ExprPtr value) {
    TupleExpr tuple{.items = {}, .is_parenthesis = true};
    tuple.items.push_back(std::move(value));
    return make(std::move(tuple));
  }

  // chain → or → and → not → comparison → sum → product → prefix → power → postfix → primary
  ExprPtr expression(std::size_t depth) {
    if (depth == 0 || chance(70)) {
      return operand(depth);
    }
    Chain chain;
    chain.head = operand(depth - 1);
    chain.stages = stages(depth - 1);
    return make(std::move(chain));
  }

  template <class Operand>
  ExprPtr binary(std::size_t depth, std::size_t percent, std::initializer_list<BinaryOp> ops, Operand next) {
    ExprPtr left = next(depth);
    while (depth > 0 && chance(percent)) {
      const BinaryOp op = *(ops.begin() + below(ops.size()));
      left = make(Binary{op, {}, std::move(left), next(depth - 1)});
      --depth;
    }
    return left;
  }

  ExprPtr operand(std::size_t depth) {
    return binary(depth, 10, {BinaryOp::logical_or}, [this](std::size_t d) {
      return binary(d, 10, {BinaryOp::logical_and}, [this](std::size_t e) { return negation(e); });
    });
  }
  ExprPtr negation(std::size_t depth) {
    if (depth > 0 && chance(5)) {
      return make(Unary{UnaryOp::logical_not, negation(depth - 1)});
    }
    if (depth > 0 && chance(10)) {
      static constexpr std::array kOps{BinaryOp::equal,        BinaryOp::not_equal,  BinaryOp::approximately,
                                       BinaryOp::less,         BinaryOp::less_equal, BinaryOp::greater,
                                       BinaryOp::greater_equal};
      return make(Binary{kOps[below(kOps.size())], {}, sum(depth - 1), sum(depth - 1)});
    }
    return sum(depth);
  }
  ExprPtr sum(std::size_t depth) {
    return binary(depth, 20, {BinaryOp::add, BinaryOp::subtract}, [this](std::size_t d) {
      return binary(d, 20, {BinaryOp::multiply, BinaryOp::divide, BinaryOp::remainder, BinaryOp::matmul},
                    [this](std::size_t e) { return factor(e); });
    });
  }
  ExprPtr factor(std::size_t depth) {
    if (depth > 0 && chance(10)) {
      return make(Unary{UnaryOp::negate, factor(depth - 1)});
    }
    if (depth > 0 && chance(10)) {
      return make(Binary{BinaryOp::power, {}, postfix(depth - 1), factor(depth - 1)});
    }
    return postfix(depth);
  }
  ExprPtr postfix(std::size_t depth) {
    ExprPtr object = primary(depth);
    while (depth > 0 && chance(25)) {
      --depth;
      switch (below(3)) {
        case 0:
          object = make(Call{std::move(object), arguments(depth), {}});
          break;
        case 1:
          object = make(Index{std::move(object), subscripts(depth)});
          break;
        default:
          object = make(Member{std::move(object), name()});
          break;
      }
    }
    return object;
  }
  ExprPtr primary(std::size_t depth) {
    switch (below(depth == 0 ? 5 : 9)) {
      case 0:
        return make(IntLiteral{static_cast<std::int64_t>(below(100000))});
      case 1:
        return make(FloatLiteral{static_cast<double>(below(1000000)) * (chance(50) ? 1e-9 : 0.125)});
      case 2:
        return make(StringLiteral{text()});
      case 3:
        return make(BoolLiteral{chance(50)});
      case 5:
        return make(ListExpr{values(depth - 1, below(5))});
      case 6:
        return parenthesised(expression(depth - 1));
      case 7:
        return make(TupleExpr{values(depth - 1, 1 + below(3)), false});
      case 8:
        return choice(depth - 1);
      default:
        return make(NameRef{name().text});
    }
  }
  ExprPtr choice(std::size_t depth) {
    ExprPtr otherwise = depth > 0 && chance(30) ? choice(depth - 1) : expression(depth);
    return make(If{operand(depth), expression(depth), std::move(otherwise)});
  }

  std::vector<ExprPtr> values(std::size_t depth, std::size_t count) {
    std::vector<ExprPtr> result;
    for (std::size_t index = 0; index < count; ++index) {
      result.push_back(expression(depth));
    }
    return result;
  }
  std::vector<Argument> arguments(std::size_t depth) {
    std::vector<Argument> result;
    const std::size_t count = below(4);
    for (std::size_t index = 0; index < count; ++index) {
      result.push_back(
          {.name = chance(40) ? std::optional(name()) : std::nullopt, .value = expression(depth), .span = {}});
    }
    return result;
  }
  std::vector<Subscript> subscripts(std::size_t depth) {
    std::vector<Subscript> result;
    const std::size_t count = 1 + below(3);
    for (std::size_t index = 0; index < count; ++index) {
      Subscript subscript;
      subscript.kind = static_cast<Subscript::Kind>(below(3));
      const bool is_range = subscript.kind == Subscript::Kind::range;
      if (subscript.kind == Subscript::Kind::position || (is_range && chance(50))) {
        subscript.begin = sum(depth);
      }
      if (is_range && chance(50)) {
        subscript.end = sum(depth);
      }
      if (is_range && chance(30)) {
        subscript.step = sum(depth);
      }
      result.push_back(std::move(subscript));
    }
    return result;
  }

  std::vector<Stage> stages(std::size_t depth) {
    std::vector<Stage> result;
    const std::size_t count = 1 + below(4);
    for (std::size_t index = 0; index < count; ++index) {
      result.push_back(stage(depth));
    }
    return result;
  }
  Stage stage(std::size_t depth) {
    if (depth > 0 && chance(20)) {
      RepeatStage repeat;
      repeat.range = range(depth - 1);
      if (chance(50)) {
        repeat.variable = name();
      }
      repeat.body = stages(depth - 1);
      return {.span = {}, .arrow_span = {}, .node = std::move(repeat)};
    }
    ApplyStage apply;
    apply.path.push_back(name());
    if (chance(20)) {
      apply.path.push_back(name());
    }
    if (chance(60)) {
      apply.arguments = arguments(depth == 0 ? 0 : depth - 1);
    }
    if (chance(40)) {
      apply.as = name();
    }
    return {.span = {}, .arrow_span = {}, .node = std::move(apply)};
  }
  RangeExpr range(std::size_t depth) {
    RangeExpr result;
    result.begin = sum(depth);
    if (chance(50)) {
      result.end = sum(depth);
    }
    return result;
  }

  TypeExpr type() {
    static constexpr std::array kBases{"f32", "i32", "bool", "int", "fn", "block", "str"};
    TypeExpr result;
    result.base.text = kBases[below(kBases.size())];
    if (chance(60)) {
      result.shape.emplace();
      const std::size_t count = below(4);
      for (std::size_t index = 0; index < count; ++index) {
        result.shape->push_back({chance(10) ? nullptr : sum(1), {}});
      }
    }
    return result;
  }
  std::optional<TypeExpr> optional_type() { return chance(50) ? std::optional(type()) : std::nullopt; }
  ExprPtr optional_value() { return chance(50) ? expression(3) : nullptr; }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> result;
    const std::size_t count = below(5);
    for (std::size_t index = 0; index < count; ++index) {
      result.push_back({name(), optional_type(), chance(40) ? expression(1) : nullptr, {}});
    }
    return result;
  }
  Body body(std::size_t depth) {
    Body result;
    const std::size_t count = depth == 0 ? 0 : below(6);
    for (std::size_t index = 0; index < count; ++index) {
      result.declarations.push_back(declaration(depth - 1));
    }
    return result;
  }

  Decl declaration(std::size_t depth) {
    Decl decl;
    if (chance(15)) {
      decl.doc = {"A line of documentation.", "", "  Another."};
    }
    switch (below(21)) {
      case 0:
        decl.node = ImportDecl{text(), {}, chance(50) ? std::optional(name()) : std::nullopt};
        break;
      case 1: {
        ModelDecl model{name(), parameters(), true, body(depth)};
        model.has_parameter_list = !model.parameters.empty() || chance(50);
        decl.node = std::move(model);
        break;
      }
      case 2: {
        BlockDecl block{name(), parameters(), {}, body(depth)};
        for (std::size_t index = below(3); index > 0; --index) {
          block.results.push_back(type());
        }
        decl.node = std::move(block);
        break;
      }
      case 3:
        decl.node = FnDecl{name(), parameters(), optional_type(), expression(4)};
        break;
      case 4:
        decl.node = InputDecl{name(), type(), chance(30) ? std::optional(range(2)) : std::nullopt};
        break;
      case 5:
        decl.node = TargetDecl{name(), type(), chance(30) ? std::optional(range(2)) : std::nullopt};
        break;
      case 6:
        decl.node = OutputDecl{name(), optional_type(), optional_value()};
        break;
      case 7: {
        DimDecl dim;
        for (std::size_t index = 1 + below(2); index > 0; --index) {
          dim.dims.push_back({name(), chance(50) ? sum(2) : nullptr});
        }
        decl.node = std::move(dim);
        break;
      }
      case 8:
        decl.node = ConstDecl{name(), optional_type(), optional_value()};
        break;
      case 9:
        decl.node = ParamDecl{name(), type(), optional_value()};
        break;
      case 10:
        decl.node = LayerDecl{name(), stages(3)};
        break;
      case 11:
        decl.node = RequireDecl{expression(3), chance(50) ? std::optional(text()) : std::nullopt};
        break;
      case 12:
        decl.node = weights();
        break;
      case 13:
        decl.node = TrainDecl{body(depth)};
        break;
      case 14:
        decl.node = LossDecl{chance(50) ? std::optional(name()) : std::nullopt, expression(3)};
        break;
      case 15:
        decl.node = OptimizerDecl{expression(3)};
        break;
      case 16:
        decl.node = MetricDecl{chance(50) ? std::optional(name()) : std::nullopt, expression(3)};
        break;
      case 17:
        decl.node = TestDecl{text(), {}, body(depth)};
        break;
      case 18:
        decl.node = ExpectDecl{expression(3), chance(40) ? sum(1) : nullptr};
        break;
      case 19:
        decl.node = ReturnDecl{values(4, 1 + below(2))};
        break;
      default: {
        BindDecl bind;
        for (std::size_t index = 1 + below(2); index > 0; --index) {
          bind.targets.push_back({name(), optional_type()});
        }
        bind.value = expression(5);
        decl.node = std::move(bind);
        break;
      }
    }
    return decl;
  }
  WeightsDecl weights() {
    WeightsDecl result;
    result.source = expression(2);
    if (chance(40)) {
      result.arguments.push_back({.name = name(), .value = expression(2), .span = {}});
    }
    result.has_renames = chance(50);
    for (std::size_t index = result.has_renames ? below(3) : 0; index > 0; --index) {
      result.renames.push_back({text(), text(), {}, {}});
    }
    return result;
  }
};

}  // namespace

Tree random_tree(std::uint32_t seed) {
  return Maker(seed).tree();
}

}  // namespace kdlc::syntax
