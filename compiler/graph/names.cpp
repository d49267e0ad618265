// The names of operations and reducers, from their tables.
#include <cstddef>
#include <iterator>

#include "graph/graph.hpp"

namespace kdlc::graph {

namespace {

constexpr std::string_view kOpNames[] = {
#define OP(name, attributes, meaning) #name,
#include "graph/op.def"
#undef OP
};

struct MapOpRow {
  std::string_view name;
  int operand_count;
};
constexpr MapOpRow kMapOps[] = {
#define MAP_OP(name, operand_count) {#name, operand_count},
#include "graph/map_op.def"
#undef MAP_OP
};

}  // namespace

std::string_view name_of(Op op) {
  KDLC_ASSERT(static_cast<std::size_t>(op) < std::size(kOpNames), "an operation has a row in op.def");
  return kOpNames[static_cast<std::size_t>(op)];
}

std::string_view name_of(MapOp op) {
  KDLC_ASSERT(static_cast<std::size_t>(op) < std::size(kMapOps), "an operation has a row in map_op.def");
  return kMapOps[static_cast<std::size_t>(op)].name;
}

int operand_count(MapOp op) {
  KDLC_ASSERT(static_cast<std::size_t>(op) < std::size(kMapOps), "an operation has a row in map_op.def");
  return kMapOps[static_cast<std::size_t>(op)].operand_count;
}

std::string_view name_of(Reducer reducer) {
  switch (reducer) {
    case Reducer::sum:
      return "sum";
    case Reducer::mean:
      return "mean";
    case Reducer::maximum:
      return "maximum";
    case Reducer::minimum:
      return "minimum";
    case Reducer::product:
      return "product";
  }
  KDLC_UNREACHABLE("every reducer has a name");
}

}  // namespace kdlc::graph
