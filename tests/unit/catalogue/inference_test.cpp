// Result types, weights and mistakes of layers.
#include "catch.hpp"
#include "unit/catalogue/bind_application.hpp"

using kdlc::testing::bind_application;
using kdlc::testing::inferred_text;
using kdlc::testing::type_from_text;

namespace {

/// The text of the first message of an application that is wrong.
std::string complaint(std::string_view layer, std::string_view input, const nlohmann::json& settings) {
  const auto bound = bind_application(layer, {type_from_text(input)}, settings);
  if (bound->in_range) {
    CHECK_FALSE(bound->application.layer->infer(bound->application));
  }
  return bound->first_text();
}

}  // namespace

TEST_CASE("dense works on the last axis") {
  CHECK(inferred_text("dense", {"f32[N, 8]"}, {{"units", 3}}) == "f32[N, 3]; kernel [8, 3]; bias [3]");
  CHECK(inferred_text("dense", {"f32[N, T, 8]"}, {{"units", 3}, {"bias", false}}) == "f32[N, T, 3]; kernel [8, 3]");
  CHECK(inferred_text("dense", {"f64[8]"}, {{"units", 3}}) == "f64[3]; kernel [8, 3]; bias [3]");
  CHECK(inferred_text("dense", {"f32[N]"}, {{"units", 3}}) == "K310");
  CHECK(inferred_text("dense", {"f32[N, T]"}, {{"units", 3}}) == "K330");
  CHECK(inferred_text("dense",
                      {"f32[N, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8]"},
                      {{"units", 3}}) == "K310");
  CHECK(inferred_text("dense", {"i32[N, 8]"}, {{"units", 3}}) == "K320");
  CHECK(inferred_text("dense", {"i32[N]"}, {{"units", 3}}) == "K320 K310");
  CHECK(inferred_text("dense", {"f32[N, 8]"}, {{"units", 0}}) == "K341");
  CHECK(inferred_text("dense", {"f32[N, 8]"}, {{"units", 3}, {"dtype", "f64"}}) == "K320");
}

TEST_CASE("convolutions have Keras' sizes") {
  CHECK(inferred_text("conv2d", {"f32[N, 28, 28, 3]"}, {{"filters", 6}, {"kernel", 5}}) ==
        "f32[N, 24, 24, 6]; kernel [5, 5, 3, 6]; bias [6]");
  CHECK(inferred_text("conv2d", {"f32[N, 28, 27, 3]"},
                      {{"filters", 6}, {"kernel", {5, 3}}, {"stride", 2}, {"padding", "same"}, {"bias", false}}) ==
        "f32[N, 14, 14, 6]; kernel [5, 3, 3, 6]");
  CHECK(inferred_text("conv2d", {"f32[N, 9, 9, 4]"}, {{"filters", 6}, {"kernel", 3}, {"dilation", 3}, {"groups", 2}}) ==
        "f32[N, 3, 3, 6]; kernel [3, 3, 2, 6]; bias [6]");
  CHECK(inferred_text("conv2d", {"f32[N, 5, 9, 9, 4]"}, {{"filters", 6}, {"kernel", 1}}) ==
        "f32[N, 5, 9, 9, 6]; kernel [1, 1, 4, 6]; bias [6]");
  CHECK(inferred_text("conv2d", {"f32[N, 8, 8, 1]"}, {{"filters", 1}, {"kernel", 3}, {"padding", {{1, 0}, {2, 2}}}}) ==
        "f32[N, 7, 10, 1]; kernel [3, 3, 1, 1]; bias [1]");
  CHECK(inferred_text("conv1d", {"f32[N, T, 4]"}, {{"filters", 6}, {"kernel", 3}}) ==
        "f32[N, T - 2, 6]; kernel [3, 4, 6]; bias [6]");
  CHECK(inferred_text("conv1d", {"f32[N, T, 4]"}, {{"filters", 6}, {"kernel", 3}, {"padding", "causal"}}) ==
        "f32[N, T, 6]; kernel [3, 4, 6]; bias [6]");
  CHECK(inferred_text("conv1d", {"f32[N, T, 4]"}, {{"filters", 6}, {"kernel", 3}, {"stride", 2}}) ==
        "f32[N, floor((T + 1) / 2) - 1, 6]; kernel [3, 4, 6]; bias [6]");
  CHECK(inferred_text("conv3d", {"f32[N, 4, 5, 6, 2]"}, {{"filters", 6}, {"kernel", 2}}) ==
        "f32[N, 3, 4, 5, 6]; kernel [2, 2, 2, 2, 6]; bias [6]");
  CHECK(inferred_text("depthwise_conv2d", {"f32[N, 8, 8, 3]"}, {{"kernel", 3}, {"multiplier", 2}}) ==
        "f32[N, 6, 6, 6]; kernel [3, 3, 3, 2]; bias [6]");
}

