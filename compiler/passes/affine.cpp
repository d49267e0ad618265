// Recognises expressions of the form x × scale + shift, term by term.
#include "passes/affine.hpp"

#include <vector>

namespace kdlc::passes {

using namespace graph;

namespace {

using Value = MapBuilder::Value;

/// A term: either made of prepared values alone, or affine in x.
struct Term {
  bool has_x = false;
  Value prepared = 0;
  Affine affine;
};

class Finder {
public:
  Finder(const MapExpression& expression, std::uint32_t x, MapBuilder& map,
         const std::function<std::optional<Value>(std::uint32_t)>& prepared)
      : expression_(expression), x_(x), map_(map), prepared_(prepared) {}

  std::optional<Affine> run() {
    for (const MapTerm& term : expression_.terms) {
      std::optional<Term> found = find(term);
      if (!found) {
        return std::nullopt;
      }
      terms_.push_back(*found);
    }
    if (terms_.empty() || !terms_.back().has_x) {
      return std::nullopt;
    }
    return terms_.back().affine;
  }

private:
  std::optional<Term> find(const MapTerm& term) {
    if (term.op == MapOp::operand) {
      if (term.operand == x_) {
        return is_float(term.dtype) ? std::optional(Term{.has_x = true}) : std::nullopt;
      }
      const std::optional<Value> value = prepared_(term.operand);
      return value ? std::optional(Term{.prepared = *value}) : std::nullopt;
    }
    if (term.op == MapOp::constant) {
      return Term{.prepared = map_.constant(is_float(term.dtype) ? term.number : static_cast<double>(term.integer),
                                            term.dtype)};
    }
    const Term& first = terms_[term.arguments[0]];
    switch (operand_count(term.op)) {
      case 1:
        return find_unary(term, first);
      case 2:
        return find_binary(term.op, first, terms_[term.arguments[1]]);
      default:
        return std::nullopt;
    }
  }

  std::optional<Term> find_unary(const MapTerm& term, const Term& first) {
    if (!first.has_x) {
      return Term{.prepared = term.op == MapOp::cast ? map_.cast(first.prepared, term.dtype)
                                                     : map_.apply(term.op, first.prepared)};
    }
    if (term.op != MapOp::negate) {
      return std::nullopt;
    }
    Affine negated{.scale = first.affine.scale ? map_.apply(MapOp::negate, *first.affine.scale)
                                               : map_.constant(-1, term.dtype)};
    if (first.affine.shift) {
      negated.shift = map_.apply(MapOp::negate, *first.affine.shift);
    }
    return Term{.has_x = true, .affine = negated};
  }

  std::optional<Term> find_binary(MapOp op, const Term& first, const Term& second) {
    if (!first.has_x && !second.has_x) {
      return Term{.prepared = map_.apply(op, first.prepared, second.prepared)};
    }
    if (first.has_x && second.has_x) {
      return std::nullopt;
    }
    Affine affine = first.has_x ? first.affine : second.affine;
    const Value other = first.has_x ? second.prepared : first.prepared;
    if (op == MapOp::add) {
      affine.shift = affine.shift ? map_.add(*affine.shift, other) : other;
    } else if (op == MapOp::subtract && first.has_x) {
      affine.shift = affine.shift ? map_.subtract(*affine.shift, other) : map_.apply(MapOp::negate, other);
    } else if (op == MapOp::subtract) {
      affine.scale = affine.scale ? map_.apply(MapOp::negate, *affine.scale) : map_.constant(-1, map_.dtype(other));
      affine.shift = affine.shift ? map_.subtract(other, *affine.shift) : other;
    } else if (op == MapOp::multiply) {
      affine.scale = affine.scale ? map_.multiply(*affine.scale, other) : other;
      affine.shift = affine.shift ? std::optional(map_.multiply(*affine.shift, other)) : std::nullopt;
    } else if (op == MapOp::divide && first.has_x) {
      affine.scale = map_.divide(affine.scale ? *affine.scale : map_.constant(1, map_.dtype(other)), other);
      affine.shift = affine.shift ? std::optional(map_.divide(*affine.shift, other)) : std::nullopt;
    } else {
      return std::nullopt;
    }
    return Term{.has_x = true, .affine = affine};
  }

  const MapExpression& expression_;
  std::uint32_t x_;
  MapBuilder& map_;
  const std::function<std::optional<Value>(std::uint32_t)>& prepared_;
  std::vector<Term> terms_;
};

}  // namespace

std::optional<Affine> find_affine(const MapExpression& expression, std::uint32_t x, MapBuilder& map,
                                  const std::function<std::optional<MapBuilder::Value>(std::uint32_t)>& prepared) {
  return Finder(expression, x, map, prepared).run();
}

}  // namespace kdlc::passes
