// Look-ups for random graphs.
#include "support/random_lookups.hpp"

#include "support/random_maps.hpp"

namespace kdlc::testing {

using namespace graph;

namespace {

NodeId constant_ids(Builder& builder, Random& random, std::int64_t size) {
  static const std::vector<DType> kTypes = {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64};
  std::vector<std::int64_t> shape;
  for (std::int64_t axes = random.integer(0, 2); axes > 0; --axes) {
    shape.push_back(random.integer(1, 3));
  }
  TensorData ids = TensorData::zeros(random.pick(kTypes), shape);
  for (std::int64_t index = 0; index < ids.element_count(); ++index) {
    ids.set(index, static_cast<double>(random.integer(0, size - 1)));
  }
  return builder.constant("", std::move(ids));
}

/// Up to three numbers of every sample of `exact`.
NodeId own_ids(Builder& builder, Random& random, NodeId exact, std::int64_t size) {
  const std::int64_t count = builder.type(exact).shape.elements_per_sample();
  const NodeId flat = builder.reshape(exact, {{Dim::batch(), count}});
  const NodeId few =
      builder.slice(flat, {0, 0}, {Dim::batch(), std::min<std::int64_t>(count, random.integer(1, 3))}, {1, 1});
  return builder.map(whole_numbers_below(size), {few});
}

}  // namespace

NodeId random_lookup(Builder& builder, Random& random, NodeId table, NodeId exact) {
  const Shape shape = builder.type(table).shape;
  std::vector<std::uint32_t> axes;  // whose numbers of places are known
  for (std::uint32_t axis = 1; axis < shape.axis_count(); ++axis) {
    if (shape.axes[axis].is_constant()) {
      axes.push_back(axis);
    }
  }
  if (axes.empty()) {
    return table;
  }
  const std::uint32_t axis = random.pick(axes);
  const std::int64_t size = shape.axes[axis].constant();
  const bool is_own = builder.type(exact).shape.is_static_per_sample() && random.one_in(2);
  const NodeId ids = is_own ? own_ids(builder, random, exact, size) : constant_ids(builder, random, size);
  const NodeId found = builder.gather(table, ids, axis);
  // The last axis of a value is never missing.
  const Shape result = builder.type(found).shape;
  return result.axis_count() > 1 ? found : builder.reshape(found, {{Dim::batch(), 1}});
}

}  // namespace kdlc::testing