TEST_CASE("mistakes of convolutions are named") {
  CHECK(complaint("conv2d", "f32[N, 8]", {{"filters", 4}, {"kernel", 3}}) ==
        "`a` ([N, 8], 2 axes) is given where `conv2d` needs 4 axes [N, height, width, channels]");
  CHECK(complaint("conv2d", "f32[N, 4, 4, 1]", {{"filters", 8}, {"kernel", 5}}) ==
        "a window of 5×5 is larger than `a` (4×4×1)");
  CHECK(complaint("conv2d", "f32[N, 8, 8, 3]", {{"filters", 4}, {"kernel", 3}, {"groups", 2}}) ==
        "2 is given for `groups` of `conv2d`, which must be a divisor of the channels, 3");
  CHECK(complaint("conv2d", "f32[N, 8, 8, 3]", {{"filters", 4}, {"kernel", {3, 3, 3}}}) ==
        "[3, 3, 3] is given for `kernel` of `conv2d`, which must be one number, or a list of 2, one for each axis");
  CHECK(complaint("conv2d", "f32[N, 8, 8, 3]", {{"filters", -1}, {"kernel", 3}}) ==
        "-1 is given for `filters` of `conv2d`, which must be at least 1 and at most 2147483647");
  CHECK(complaint("conv2d", "f32[N, 8, 8, T]", {{"filters", 4}, {"kernel", 3}}) ==
        "`kernel` of `conv2d` would have a size that is known only at run time");
  CHECK(inferred_text("conv2d", {"f32[N, 8, 8, 3]"}, {{"filters", 4}, {"kernel", 3}, {"padding", {1, 2, 3}}}) ==
        "K341");
  CHECK(inferred_text("maxpool", {"f32[N, 8, 8, 3]"}, {{"window", 3}, {"padding", 3}}) == "K341");
  CHECK(inferred_text("conv2d", {"f32[N, 8, 8, 3]"}, {{"filters", 4}, {"kernel", 3}, {"stride", 2}, {"dilation", 2}}) ==
        "K343");
  CHECK(inferred_text("conv1d", {"f32[N, T, 3]"},
                      {{"filters", 4}, {"kernel", 3}, {"padding", "same"}, {"stride", 2}}) == "K341");
  CHECK(inferred_text("conv2d", {"i32[N, 8, 8, 3]"}, {{"filters", 4}, {"kernel", 3}}) == "K320");
}

TEST_CASE("flatten keeps the batch") {
  CHECK(inferred_text("flatten", {"f32[N, 4, 4, 3]"}) == "f32[N, 48]");
  CHECK(inferred_text("flatten", {"f32[N]"}) == "f32[N, 1]");
  CHECK(inferred_text("flatten", {"i8[2, 3]"}) == "i8[6]");
  CHECK(inferred_text("flatten", {"f32[N, T, 3]"}) == "K332");
}

TEST_CASE("softmax never runs over the batch") {
  CHECK(inferred_text("softmax", {"f32[N, 8]"}) == "f32[N, 8]");
  CHECK(inferred_text("softmax", {"f32[N, 8]"}, {{"axis", 0}}) == "K334");
  CHECK(inferred_text("softmax", {"f32[N]"}) == "K334");
  CHECK(inferred_text("softmax", {"f32[N, 8]"}, {{"axis", 2}}) == "K310");
  CHECK(inferred_text("softmax", {"f32[N, 1]"}) == "f32[N, 1]");
  CHECK(inferred_text("relu", {"i32[N, 8]"}) == "i32[N, 8]");
}

