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
  CHECK(inferred_text("conv2d", {"f32[N, 8, 8, 3]"}, {{"filters", 4}, {"kernel", 3}, {"padding", 3}}) == "K341");
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
  CHECK(inferred_text("relu", {"i32[N, 8]"}) == "i32[N, 8]");
}
