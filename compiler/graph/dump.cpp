// Prints a graph, one node a line: `--dump=graph` and goldens.
#include <fmt/format.h>

#include <iterator>

#include "graph/graph.hpp"

namespace kdlc::graph {

namespace {

constexpr std::int64_t kShownElements = 8;

template <class List, class Text>
std::string joined(const List& items, Text&& text_of) {
  std::string result;
  for (const auto& item : items) {
    result += fmt::format("{}{}", result.empty() ? "" : ",", text_of(item));
  }
  return result;
}

std::string number_text(double value, DType dtype) {
  return dtype == DType::f64 ? fmt::format("{}", value) : fmt::format("{}", static_cast<float>(value));
}

/// Small constants with their numbers; of large ones the name alone, or nothing.
std::string constant_text(const ConstantAttributes& constant) {
  const TensorData& data = constant.data;
  std::string text = constant.name.empty() ? "" : " " + constant.name;
  if (data.element_count() > kShownElements) {
    return text;
  }
  text += data.shape.empty() ? " " : " {";
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    text += fmt::format("{}{}", index == 0 ? "" : ", ", number_text(data.at(index), data.dtype));
  }
  return text + (data.shape.empty() ? "" : "}");
}

std::string epilogue_text(const MapExpression& epilogue) {
  return epilogue.is_identity() ? "" : fmt::format(" then {}", epilogue.to_text());
}

std::string dilations_text(std::int64_t dilation, std::int64_t input_dilation) {
  return fmt::format("{}{}", dilation == 1 ? "" : fmt::format(" dilation {}", dilation),
                     input_dilation == 1 ? "" : fmt::format(" input dilation {}", input_dilation));
}

std::string padding_text(std::int64_t low, std::int64_t high) {
  return low == 0 && high == 0 ? "" : fmt::format(" pad {},{}", low, high);
}

std::string contraction_text(const ContractionAttributes& contraction) {
  std::string text = fmt::format(" {},{}->{}", contraction.left, contraction.right, contraction.output);
  for (std::size_t index = 0; index < contraction.windows.size(); ++index) {
    const ContractionWindow& window = contraction.windows[index];
    text += fmt::format("{} {}:{}{}{}{}", index == 0 ? " windows" : ",", window.output, window.window,
                        window.stride == 1 ? "" : fmt::format(" stride {}", window.stride),
                        dilations_text(window.dilation, window.input_dilation),
                        padding_text(window.pad_low, window.pad_high));
  }
  return text + epilogue_text(contraction.epilogue);
}

std::string window_reduce_text(const WindowReduceAttributes& reduce) {
  std::string text = fmt::format(" {} from axis {}:", name_of(reduce.reducer), reduce.first_axis);
  for (std::size_t index = 0; index < reduce.windows.size(); ++index) {
    const WindowAxis& window = reduce.windows[index];
    text += fmt::format("{} {}{}{}{}", index == 0 ? "" : ",", window.size,
                        window.stride == 1 ? "" : fmt::format(" stride {}", window.stride),
                        dilations_text(window.dilation, 1), padding_text(window.pad_low, window.pad_high));
  }
  return text + epilogue_text(reduce.epilogue);
}

std::string rows_text(const RowsAttributes& rows) {
  std::string text = " {";
  for (std::size_t index = 0; index < rows.steps.size(); ++index) {
    const RowsStep& step = rows.steps[index];
    text += index == 0 ? "" : "; ";
    text += step.reducer ? fmt::format("{} of {}", name_of(*step.reducer), step.expression.to_text())
                         : step.expression.to_text();
  }
  return text + "}";
}

std::string slice_text(const Node& node) {
  const auto& slice = attributes<SliceAttributes>(node);
  std::string text = " [";
  for (std::size_t axis = 0; axis < slice.begin.size(); ++axis) {
    text += fmt::format("{}{}+{}", axis == 0 ? "" : ", ", slice.begin[axis].to_text(),
                        node.type.shape.axes[axis].to_text());
    text += slice.step[axis] == 1 ? "" : fmt::format(" step {}", slice.step[axis]);
  }
  return text + "]";
}

std::string pad_text(const PadAttributes& pad) {
  std::string text = " ";
  for (std::size_t axis = 0; axis < pad.low.size(); ++axis) {
    text += fmt::format("{}{},{}", axis == 0 ? "" : " ", pad.low[axis], pad.high[axis]);
  }
  return text + (pad.value == 0 ? "" : fmt::format(" with {}", number_text(pad.value, DType::f32)));
}

std::string scan_text(const ScanAttributes& scan) {
  std::string text = fmt::format(" #{} {} steps", scan.scan.value, scan.steps.to_text());
  for (const ScanStack& stack : scan.stacks) {
    text += fmt::format(", stack axis {}{}", stack.axis, stack.from_end ? " from end" : "");
  }
  return text;
}

std::string attributes_text(const Graph& graph, const Node& node) {
  const auto plain = [](std::uint32_t axis) { return axis; };
  switch (node.op) {
    case Op::input:
      return " " + graph.inputs[attributes<InputAttributes>(node).index].name;
    case Op::parameter:
      return " " + graph.parameters[attributes<ParameterAttributes>(node).index].path;
    case Op::constant:
      return constant_text(attributes<ConstantAttributes>(node));
    case Op::map:
      return " " + attributes<MapAttributes>(node).expression.to_text();
    case Op::contraction:
      return contraction_text(attributes<ContractionAttributes>(node));
    case Op::window_reduce:
      return window_reduce_text(attributes<WindowReduceAttributes>(node));
    case Op::reduce: {
      const auto& reduce = attributes<ReduceAttributes>(node);
      return fmt::format(" {} axes {}{}{}", name_of(reduce.reducer), joined(reduce.axes, plain),
                         reduce.keep ? " keep" : "", epilogue_text(reduce.epilogue));
    }
    case Op::rows:
      return rows_text(attributes<RowsAttributes>(node));
    case Op::reshape:
      return "";
    case Op::transpose:
      return " " + joined(attributes<TransposeAttributes>(node).permutation, plain);
    case Op::slice:
      return slice_text(node);
    case Op::pad:
      return pad_text(attributes<PadAttributes>(node));
    case Op::concat:
      return fmt::format(" axis {}", attributes<ConcatAttributes>(node).axis);
    case Op::gather:
      return fmt::format(" axis {}", attributes<GatherAttributes>(node).axis);
    case Op::state:
      return " " + graph.states[attributes<StateAttributes>(node).index].name;
    case Op::scan_slice: {
      const auto& slice = attributes<ScanSliceAttributes>(node);
      return fmt::format(" #{} axis {}{}", slice.scan.value, slice.axis, slice.from_end ? " from end" : "");
    }
    case Op::scan_state: {
      const auto& state = attributes<ScanStateAttributes>(node);
      return fmt::format(" #{} state {}", state.scan.value, state.index);
    }
    case Op::scan:
      return scan_text(attributes<ScanAttributes>(node));
    case Op::scan_result:
      return fmt::format(" {}", attributes<ScanResultAttributes>(node).index);
  }
  KDLC_UNREACHABLE("every primitive is printed");
}

std::string operands_text(const Node& node) {
  if (node.inputs.empty()) {
    return "";
  }
  std::string text;
  for (const NodeId input : node.inputs) {
    text += fmt::format("{}%{}", text.empty() ? "" : ", ", input.value);
  }
  return " (" + text + ")";
}

std::string records_text(const Graph& graph, const Node& node) {
  std::string text;
  for (const RecordId record : node.records) {
    text += (text.empty() ? "   // " : ", ") + graph.records[record].path;
  }
  return text;
}

}  // namespace