TEST_CASE("transposed convolutions grow by the stride") {
  CHECK(inferred_text("conv2d_transpose", {"f32[N, 7, 7, 8]"}, {{"filters", 4}, {"kernel", 2}, {"stride", 2}}) ==
        "f32[N, 14, 14, 4]; kernel [2, 2, 4, 8]; bias [4]");
  CHECK(inferred_text("conv2d_transpose", {"f32[N, 7, T, 8]"},
                      {{"filters", 4}, {"kernel", 3}, {"stride", 2}, {"padding", "same"}}) ==
        "f32[N, 14, 2 * T, 4]; kernel [3, 3, 4, 8]; bias [4]");
  CHECK(inferred_text("conv2d_transpose", {"f32[N, 7, 7, 8]"},
                      {{"filters", 4}, {"kernel", 3}, {"stride", 2}, {"output_padding", 2}}) == "K341");
  CHECK(inferred_text("conv1d_transpose", {"f32[N, 1, 8]"}, {{"filters", 4}, {"kernel", 3}, {"padding", 2}}) == "K341");
}

TEST_CASE("pools take as many axes as the input or a list has") {
  CHECK(inferred_text("maxpool", {"f32[N, 28, 27, 3]"}) == "f32[N, 14, 13, 3]");
  CHECK(inferred_text("maxpool", {"i8[N, 28, 3]"}, {{"window", 3}}) == "i8[N, 9, 3]");
  CHECK(inferred_text("avgpool", {"f32[N, 4, 8, 8, 3]"}) == "f32[N, 2, 4, 4, 3]");
  CHECK(inferred_text("avgpool", {"f32[N, 4, 8, 8, 3]"}, {{"window", {2, 2}}}) == "f32[N, 4, 4, 4, 3]");
  CHECK(inferred_text("avgpool", {"i32[N, 8, 8, 3]"}) == "K320");
  CHECK(inferred_text("maxpool", {"bool[N, 8, 8, 3]"}) == "K320");
  CHECK(inferred_text("maxpool", {"f32[N, 8]"}) == "K310");
  CHECK(inferred_text("maxpool", {"f32[N, 8, 3]"}, {{"window", {2, 2}}}) == "K310");
  CHECK(inferred_text("maxpool", {"f32[N, 2, 2, 2, 2, 3]"}) == "K310");
  CHECK(inferred_text("maxpool", {"f32[N, 1, 1, 3]"}) == "K317");
  CHECK(inferred_text("global_avgpool", {"f32[N, T, 7, 3]"}) == "f32[N, 3]");
  CHECK(inferred_text("global_maxpool", {"f32[N, 7, 3]"}, {{"keep", true}}) == "f32[N, 1, 3]");
  CHECK(inferred_text("global_avgpool", {"f32[N, 7]"}) == "K310");
}

TEST_CASE("reshape keeps the numbers of a sample") {
  CHECK(inferred_text("reshape", {"f32[N, 12]"}, {{"dims", {3, 4}}}) == "f32[N, 3, 4]");
  CHECK(inferred_text("reshape", {"f32[N, 12]"}, {{"dims", {-1, 4}}}) == "f32[N, 3, 4]");
  CHECK(inferred_text("reshape", {"f32[N, 1]"}, {{"dims", nlohmann::json::array()}}) == "f32[N]");
  CHECK(inferred_text("reshape", {"f32[N]"}, {{"dims", {1, 1}}}) == "f32[N, 1, 1]");
  CHECK(inferred_text("reshape", {"f32[2, 3]"}, {{"dims", {6}}}) == "f32[6]");
  CHECK(inferred_text("reshape", {"f32[N, T, 8]"}, {{"dims", {-1, 2, 4}}}) == "f32[N, T, 2, 4]");
  CHECK(inferred_text("reshape", {"f32[N, T, 8]"}, {{"dims", {-1}}}) == "f32[N, 8 * T]");
  CHECK(inferred_text("reshape", {"f32[N, T, 8]"}, {{"dims", {-1, 3}}}) == "K318");
  CHECK(inferred_text("reshape", {"f32[N, 8]"}, {{"dims", {3, -1}}}) == "K318");
  CHECK(inferred_text("reshape", {"f32[N, 8]"}, {{"dims", {-1, -1}}}) == "K341");
  CHECK(inferred_text("reshape", {"f32[N, 8]"}, {{"dims", {0, 8}}}) == "K341");
  CHECK(complaint("reshape", "f32[N, 8]", {{"dims", {3, 3}}}) ==
        "[3, 3] has 9 numbers for each sample, but `a` holds 8");
}

