// Writes the C header of an object: C99, self-contained, documented from the model's doc comments.
#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <kdlc_abi.h>

#include "link/abi_text.hpp"
#include "link/header_names.hpp"
#include "link/link.hpp"
#include "support/assert.hpp"

namespace kdlc::link {
namespace {

/// Text that may stand in a C comment: neither ends it nor seems to begin another.
std::string comment_text(std::string text) {
  for (const char* pair : {"*/", "/*"}) {
    for (std::size_t place = text.find(pair); place != std::string::npos; place = text.find(pair, place)) {
      text.insert(place + 1, " ");
    }
  }
  for (char& character : text) {
    if (static_cast<unsigned char>(character) < 0x20U && character != '\n') {
      character = ' ';
    }
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\\')) {
    text.pop_back();
  }
  return text;
}

/// Every line of `text` behind ` * ` (and `indent`).
std::string comment_lines(const std::string& text, const std::string& indent = "") {
  std::string result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    result += fmt::format(" *{}{}{}\n", end == 0 ? "" : " ", end == 0 ? "" : indent, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

std::string_view c_type(DType dtype) {
  switch (dtype) {
    case DType::f16:
    case DType::bf16:
      return "uint16_t";
    case DType::f32:
      return "float";
    case DType::f64:
      return "double";
    case DType::i8:
      return "int8_t";
    case DType::i16:
      return "int16_t";
    case DType::i32:
      return "int32_t";
    case DType::i64:
      return "int64_t";
    case DType::u8:
    case DType::boolean:
      return "uint8_t";
  }
  KDLC_UNREACHABLE("every dtype has a type of C");
}

/// A tensor of the call, in C's words.
struct Parameter {
  std::string name;
  std::string model_name;
  std::string doc;
  TensorType type;
  bool is_output = false;
  std::string range = "";  // ` in 0..20000`; empty when every number will do
};

std::string range_text(const graph::InputInfo& input) {
  return input.range_begin && input.range_end ? fmt::format(" in {}..{}", *input.range_begin, *input.range_end) : "";
}

class HeaderWriter {
public:
  HeaderWriter(const plan::Plan& plan, const HeaderOptions& options)
      : plan_(plan),
        graph_(plan.graph),
        options_(options),
        prefix_(options.prefix),
        upper_(upper_case(options.prefix)),
        names_(header_names(plan.graph)) {
    for (std::size_t index = 0; index < graph_.inputs.size(); ++index) {
      const graph::InputInfo& input = graph_.inputs[index];
      parameters_.push_back(
          {names_.inputs[index], input.name, input.doc, graph_.node(input.node).type, false, range_text(input)});
    }
    for (std::size_t index = 0; index < names_.outputs.size(); ++index) {
      const graph::OutputInfo& output = graph_.outputs[index];
      parameters_.push_back({names_.outputs[index], output.name, output.doc, graph_.node(output.node).type, true});
    }
  }

  std::string write() {
    return introduction() + fmt::format("#ifndef {0}_H_\n#define {0}_H_\n\n", upper_) + abi() + constants() +
           "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n" + declarations() +
           fmt::format("#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {}_H_ */\n", upper_);
  }

private:
  [[nodiscard]] std::string introduction() const {
    std::string text = fmt::format("/* {}.h: the model {}, compiled by kdlc.\n", prefix_, comment_text(graph_.name));
    if (!graph_.doc.empty()) {
      text += " *\n" + comment_lines(comment_text(graph_.doc));
    }
    text +=
        " *\n * To use it, link the object that was made with this header; it needs no library. For example, for one "
        "sample:\n *\n";
    text += fmt::format(" *   #include \"{}.h\"\n", prefix_);
    text += fmt::format(" *   void *arena = aligned_alloc({0}_ARENA_ALIGN, {0}_ARENA_BYTES);\n", upper_);
    std::string arguments;
    for (const Parameter& parameter : parameters_) {
      text += fmt::format(" *   {} *{} = {}{}); // {}{}\n", c_type(parameter.type.dtype), parameter.name,
                          parameter.is_output ? "malloc(" : "calloc(1, ", size_constant(parameter),
                          shape_text(parameter.type.shape), parameter.is_output ? "" : ", to be filled");
      arguments += ", " + parameter.name;
    }
    std::string sizes;
    for (const std::string& dim : names_.dims) {
      sizes += fmt::format(", {}", dim);
    }
    std::string weights = fmt::format("&{}_embedded", prefix_);
    if (!options_.embedded_weights) {
      text += fmt::format(
          " *   {0}_weights weights; // bytes: a file of packed weights in memory, aligned to 64\n"
          " *   if ({0}_bind(&weights, bytes, size) != KDLC_OK) abort();\n",
          prefix_);
      weights = "&weights";
    }
    std::string state;
    if (keeps_state()) {
      text += fmt::format(" *   static {}_state state; // zeros: every stream begins\n", prefix_);
      state = "&state, ";
    }
    text += fmt::format(" *   int32_t status = {}_forward({}, arena, {}_ARENA_BYTES, NULL, {}1{}{});\n", prefix_,
                        weights, upper_, state, sizes, arguments);
    return text + " */\n";
  }

  /// The ABI's text as it stands; a second model's header finds it guarded.
  [[nodiscard]] std::string abi() const {
    return std::string(abi_text()) +
           fmt::format(
               "\n#if KDLC_ABI_VERSION != {0}\n#error \"{1}.h is for version {0} of kdlc's binary interface; another "
               "header brought a different one\"\n#endif\n\n",
               kAbiVersion, prefix_);
  }

  /// `[n][28][28][1]`; `one number` has no axes.
  [[nodiscard]] std::string shape_text(const Shape& shape) const {
    std::string text;
    for (const Dim& axis : shape.axes) {
      text += fmt::format("[{}]", axis.is_batch() ? "n" : dim_text(axis));
    }
    return text.empty() ? "one number" : text;
  }
  /// A size in terms of the call's parameters.
  [[nodiscard]] std::string dim_text(const Dim& dim) const {
    for (std::size_t index = 0; index < graph_.dims.size(); ++index) {
      if (dim == Dim::symbol(graph_.dims[index].name)) {
        return names_.dims[index];
      }
    }
    return comment_text(dim.to_text());
  }

  [[nodiscard]] std::string size_constant(const Parameter& parameter) const {
    return fmt::format("{}_{}_BYTES", upper_, upper_case(parameter.name));
  }
  /// Bytes of one sample, with every declared dim at its bound.
  [[nodiscard]] std::optional<std::int64_t> largest_bytes(const TensorType& type) const {
    std::map<std::string, std::int64_t> bounds;
    for (const graph::DimInfo& dim : graph_.dims) {
      if (dim.bound) {
        bounds[dim.name] = *dim.bound;
      }
    }
    const Shape sample = type.shape.has_batch() ? type.shape.without_batch() : type.shape;
    const std::optional<std::int64_t> elements = sample.element_count().upper_bound(bounds);
    return elements ? std::optional(*elements * static_cast<std::int64_t>(size_bytes(type.dtype))) : std::nullopt;
  }

  [[nodiscard]] std::string constants() const {
    std::string text =
        fmt::format("#define {}_ARENA_BYTES {} /* of working memory for one call */\n", upper_, plan_.arena_bytes);
    text += fmt::format("#define {}_ARENA_ALIGN {}\n", upper_, plan_.arena_align);
    if (plan_.threads.count > 1) {
      text += fmt::format("#define {}_THREADS {} /* that one call can use, with `parallel_for` of the options */\n",
                          upper_, plan_.threads.count);
    }
    text += fmt::format("#define {}_CHUNK {} /* samples that are computed together */\n", upper_, plan_.chunk.samples);
    text += fmt::format("#define {}_WEIGHTS_BYTES {} /* of packed weights */\n", upper_, plan_.packed_bytes);
    if (plan_.streams > 0) {
      text += fmt::format("#define {}_STREAMS {} /* samples of a call at most: each is a stream with a state */\n",
                          upper_, plan_.streams);
    }
    if (keeps_state()) {
      text += fmt::format("#define {0}_STATE_BYTES {1} /* of {2}_state */\n#define {0}_STATE_ALIGN 8\n", upper_,
                          plan_.state_bytes, prefix_);
    }
    for (std::size_t index = 0; index < graph_.dims.size(); ++index) {
      if (graph_.dims[index].bound) {
        text += fmt::format("#define {}_{}_BOUND {} /* the largest {} */\n", upper_, upper_case(names_.dims[index]),
                            *graph_.dims[index].bound, names_.dims[index]);
      }
    }
    for (const Parameter& parameter : parameters_) {
      const std::string what = parameter.type.shape.has_batch() ? "of one sample" : "in all";
      if (const std::optional<std::int64_t> bytes = largest_bytes(parameter.type)) {
        text += fmt::format("#define {} {} /* {}{}: {} */\n", size_constant(parameter), *bytes, what,
                            parameter.type.shape.is_static_per_sample() ? "" : ", at most",
                            comment_text(parameter.type.to_text()));
      }
    }
    return text + "\n";
  }

  [[nodiscard]] std::string declarations() const {
    std::string text = fmt::format("typedef kdlc_weights {0}_weights;\ntypedef kdlc_options {0}_options;\n\n", prefix_);
    if (options_.embedded_weights) {
      text += fmt::format("/* The weights inside the object. */\nextern const {0}_weights {0}_embedded;\n\n", prefix_);
    }
    text += fmt::format(
        "/* Checks a file of packed weights (`kdlc pack`), which is in memory and aligned to 64 bytes, and binds it "
        "without a\n"
        " * copy: `bytes` must outlive `weights`. KDLC_E_WEIGHTS when it belongs to another model or target, or is "
        "damaged. */\n"
        "int32_t {0}_bind({0}_weights *weights, const void *bytes, size_t size);\n\n"
        "/* KDLC_E_CPU when this processor lacks instructions that the code needs; ask once, before the first call. "
        "*/\n"
        "int32_t {0}_check_cpu(void);\n\n"
        "/* Names, types, shapes and sizes of everything, and one uniform call. */\n"
        "extern const kdlc_model {0}_model;\n\n",
        prefix_);
    return text + state_declarations() + forward() + abi_reference();
  }

  [[nodiscard]] bool keeps_state() const { return !plan_.states.empty(); }

  /// The memory between calls, and how a stream begins anew.
  [[nodiscard]] std::string state_declarations() const {
    if (!keeps_state()) {
      return "";
    }
    std::string text =
        "/* What the model keeps from call to call. All zeros before the first one; a copy brings it back.\n";
    if (plan_.streams > 0) {
      text += fmt::format(
          " * Sample i of a call is stream i of {}_STREAMS: it goes on where sample i of the call before ended.\n"
          " * A stream without a sample in a call waits.\n",
          upper_);
    }
    text += " * It holds:\n";
    for (const graph::StateInfo& state : graph_.states) {
      const TensorType& type = graph_.node(state.node).type;
      text += fmt::format(" *   {}, {}{}\n", comment_text(state.name), comment_text(type.to_text()),
                          type.shape.has_batch() ? "" : ", for all samples together");
    }
    text += fmt::format(
        " */\ntypedef struct {0}_state {{\n  uint64_t words[{1}_STATE_BYTES / 8];\n}} {0}_state;\n\n"
        "/* {2}\n * KDLC_E_NULL, or KDLC_E_SIZE when there is no such stream. */\n"
        "int32_t {0}_reset({0}_state *state, size_t stream);\n\n",
        prefix_, upper_,
        plan_.streams > 0
            ? "Stream `stream` begins again, or every stream with KDLC_ALL_STREAMS; the others stay as they are."
            : "`stream` is KDLC_ALL_STREAMS: what all samples share begins again.");
    return text;
  }

  [[nodiscard]] std::string forward() const {
    std::string text =
        "/* The forward pass for n samples. Neither allocates nor locks nor prints; any number of threads may call it, "
        "each\n"
        " * with its own arena. Outputs must overlap nothing. After another status than KDLC_OK outputs are "
        "unspecified" +
        std::string(keeps_state() ? "\n * and the state is as before the call." : ".") + "\n *\n";
    if (!plan_.input_checks.empty()) {
      text +=
          " * KDLC_E_INDEX, and nothing is computed, when an input holds a number outside its range: a..b is from a to "
          "below b.\n *\n";
    }
    if (plan_.threads.count > 1) {
      text += fmt::format(
          " * With `parallel_for` in the options the call computes on up to {}_THREADS threads, without it on one.\n "
          "*\n",
          upper_);
    }
    for (const Parameter& parameter : parameters_) {
      text += comment_lines(
          fmt::format("{}, {}: {}{}{}", parameter.name, parameter.is_output ? "output" : "input",
                      comment_text(parameter.type.to_text()), parameter.range,
                      parameter.name == parameter.model_name ? "" : fmt::format(" (`{}`)", parameter.model_name)));
      text += comment_lines(comment_text(parameter.doc), "  ");
    }
    text += " */\n";
    const std::string start = fmt::format("int32_t {}_forward(", prefix_);
    const std::string indent(start.size(), ' ');
    const std::vector<std::pair<std::string, std::string>> lines = forward_parameters();
    text += start;
    for (std::size_t index = 0; index < lines.size(); ++index) {
      const auto& [declaration, comment] = lines[index];
      text += fmt::format("{}{}{}{}\n", index == 0 ? "" : indent, declaration, index + 1 == lines.size() ? ");" : ",",
                          comment.empty() ? "" : fmt::format(" /* {} */", comment));
    }
    return text + "\n";
  }

  [[nodiscard]] std::string taps_text() const {
    std::string names;
    for (const graph::OutputInfo& tap : graph::tapped_outputs(graph_)) {
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", tap.name);
    }
    return "NULL: one thread, no taps" + (names.empty() ? "" : "; `tap` is shown " + comment_text(names));
  }

  /// Declarations, each with its comment.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> forward_parameters() const {
    std::vector<std::pair<std::string, std::string>> lines = {
        {fmt::format("const {}_weights *weights", prefix_),
         options_.embedded_weights ? fmt::format("&{0}_embedded, or what {0}_bind filled", prefix_)
                                   : fmt::format("what {}_bind filled", prefix_)},
        {"void *arena", fmt::format("aligned to {}_ARENA_ALIGN", upper_)},
        {"size_t arena_bytes", fmt::format("at least {}_ARENA_BYTES", upper_)},
        {fmt::format("const {}_options *options", prefix_), taps_text()}};
    if (keeps_state()) {
      lines.emplace_back(prefix_ + "_state *state", "for one call at a time");
    }
    lines.emplace_back("size_t n", plan_.streams > 0 ? fmt::format("samples, at most {}_STREAMS", upper_) : "samples");
    for (std::size_t index = 0; index < names_.dims.size(); ++index) {
      const std::optional<std::int64_t> bound = graph_.dims[index].bound;
      lines.emplace_back("size_t " + names_.dims[index], bound ? fmt::format("at most {}", *bound) : std::string());
    }
    for (const Parameter& parameter : parameters_) {
      lines.emplace_back(
          fmt::format("{}{} *{}", parameter.is_output ? "" : "const ", c_type(parameter.type.dtype), parameter.name),
          shape_text(parameter.type.shape));
    }
    return lines;
  }

  /// A reference that only an object of this ABI version satisfies; kept by the compiler although nothing reads it.
  [[nodiscard]] std::string abi_reference() const {
    return fmt::format(
        "/* An object made for another version of the binary interface does not link with this header. */\n"
        "extern const int32_t {0}_abi_{1};\n"
        "#if defined(__GNUC__) && !defined(KDLC_NO_ABI_REFERENCE)\n"
        "__attribute__((used)) static const int32_t *const {0}_abi_reference = &{0}_abi_{1};\n"
        "#endif\n\n",
        prefix_, kAbiVersion);
  }

  static constexpr int kAbiVersion = KDLC_ABI_VERSION;
  const plan::Plan& plan_;
  const graph::Graph& graph_;
  const HeaderOptions& options_;
  std::string prefix_;
  std::string upper_;
  HeaderNames names_;
  std::vector<Parameter> parameters_;
};

}  // namespace

std::string write_header(const plan::Plan& plan, const HeaderOptions& options) {
  return HeaderWriter(plan, options).write();
}

}  // namespace kdlc::link
