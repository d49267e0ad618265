// `x[…]`: positions and ranges on the axes of a tensor, and positions in a list.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/size_facts.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// What one place of the index takes from its axis.
struct AxisSlice {
  Dim begin{0};
  Dim count;
  std::int64_t step = 1;
  bool drops_axis = false;
};

std::string axis_text(std::size_t axis, const Dim& size) {
  return fmt::format("{} element{} on axis {}", size.to_text(), size == Dim(1) ? "" : "s", axis);
}

/// `value`, counted from the end when it is a negative number.
Dim from_front(const Dim& value, const Dim& size) {
  return value.is_constant() && value.constant() < 0 ? size + value : value;
}

std::optional<Dim> evaluate_place(Body& body, const syntax::Expr& expression) {
  const Operand operand = evaluate_operand(body, expression);
  if (std::optional<Dim> dim = as_dim(operand.value)) {
    return dim;
  }
  if (!operand.value.is_unknown()) {
    body.elaboration.pending
        .add(operand.span, diag::NotCompileTime, describe(operand.value), "a position known when compiling")
        .help("to pick by values of a tensor, use `take`");
  }
  return std::nullopt;
}

struct IndexedAxis {
  const Operand& object;
  std::size_t axis;
  Dim size;
};

void report_outside(Body& body, const IndexedAxis& place, const Span& span, const std::string& what) {
  Message& message = body.elaboration.pending.add(
      span, diag::SliceOutside, what, fmt::format("`{}`", place.object.text), axis_text(place.axis, place.size));
  message.label(place.object.span, place.object.value.as<Tensor>()->type.to_text());
  if (!place.size.is_constant()) {
    message.help("promise it with a `require` on the size, or take a position that every input has");
  } else if (place.size.constant() > 0) {
    message.help(fmt::format("positions run from 0 to {}, or from -1 backwards", place.size.constant() - 1));
  }
}

std::optional<AxisSlice> take_position(Body& body, const IndexedAxis& place, const syntax::Subscript& subscript) {
  const std::optional<Dim> given = evaluate_place(body, *subscript.begin);
  if (!given) {
    return std::nullopt;
  }
  const Dim position = from_front(*given, place.size);
  const SizeFacts facts = size_facts(body.elaboration);
  if (!is_never_negative(facts, position) || !is_never_negative(facts, place.size - position - Dim(1))) {
    report_outside(body, place, subscript.span, fmt::format("position {}", given->to_text()));
    return std::nullopt;
  }
  return AxisSlice{position, Dim(1), 1, true};
}

std::optional<std::int64_t> evaluate_step(Body& body, const syntax::Subscript& subscript) {
  if (subscript.step == nullptr) {
    return 1;
  }
  const std::optional<std::int64_t> step = evaluate_whole(body, *subscript.step, "a whole number of steps");
  if (step && *step == 0) {
    body.elaboration.pending.add(subscript.step->span, diag::SliceMalformed, "a step of 0 never moves");
    return std::nullopt;
  }
  return step;
}

std::optional<AxisSlice> take_range(Body& body, const IndexedAxis& place, const syntax::Subscript& subscript) {
  const std::optional<std::int64_t> step = evaluate_step(body, subscript);
  std::optional<Dim> begin_given;
  std::optional<Dim> end_given;
  if (subscript.begin != nullptr && !(begin_given = evaluate_place(body, *subscript.begin))) {
    return std::nullopt;
  }
  if (subscript.end != nullptr && !(end_given = evaluate_place(body, *subscript.end))) {
    return std::nullopt;
  }
  if (!step) {
    return std::nullopt;
  }
  const bool goes_down = *step < 0;
  const Dim begin = begin_given ? from_front(*begin_given, place.size) : goes_down ? place.size - Dim(1) : Dim(0);
  const Dim end = end_given ? from_front(*end_given, place.size) : goes_down ? Dim(-1) : place.size;
  const SizeFacts facts = size_facts(body.elaboration);
  const Dim last_begin = goes_down ? place.size - Dim(1) : place.size;
  const bool begin_fits = is_never_negative(facts, begin) && is_never_negative(facts, last_begin - begin);
  const bool end_fits =
      is_never_negative(facts, end + Dim(goes_down ? 1 : 0)) && is_never_negative(facts, place.size - end);
  if (!begin_fits || !end_fits) {
    const Dim& outside = begin_fits ? end : begin;
    report_outside(body, place, subscript.span,
                   fmt::format("{} {}", begin_fits ? "the end" : "the begin", outside.to_text()));
    return std::nullopt;
  }
  const Dim length = goes_down ? begin - end : end - begin;
  const Dim count = ceil_divide(length, Dim(goes_down ? -*step : *step));
  if (!is_never_negative(facts, count - Dim(1))) {
    const bool is_open = !count.is_constant();
    Message& message =
        body.elaboration.pending.add(subscript.span, diag::SliceMalformed,
                                     fmt::format("the range from {} to {} {} no element", begin.to_text(),
                                                 end.to_text(), is_open ? "may hold" : "holds"));
    if (is_open) {
      message.help(fmt::format("promise one: `require {} > 0`", (goes_down ? begin - end : end - begin).to_text()));
    }
    return std::nullopt;
  }
  return AxisSlice{begin, count, *step, false};
}

bool is_whole_axis(const syntax::Subscript& subscript) {
  return subscript.kind == syntax::Subscript::Kind::range && subscript.begin == nullptr && subscript.end == nullptr &&
         subscript.step == nullptr;
}