TEST_CASE("merges insert axes after N and stretch nothing else") {
  CHECK(inferred_text("add", {"f32[N, 5, 4]", "f32[N, 4]"}) == "f32[N, 5, 4]");
  CHECK(inferred_text("add", {"f32[N, 4]", "f32[N, 5, 4]", "f32[4]"}) == "f32[N, 5, 4]");
  CHECK(inferred_text("add", {"f32[5, 4]", "f32[N, 4]"}) == "f32[N, 5, 4]");
  CHECK(inferred_text("add", {"f32[N, 5, 4]", "f32[N, 5, 1]"}) == "K314");
  CHECK(inferred_text("add", {"f32[N, 5, 4]", "f32[N, 5]"}) == "K314");
  CHECK(inferred_text("subtract", {"f32[N, 4]", "i32[N, 4]"}) == "K320");
  CHECK(inferred_text("average", {"i32[N, 4]", "i32[N, 4]"}) == "K320");
}

TEST_CASE("concat, stack and split work on one axis that is not the batch") {
  CHECK(inferred_text("concat", {"f32[N, 3, T]", "f32[N, 3, 2]"}) == "f32[N, 3, T + 2]");
  CHECK(inferred_text("concat", {"f32[N, 3, 2]", "f32[3, 4]"}) == "f32[N, 3, 6]");
  CHECK(inferred_text("concat", {"f32[N, 3, 2]", "f32[N, 4, 2]"}) == "K319");
  CHECK(inferred_text("concat", {"f32[N, 3]", "f32[N, 3, 1]"}) == "K319");
  CHECK(inferred_text("concat", {"f32[N, 3]", "f32[N, 3]"}, {{"axis", 0}}) == "K334");
  CHECK(inferred_text("concat", {"f32[N, 3]", "i32[N, 3]"}) == "K320");
  CHECK(inferred_text("stack", {"f32[N, 3]", "f32[N, 3]"}) == "f32[N, 3, 2]");
  CHECK(inferred_text("stack", {"f32[N, 3]", "f32[N, 3]"}, {{"axis", 1}}) == "f32[N, 2, 3]");
  CHECK(inferred_text("stack", {"f32[N, 3]", "f32[N, 3]"}, {{"axis", 0}}) == "K334");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", 3}}) == "f32[N, 2] f32[N, 2] f32[N, 2]");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", 4}}) == "K341");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", {1, 4}}}) == "f32[N, 1] f32[N, 3] f32[N, 2]");
  CHECK(inferred_text("split", {"f32[N, T, 6]"}, {{"parts", {2}}, {"axis", 1}}) == "f32[N, 2, 6] f32[N, T - 2, 6]");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", {4, 4}}}) == "K341");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", {2, 6}}}) == "K341");
  CHECK(inferred_text("split", {"f32[N, 6]"}, {{"parts", {0, 2}}}) == "K341");
}

