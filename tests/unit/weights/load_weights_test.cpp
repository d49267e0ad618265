// Binding a file to a model: what fits is taken, and everything that does not is told in one run.
#include <cmath>

#include "catch.hpp"
#include "weight_files.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::test;
using weights::Binding;

namespace {

struct Loaded {
  std::optional<std::vector<TensorData>> tensors;
  std::string messages;  // with the file's path as `x`
};

Loaded load(const graph::Graph& graph, const std::vector<NamedTensor>& tensors, const Binding& binding = {}) {
  const TemporaryFolder folder;
  const std::string path = folder.write("x.safetensors", safetensors_of(tensors));
  Report report;
  Loaded loaded{weights::load_weights(graph, path, binding, report), ""};
  CHECK(loaded.tensors.has_value() == !report.has_errors());
  loaded.messages = text_of(report);
  for (std::size_t place = loaded.messages.find(path); place != std::string::npos; place = loaded.messages.find(path)) {
    loaded.messages.replace(place, path.size(), "x");
  }
  return loaded;
}

std::vector<double> values_of(const TensorData& data) {
  std::vector<double> values;
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    values.push_back(data.at(index));
  }
  return values;
}

const graph::Graph kDense = graph_of({{"fc.kernel", {2, 3}}, {"fc.bias", {3}}});
const std::vector<NamedTensor> kDenseFile = {{"fc.bias", {3}, counting(3)}, {"fc.kernel", {2, 3}, counting(6)}};

}  // namespace