/// One subscript for each axis, `nullptr` for an axis taken whole; nullopt after K316.
std::optional<std::vector<const syntax::Subscript*>> spread_subscripts(Body& body, const Operand& object,
                                                                       const syntax::Index& index, const Span& span) {
  const std::size_t axis_count = object.value.as<Tensor>()->type.shape.axis_count();
  std::size_t ellipsis_count = 0;
  for (const syntax::Subscript& subscript : index.subscripts) {
    ellipsis_count += subscript.kind == syntax::Subscript::Kind::ellipsis ? 1 : 0;
  }
  const std::size_t placed = index.subscripts.size() - ellipsis_count;
  if (ellipsis_count > 1 || placed > axis_count) {
    body.elaboration.pending
        .add(span, diag::SliceMalformed,
             ellipsis_count > 1
                 ? std::string("`...` stands twice in one index")
                 : fmt::format("{} places are given for the {} axes of `{}`", placed, axis_count, object.text))
        .label(object.span, object.value.as<Tensor>()->type.to_text());
    return std::nullopt;
  }
  std::vector<const syntax::Subscript*> places;
  for (const syntax::Subscript& subscript : index.subscripts) {
    if (subscript.kind == syntax::Subscript::Kind::ellipsis) {
      places.insert(places.end(), axis_count - placed, nullptr);
    } else {
      places.push_back(is_whole_axis(subscript) ? nullptr : &subscript);
    }
  }
  places.resize(axis_count, nullptr);
  return places;
}

std::optional<std::vector<AxisSlice>> evaluate_slices(Body& body, const Operand& object,
                                                      const std::vector<const syntax::Subscript*>& places) {
  const Shape& shape = object.value.as<Tensor>()->type.shape;
  std::vector<AxisSlice> slices;
  bool fits = true;
  for (std::size_t axis = 0; axis < places.size(); ++axis) {
    if (places[axis] == nullptr) {
      slices.push_back({Dim(0), shape.axes[axis], 1, false});
      continue;
    }
    if (axis == 0 && shape.has_batch() && !body.elaboration.builder->graph().whole_batch) {
      body.elaboration.pending.add(places[axis]->span, diag::MixesSamples, object.text + "[…]", "its first place")
          .label(object.span, object.value.as<Tensor>()->type.to_text())
          .help("leave the first axis whole and index the next: `x[:, …]`");
      fits = false;
      continue;
    }
    const IndexedAxis place{object, axis, shape.axes[axis]};
    const bool is_position = places[axis]->kind == syntax::Subscript::Kind::position;
    const std::optional<AxisSlice> slice =
        is_position ? take_position(body, place, *places[axis]) : take_range(body, place, *places[axis]);
    fits = fits && slice.has_value();
    slices.push_back(slice.value_or(AxisSlice{}));
  }
  return fits ? std::optional(slices) : std::nullopt;
}

Value slice_tensor(Body& body, const Operand& object, const syntax::Index& index, const Span& span) {
  const auto places = spread_subscripts(body, object, index, span);
  const auto slices = places ? evaluate_slices(body, object, *places) : std::nullopt;
  if (!slices || !spend(body.elaboration, span)) {
    return {Unknown{}};
  }
  const Tensor& tensor = *object.value.as<Tensor>();
  std::vector<Dim> begin;
  std::vector<Dim> count;
  std::vector<std::int64_t> step;
  Tensor result{{}, {tensor.type.dtype, {}}};
  for (const AxisSlice& slice : *slices) {
    begin.push_back(slice.begin);
    count.push_back(slice.count);
    step.push_back(slice.step);
    if (!slice.drops_axis) {
      result.type.shape.axes.push_back(slice.count);
    }
  }
  graph::Record record;
  record.kind = "slice";
  record.path = application_path(body, record.kind, nullptr);
  record.span = span;
  record.inputs = {tensor.node};
  RecordScope scope(body, std::move(record));
  if (tensor.node.has_value()) {
    graph::Builder& builder = *body.elaboration.builder;
    const std::size_t kept = result.type.shape.axis_count();
    result.node = builder.slice(tensor.node, std::move(begin), std::move(count), std::move(step));
    if (kept != slices->size()) {
      result.node = builder.reshape(result.node, result.type.shape);
    }
  }
  scope.finish({result});
  return {result};
}

Value index_list(Body& body, const List& list, const syntax::Index& index, const Span& span) {
  if (index.subscripts.size() != 1 || index.subscripts.front().kind != syntax::Subscript::Kind::position) {
    body.elaboration.pending.add(span, diag::SliceMalformed, "a list is indexed with one position");
    return {Unknown{}};
  }
  const syntax::Subscript& subscript = index.subscripts.front();
  const std::optional<std::int64_t> position = evaluate_whole(body, *subscript.begin, "a position in a list");
  if (!position) {
    return {Unknown{}};
  }
  const auto size = static_cast<std::int64_t>(list.items.size());
  const std::int64_t from_start = *position < 0 ? size + *position : *position;
  if (from_start < 0 || from_start >= size) {
    body.elaboration.pending.add(subscript.span, diag::SliceOutside, fmt::format("position {}", *position), "the list",
                                 fmt::format("{} items", size));
    return {Unknown{}};
  }
  return list.items[static_cast<std::size_t>(from_start)];
}

}  // namespace

Value evaluate_index(Body& body, const syntax::Expr& expression, const syntax::Index& index) {
  const Operand object = evaluate_operand(body, *index.object);
  if (object.value.is_tensor()) {
    return slice_tensor(body, object, index, expression.span);
  }
  if (const auto* list = object.value.as<List>()) {
    return index_list(body, *list, index, expression.span);
  }
  if (!object.value.is_unknown()) {
    body.elaboration.pending.add(index.object->span, diag::NotCompileTime, describe(object.value),
                                 "a tensor or a list before `[`");
  }
  return {Unknown{}};
}

}  // namespace kdlc::check