TEST_CASE("reductions leave the batch alone") {
  CHECK(inferred_text("sum", {"f32[N, 3, 4]"}) == "f32[N]");
  CHECK(inferred_text("sum", {"f32[N]"}) == "f32[N]");
  CHECK(inferred_text("sum", {"f32[3, 4]"}) == "f32[]");
  CHECK(inferred_text("mean", {"f32[N, T, 4]"}, {{"axis", 1}, {"keep", true}}) == "f32[N, 1, 4]");
  CHECK(inferred_text("max", {"i32[N, 3, 4]"}, {{"axis", {-1, 1}}}) == "i32[N]");
  CHECK(inferred_text("sum", {"f32[N, 3]"}, {{"axis", 0}}) == "K334");
  CHECK(inferred_text("sum", {"f32[N, 3]"}, {{"axis", -2}}) == "K334");
  CHECK(inferred_text("sum", {"f32[N, 3]"}, {{"axis", {1, -1}}}) == "K341");
  CHECK(inferred_text("sum", {"f32[N, 3]"}, {{"axis", 2}}) == "K310");
  CHECK(inferred_text("sum", {"bool[N, 3]"}) == "K320");
  CHECK(inferred_text("max", {"f32[N, 3]", "f32[]"}) == "f32[N, 3]");
  CHECK(inferred_text("max", {"f32[N, 3]", "f32[N, 4, 3]"}) == "K314");
  CHECK(inferred_text("max", {"f32[N, 3]", "f32[3]"}, {{"axis", 1}}) == "K341");
}

TEST_CASE("in a test the batch is an axis like others") {
  const auto bound = bind_application("sum", {type_from_text("f32[N, 3]")}, {{"axis", 0}});
  bound->application.whole_batch = true;
  const auto inferred = bound->application.layer->infer(bound->application);
  REQUIRE(inferred);
  CHECK(inferred->results[0].to_text() == "f32[3]");
}

TEST_CASE("normalisations have weights of the normalised sizes") {
  CHECK(inferred_text("batchnorm", {"f32[N, 7, 3]"}) ==
        "f32[N, 7, 3]; gamma [3]; beta [3]; moving_mean [3]; moving_variance [3]");
  CHECK(inferred_text("batchnorm", {"f32[N, 7, 3]"}, {{"axis", 1}, {"scale", false}}) ==
        "f32[N, 7, 3]; beta [7]; moving_mean [7]; moving_variance [7]");
  CHECK(inferred_text("batchnorm", {"f32[N, T]"}) == "K330");
  CHECK(inferred_text("batchnorm", {"f32[N, 3]"}, {{"axis", 0}}) == "K334");
  CHECK(inferred_text("batchnorm", {"f32[N, 3]"}, {{"eps", -1.0}}) == "K341");
  CHECK(inferred_text("layernorm", {"f32[N, T, 3]"}) == "f32[N, T, 3]; gamma [3]; beta [3]");
  CHECK(inferred_text("layernorm", {"f32[N, 2, 3]"}, {{"axis", {1, 2}}}) == "f32[N, 2, 3]; gamma [2, 3]; beta [2, 3]");
  CHECK(inferred_text("layernorm", {"f32[N, T, 3]"}, {{"axis", 1}}) == "K330");
}

TEST_CASE("sequences have Keras' weights") {
  CHECK(inferred_text("lstm", {"f32[N, T, 8]"}, {{"units", 4}, {"direction", "both"}, {"bias", false}}) ==
        "f32[N, 8]; forward.kernel [8, 16]; forward.recurrent_kernel [4, 16]; backward.kernel [8, 16]; "
        "backward.recurrent_kernel [4, 16]");
  CHECK(inferred_text("lstm", {"f32[N, T, 8]", "bool[N, T]"}, {{"units", 2}, {"sequences", true}, {"states", true}}) ==
        "f32[N, T, 2] f32[N, 2] f32[N, 2]; kernel [8, 8]; recurrent_kernel [2, 8]; bias [8]");
  CHECK(inferred_text("gru", {"f32[N, 5, 8]"}, {{"units", 2}}) ==
        "f32[N, 2]; kernel [8, 6]; recurrent_kernel [2, 6]; bias [2, 6]");
  CHECK(inferred_text("rnn", {"f32[N, 5, 8]", "bool[N, 4]"}, {{"units", 2}}) == "K314");
  CHECK(inferred_text("rnn", {"f32[N, 5, 8]", "f32[N, 5]"}, {{"units", 2}}) == "K320");
  CHECK(inferred_text("lstm", {"f32[N, 8]"}, {{"units", 4}}) == "K310");
  CHECK(inferred_text("embedding", {"i32[N, T]"}, {{"vocabulary", 100}, {"size", 8}}) ==
        "f32[N, T, 8]; embeddings [100, 8]");
  CHECK(inferred_text("embedding", {"f32[N, T]"}, {{"vocabulary", 100}, {"size", 8}}) == "K320");
  CHECK(inferred_text("attention", {"f32[N, T, 8]", "f32[N, 5, 8]", "f32[N, 4, 8]"}, {{"heads", 2}, {"dim", 4}}) ==
        "K314");
  CHECK(inferred_text("attention", {"f32[N, 8]", "f32[N, 5, 8]", "f32[N, 5, 8]"}, {{"heads", 2}, {"dim", 4}}) ==
        "K310");
}