TEST_CASE("tensors come in the order of the parameters") {
  const Loaded loaded = load(kDense, kDenseFile);
  REQUIRE(loaded.tensors);
  CHECK(values_of((*loaded.tensors)[0]) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(values_of((*loaded.tensors)[1]) == std::vector<double>{0, 1, 2});
  CHECK(loaded.messages.empty());
}

TEST_CASE("both separators are taken, with a prefix in front") {
  CHECK(
      load(kDense, {{"m/fc/kernel", {2, 3}, counting(6)}, {"m/fc/bias", {3}, counting(3)}}, {.prefix = "m/"}).tensors);
  CHECK(
      load(kDense, {{"m.fc.kernel", {2, 3}, counting(6)}, {"m.fc.bias", {3}, counting(3)}}, {.prefix = "m."}).tensors);
  CHECK(load(kDense, {{"fc/kernel", {2, 3}, counting(6)}, {"fc/bias", {3}, counting(3)}}, {.style = "keras"}).tensors);
}

TEST_CASE("renames give whole keys, for a weight or for what leads to it") {
  Binding binding{.prefix = "not.used."};
  binding.renames = {{"fc", "head.0", Span{}}};
  CHECK(load(kDense, {{"head.0.kernel", {2, 3}, counting(6)}, {"head.0.bias", {3}, counting(3)}}, binding).tensors);
  binding.renames.push_back({"fc.bias", "b", Span{}});
  CHECK(load(kDense, {{"head.0.kernel", {2, 3}, counting(6)}, {"b", {3}, counting(3)}}, binding).tensors);
}

TEST_CASE("a star stands for part of one segment") {
  const graph::Graph graph = graph_of({{"encoder.0.fc.bias", {1}}, {"encoder.1.fc.bias", {1}}});
  Binding binding;
  binding.renames = {{"encoder.*.fc", "layer.*.linear", Span{}}};
  const Loaded loaded =
      load(graph, {{"layer.0.linear.bias", {1}, bytes_of({5})}, {"layer.1.linear.bias", {1}, bytes_of({6})}}, binding);
  REQUIRE(loaded.tensors);
  CHECK((*loaded.tensors)[1].at(0) == 6);
}

TEST_CASE("a rename that fits nothing is an error") {
  Binding binding;
  binding.renames = {{"f", "g", Span{}}, {"fc.*.kernel", "*", Span{}}};
  CHECK(
      load(kDense, kDenseFile, binding).messages ==
      "K609 the rename `f` names no weight of the model\nK609 the rename `fc.*.kernel` names no weight of the model\n");
}

TEST_CASE("a missing key is told with the nearest one, which is then no surplus of its own") {
  CHECK(load(kDense, {{"fc.kernle", {2, 3}, counting(6)}, {"fc.bias", {3}, counting(3)}}).messages ==
        "K601 `fc.kernel` is not in `x`\n"
        "  note: the nearest key is `fc.kernle`\n");
}

TEST_CASE("a forgotten prefix is one message, with what to write") {
  CHECK(load(kDense, {{"model.fc.kernel", {2, 3}, counting(6)}, {"model.fc.bias", {3}, counting(3)}}).messages ==
        "K601 2 weights are not in `x`\n"
        "  note: `fc.kernel` (2×3): the nearest key is `model.fc.kernel`\n"
        "  note: `fc.bias` (3): the nearest key is `model.fc.bias`\n"
        "  help: the file's keys have `model.` in front: write `prefix: \"model.\"`\n");
}

TEST_CASE("a prefix too many is one message") {
  Binding binding;
  binding.prefix = "net.";
  const std::string messages = load(kDense, kDenseFile, binding).messages;
  CHECK(messages.find("K601 2 weights are not in `x`\n") == 0);
  CHECK(messages.find("the file's keys have no prefix: leave out `prefix: \"net.\"`") != std::string::npos);
  CHECK(messages.find("K602") == std::string::npos);
}

TEST_CASE("PyTorch's names are recognised, in one message") {
  const std::string messages =
      load(kDense, {{"fc.weight", {3, 2}, counting(6)}, {"fc.bias", {3}, counting(3)}}).messages;
  CHECK(messages.find("write `style: torch`") != std::string::npos);
  CHECK(messages.find("K602") == std::string::npos);
}

TEST_CASE("kernels that stand in another order are one message") {
  const graph::Graph graph = graph_of({{"a.kernel", {2, 3}}, {"b.kernel", {3, 4}}, {"c.kernel", {4, 5}}});
  const std::string messages =
      load(graph,
           {{"a.kernel", {3, 2}, counting(6)}, {"b.kernel", {4, 3}, counting(12)}, {"c.kernel", {5, 4}, counting(20)}})
          .messages;
  CHECK(messages.find("K603 `a.kernel` needs 2×3") == 0);
  CHECK(messages.find("and `c.kernel` needs 4×5, but is 5×4") != std::string::npos);
  CHECK(messages.find("K603", 1) == std::string::npos);
}

TEST_CASE("layers under other names are found by their sizes") {
  const std::string messages =
      load(kDense, {{"head.kernel", {2, 3}, counting(6)}, {"head.bias", {3}, counting(3)}}).messages;
  CHECK(messages.find("layers of the same sizes have other names in the file: did you mean these?") !=
        std::string::npos);
  CHECK(messages.find("K602") == std::string::npos);
}

TEST_CASE("a rename to a key that is not there is told beside the key of that name") {
  Binding binding;
  binding.renames = {{"fc.kernel", "hidden.kernel", Span{}}};
  CHECK(load(kDense, kDenseFile, binding).messages ==
        "K601 `fc.kernel` is not in `x`\n"
        "  note: looked for the key `hidden.kernel`\n"
        "  help: the file has `fc.kernel` itself: leave out its rename\n");
}

TEST_CASE("many mismatches make one message with a list") {
  std::vector<Weight> weights;
  std::vector<NamedTensor> tensors;
  for (int index = 0; index < 14; ++index) {
    weights.push_back({"layer" + std::to_string(index) + ".kernel", {1}});
    tensors.push_back({"other" + std::to_string(index), {1}, counting(1)});
  }
  const std::string messages = load(graph_of(weights), tensors).messages;
  CHECK(messages.find("K601 14 weights are not in `x`\n  note: `layer0.kernel` (1)\n") == 0);
  CHECK(messages.find("  note: and 4 more\nK602 14 keys are in `x` but in no weight of the model\n") !=
        std::string::npos);
}

TEST_CASE("missing: init and surplus: allow") {
  const Loaded loaded = load(kDense, {{"fc.kernel", {2, 3}, counting(6)}, {"other", {1}, counting(1)}},
                             {.missing_init = true, .surplus_allow = true});
  REQUIRE(loaded.tensors);
  CHECK((*loaded.tensors)[1].shape == std::vector<std::int64_t>{3});
  CHECK(loaded.messages.empty());
}

TEST_CASE("another shape is told with both, and when it is transposed") {
  const std::string messages =
      load(kDense, {{"fc.kernel", {3, 2}, counting(6)}, {"fc.bias", {4}, counting(4)}}).messages;
  CHECK(messages ==
        "K603 `fc.kernel` needs 2×3, but `fc.kernel` in the file is 3×2\n"
        "  note: the file is `x`\n"
        "  help: it looks transposed: `style: torch` reads PyTorch's order of axes\n"
        "K603 `fc.bias` needs 3, but `fc.bias` in the file is 4\n"
        "  note: the file is `x`\n");
}

TEST_CASE("style torch moves axes: [out, in, kh, kw] to [kh, kw, in, out]") {
  const graph::Graph graph = graph_of(
      {{"c.kernel", {2, 3, 4, 5}, "conv2d"}, {"c.bias", {5}, "conv2d"}, {"d.kernel", {2, 3}}, {"d.bias", {3}}});
  const Loaded loaded = load(graph,
                             {{"c.weight", {5, 4, 2, 3}, counting(120)},
                              {"c.bias", {5}, counting(5)},
                              {"d.weight", {3, 2}, counting(6)},
                              {"d.bias", {3}, counting(3)}},
                             {.style = "torch"});
  REQUIRE(loaded.tensors);
  const TensorData& kernel = (*loaded.tensors)[0];
  for (std::int64_t p = 0; p < 2; ++p) {
    for (std::int64_t q = 0; q < 3; ++q) {
      for (std::int64_t in = 0; in < 4; ++in) {
        for (std::int64_t out = 0; out < 5; ++out) {
          REQUIRE(kernel.at(((p * 3 + q) * 4 + in) * 5 + out) == static_cast<double>(((out * 4 + in) * 2 + p) * 3 + q));
        }
      }
    }
  }
  CHECK(values_of((*loaded.tensors)[2]) == std::vector<double>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("style torch splits depthwise kernels: [in × m, 1, kh, kw] to [kh, kw, in, m]") {
  const graph::Graph graph = graph_of({{"c.kernel", {2, 1, 3, 2}, "depthwise_conv2d"}});
  const Loaded loaded = load(graph, {{"c.weight", {6, 1, 2, 1}, counting(12)}}, {.style = "torch"});
  REQUIRE(loaded.tensors);
  for (std::int64_t p = 0; p < 2; ++p) {
    for (std::int64_t in = 0; in < 3; ++in) {
      for (std::int64_t m = 0; m < 2; ++m) {
        REQUIRE((*loaded.tensors)[0].at((p * 3 + in) * 2 + m) == static_cast<double>((in * 2 + m) * 2 + p));
      }
    }
  }
}

TEST_CASE("style torch names batch norm's tensors and passes over its counter") {
  const graph::Graph graph = graph_of({{"b.gamma", {1}, "batchnorm"},
                                       {"b.beta", {1}, "batchnorm"},
                                       {"b.moving_mean", {1}, "batchnorm"},
                                       {"b.moving_variance", {1}, "batchnorm", "ones", true}});
  const Loaded loaded = load(graph,
                             {{"b.weight", {1}, bytes_of({1})},
                              {"b.bias", {1}, bytes_of({2})},
                              {"b.running_mean", {1}, bytes_of({3})},
                              {"b.running_var", {1}, bytes_of({4})},
                              {"b.num_batches_tracked", {}, little_endian_64(7), "I64"}},
                             {.style = "torch"});
  REQUIRE(loaded.tensors);
  CHECK((*loaded.tensors)[3].at(0) == 4);
}

TEST_CASE("style torch refuses layers that it cannot translate") {
  CHECK(load(graph_of({{"r.kernel", {1, 4}, "separable_conv1d"}}), {{"r.weight", {4, 1}, counting(4)}},
             {.style = "torch", .surplus_allow = true})
            .messages ==
        "K610 `r.kernel` has no translation from PyTorch: separable_conv1d is stored in another form\n");
}

TEST_CASE("style torch puts a gru's gates in order and keeps its two biases apart") {
  const graph::Graph graph = graph_of({{"r.kernel", {2, 3}, "gru"}, {"r.bias", {2, 3}, "gru"}});
  const Loaded loaded = load(graph,
                             {{"r.weight_ih_l0", {3, 2}, bytes_of({1, 2, 3, 4, 5, 6})},
                              {"r.bias_ih_l0", {3}, bytes_of({1, 2, 3})},
                              {"r.bias_hh_l0", {3}, bytes_of({4, 5, 6})}},
                             {.style = "torch"});
  REQUIRE(loaded.tensors);
  CHECK(values_of((*loaded.tensors)[0]) == std::vector<double>{3, 1, 5, 4, 2, 6});
  CHECK(values_of((*loaded.tensors)[1]) == std::vector<double>{2, 1, 3, 5, 4, 6});
}

TEST_CASE("a weight of two tensors needs both, and renames serve both") {
  const graph::Graph graph = graph_of({{"r.bias", {4}, "lstm"}});
  Binding binding{.style = "torch", .missing_init = true};
  CHECK(load(graph, {{"r.bias_ih_l0", {4}, counting(4)}}, binding).messages.find("`r.bias` is not in `x`") !=
        std::string::npos);
  binding.renames = {{"r.bias", "rnn.bias_ih_l1", Span{}}};
  const Loaded loaded =
      load(graph, {{"rnn.bias_ih_l1", {4}, counting(4)}, {"rnn.bias_hh_l1", {4}, counting(4)}}, binding);
  REQUIRE(loaded.tensors);
  CHECK(values_of((*loaded.tensors)[0]) == std::vector<double>{0, 2, 4, 6});
}

TEST_CASE("16-bit weights are widened with a note, 64-bit ones narrowed with a warning") {
  const graph::Graph graph = graph_of({{"a", {2}}});
  // 1.5 and -2 in f16.
  const Loaded wide = load(graph, {{"a", {2}, std::string("\x00\x3e\x00\xc0", 4), "F16"}});
  REQUIRE(wide.tensors);
  CHECK(values_of((*wide.tensors)[0]) == std::vector<double>{1.5, -2});
  CHECK(wide.messages == "K612 one weight is f16 in `x` and widened exactly\n");
  std::string bytes(16, '\0');
  const double numbers[2] = {1.0 + 0x1p-30, 3};
  std::memcpy(bytes.data(), numbers, 16);
  const Loaded narrow = load(graph, {{"a", {2}, bytes, "F64"}});
  REQUIRE(narrow.tensors);
  CHECK(narrow.messages ==
        "K611 one weight is narrowed from f64 to f32; the largest change of a number is 9.31e-10, in `a`\n");
}

TEST_CASE("whole numbers are not taken for floats") {
  CHECK(load(graph_of({{"a", {1}}}), {{"a", {1}, std::string(4, '\0'), "I32"}}).messages ==
        "K604 `a` needs f32, but `a` in the file is i32\n");
  CHECK(load(graph_of({{"a", {1}}}), {{"a", {1}, std::string(4, '\0'), "U32"}}).messages ==
        "K604 `a` needs f32, but `a` in the file is U32\n");
}

TEST_CASE("numbers that are not finite, and variances below zero, are told with their place") {
  const graph::Graph graph = graph_of({{"a", {2, 2}}, {"v", {3}, "batchnorm", "ones", true}});
  const Loaded loaded =
      load(graph, {{"a", {2, 2}, bytes_of({0, 1, NAN, -INFINITY})}, {"v", {3}, bytes_of({1, -0.5F, 2})}});
  CHECK(loaded.messages ==
        "K606 `a` holds 2 numbers of 4 that are not finite, the first at [1, 0]: nan\n"
        "K607 `v` holds one variance below zero, the first at [1]: -0.5\n");
}

TEST_CASE("a number too large for the narrower type is not finite") {
  std::string bytes(8, '\0');
  const double number = 1e300;
  std::memcpy(bytes.data(), &number, 8);
  CHECK(load(graph_of({{"a", {1}}}), {{"a", {1}, bytes, "F64"}}).messages.find("K606") == 0);
}