std::string dump(const Graph& graph) {
  std::string text = fmt::format("graph {}\n", graph.name);
  for (const DimInfo& dim : graph.dims) {
    text += fmt::format("dim {}{}\n", dim.name, dim.bound ? fmt::format(" <= {}", *dim.bound) : "");
  }
  for (const SizeRule& rule : graph.size_rules) {
    text += "require";
    for (std::size_t index = 0; index < rule.not_negative.size(); ++index) {
      text += fmt::format("{} {} >= 0", index == 0 ? "" : " or", rule.not_negative[index].to_text());
    }
    text += "\n";
  }
  for (const NodeId id : graph.nodes.ids()) {
    const Node& node = graph.nodes[id];
    fmt::format_to(std::back_inserter(text), "%{} = {}{}{} : {}{}\n", id.value, name_of(node.op),
                   attributes_text(graph, node), operands_text(node), node.type.to_text(), records_text(graph, node));
  }
  for (const OutputInfo& output : graph.outputs) {
    text += fmt::format("{} {} = %{}\n", output.is_tap ? "tap" : "output", output.name, output.node.value);
  }
  for (const StateInfo& state : graph.states) {
    text += fmt::format("state {} = %{}\n", state.name, state.next.value);
  }
  return text;
}

}  // namespace kdlc::graph