TEST_CASE("choices and conversions check their operands") {
  CHECK(inferred_text("where", {"bool[N, 4]", "f32[N, 4]", "f32[]"}) == "f32[N, 4]");
  CHECK(inferred_text("where", {"f32[N, 4]", "f32[N, 4]", "f32[]"}) == "K320");
  CHECK(inferred_text("where", {"bool[N, 3]", "f32[N, 4]", "f32[4]"}) == "K314");
  CHECK(inferred_text("cast", {"u8[N, 4]"}, {{"dtype", "f32"}}) == "f32[N, 4]");
  CHECK(inferred_text("clip", {"f32[N]"}, {{"low", 1}, {"high", 0}}) == "K341");
  CHECK(inferred_text("clip", {"i32[N]"}, {{"low", 0.5}, {"high", 1}}) == "K341");
  CHECK(inferred_text("transpose", {"f32[N, 2, 3]"}) == "f32[N, 3, 2]");
  CHECK(inferred_text("transpose", {"f32[N, 2, 3, 4]"}, {{"axes", {3, 1, 2}}}) == "f32[N, 4, 2, 3]");
  CHECK(inferred_text("transpose", {"f32[N, 2, 3]"}, {{"axes", {1, 0, 2}}}) == "K334");
  CHECK(inferred_text("transpose", {"f32[N, 2, 3]"}, {{"axes", {1, 1}}}) == "K341");
  CHECK(inferred_text("dropout", {"f32[N, 2]"}, {{"rate", 1}}) == "K341");
  CHECK(inferred_text("glu", {"f32[N, 6]"}) == "f32[N, 3]");
  CHECK(inferred_text("glu", {"f32[N, 5]"}) == "K341");
}

TEST_CASE("einsum takes its axes from the words") {
  const auto einsum = [](std::vector<std::string_view> inputs, std::string_view pattern) {
    return inferred_text("einsum", std::move(inputs), {{"pattern", pattern}});
  };
  CHECK(einsum({"f32[N, 2, 3, 4]", "f32[N, 2, 5, 4]"}, "n h q d, n h k d -> n h q k") == "f32[N, 2, 3, 5]");
  CHECK(einsum({"f32[4, 5]", "f32[N, T, 4]"}, "d e, n t d -> n t e") == "f32[N, T, 5]");
  CHECK(einsum({"f32[N, 3, 4]"}, "n i j -> n") == "f32[N]");
  CHECK(einsum({"i32[3, 4]"}, "i j ->") == "i32[]");
  CHECK(einsum({"f32[N, 3]", "f32[3, 4]", "f32[N, 4]"}, "n i, i j, n j -> n") == "f32[N]");
  CHECK(einsum({"f32[N, 3]", "f32[4, 2]"}, "n k, k j -> n j") == "K352");
  CHECK(einsum({"f32[N, 1]", "f32[4, 2]"}, "n k, k j -> n j") == "K352");
  CHECK(einsum({"f32[N, 3]", "f32[N, 3]"}, "n k -> n k") == "K352");
  CHECK(einsum({"f32[N, 3]"}, "n k j -> n k") == "K352");
  CHECK(einsum({"f32[N, 3]"}, "n (k j) -> n k") == "K351");
  CHECK(einsum({"f32[N, 3]"}, "n k -> n j") == "K351");
  CHECK(einsum({"f32[N, 3]"}, "n k -> k") == "K334");
  CHECK(einsum({"f32[N, 3]"}, "n k -> k n") == "K334");
  CHECK(einsum({"f32[N, 3]"}, "n k ->") == "K334");
  CHECK(einsum({"f32[N, 3]", "f32[N, 3]"}, "n k, m k -> n m") == "K334");
  CHECK(einsum({"f32[N, 3]", "f32[4, 3]"}, "n k, n k -> n") == "K352");
  CHECK(einsum({"f32[N, 3]", "f64[3]"}, "n k, k -> n") == "K320");
  CHECK(einsum({"bool[N, 3]"}, "n k -> n k") == "K320");
}

TEST_CASE("rearrange splits and merges as the words say") {
  const auto rearrange = [](std::string_view input, std::string_view pattern, nlohmann::json sizes = {}) {
    sizes["pattern"] = pattern;
    return inferred_text("rearrange", {input}, sizes);
  };
  CHECK(rearrange("f32[N, 48, 3]", "n (h w) c -> n h w c", {{"h", 8}}) == "f32[N, 8, 6, 3]");
  CHECK(rearrange("f32[N, 8, 6, 3]", "n h w c -> n (w h) c") == "f32[N, 48, 3]");
  CHECK(rearrange("bool[N, 4, 6]", "n h (a b c) -> n (a h) (b c)", {{"b", 2}, {"c", 1}}) == "bool[N, 12, 2]");
  CHECK(rearrange("f32[N, T, 6]", "n t (a b) -> n a t b", {{"a", 2}}) == "f32[N, 2, T, 3]");
  CHECK(rearrange("f32[N, 1, 6]", "n 1 d -> n d 1 1") == "f32[N, 6, 1, 1]");
  CHECK(rearrange("f32[6]", "(b a) -> a b", {{"a", 2}, {"b", 3}}) == "f32[2, 3]");
  CHECK(rearrange("f32[N, 48, 3]", "n (h w) c -> n h w c") == "K352");
  CHECK(rearrange("f32[N, 48, 3]", "n (h w) c -> n h w c", {{"h", 7}}) == "K352");
  CHECK(rearrange("f32[N, 48, 3]", "n (h w) c -> n h w c", {{"h", 7}, {"w", 7}}) == "K352");
  CHECK(rearrange("f32[N, T, 3]", "n (h w) c -> n h w c", {{"h", 2}}) == "K352");
  CHECK(rearrange("f32[N, 48, 3]", "n h c -> n c h", {{"h", 47}}) == "K352");
  CHECK(rearrange("f32[N, 48, 3]", "n h c -> n c h", {{"w", 3}}) == "K352");
  CHECK(rearrange("f32[N, 48, 3]", "n h c -> n c h", {{"h", 0}}) == "K341");
  CHECK(rearrange("f32[N, 48]", "n (a b c d) -> n a b c d",
                  {{"a", 2147483647}, {"b", 2147483647}, {"c", 2147483647}}) == "K352");
  CHECK(rearrange("f32[N, 48]", "n 1 -> n") == "K352");
  CHECK(rearrange("f32[N, 48]", "n c h -> n c h") == "K352");
  CHECK(rearrange("f32[N, 48]", "n c -> n") == "K351");
  CHECK(rearrange("f32[N, 48]", "n c -> n c d") == "K351");
  CHECK(rearrange("f32[N, 48]", "n c, n c -> n c") == "K351");
  CHECK(rearrange("f32[N, 48]", "n c -> c n") == "K334");
  CHECK(rearrange("f32[N, 48]", "n c -> (n c)") == "K334");
  CHECK(rearrange("f32[N, 48]", "n c -> 1 n c") == "K334");
  CHECK(rearrange("f32[N, 48]", "(a b) c -> a b c", {{"a", 2}}) == "K334");
}
