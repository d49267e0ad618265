// kdlc evaluate, on the digits of examples/ and on data that does not fit.
#include <cmath>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kDigits = std::string(KDLC_PROJECT_FOLDER) + "/examples/digits/";

Outcome evaluate_digits(const std::string& model, const std::string& batch, const std::string& threads = "1") {
  return call_kdlc({"evaluate", kDigits + model, "--threads", threads, "--input", "image=" + kDigits + "images.npy",
                    "--target", "digit=" + kDigits + "labels.npy", "--batch", batch});
}

/// The number behind a name at the start of a line; NaN when there is none.
double number_of(const std::string& text, const std::string& name) {
  const std::size_t place = text.find("\n" + name + " ");
  return place == std::string::npos ? std::nan("") : std::stod(text.substr(place + name.size() + 2));
}

/// An .npy file of version 1.
std::string npy(const std::string& dtype, const std::string& shape, const std::string& bytes) {
  std::string header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header += std::string(117 - header.size(), ' ') + "\n";
  return std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2) + header + bytes;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

constexpr const char* kModel =
    "kdl 1\nmodel M {\n  input row: f32[N, 2]\n  output probs = row -> softmax\n  train {\n    target kind: i32[N]\n"
    "    loss sparse_categorical_crossentropy(probs, kind)\n  }\n}\n";

}  // namespace

TEST_CASE("evaluate gives Keras' loss and accuracy whatever the batch") {
  // From tests/oracle/evaluate.py; 360 samples, which 32 does not divide and 40 does.
  for (const char* batch : {"1", "32", "40", "1000"}) {
    INFO("batches of " << batch);
    const Outcome mlp = evaluate_digits("mlp.kdl", batch);
    CHECK(mlp.err.empty());
    CHECK(number_of(mlp.out, "sparse_categorical_crossentropy") == Approx(0.101720788).epsilon(1e-5));
    CHECK(number_of(mlp.out, "accuracy") == Approx(0.963888884).epsilon(1e-5));
    const Outcome conv = evaluate_digits("conv.kdl", batch);
    CHECK(number_of(conv.out, "sparse_categorical_crossentropy") == Approx(0.0520658605).epsilon(1e-5));
    CHECK(number_of(conv.out, "accuracy") == Approx(0.986111104).epsilon(1e-5));
  }
}

TEST_CASE("a loss that is checked but not compiled yet is told by evaluate, and no obstacle to build") {
  const ScratchFolder folder;
  const std::string source =
      folder.write("text.kdl",
                   "kdl 1\nmodel Text {\n  input x: f32[N, 5, 4]\n  output y = x * 2\n  train {\n"
                   "    target text: i32[N, 3]\n    loss ctc(y, text)\n  }\n}\n");
  CHECK(call_kdlc({"check", source}).exit_code == 0);
  CHECK(call_kdlc({"build", source, "--emit", "obj", "-o", folder.path("text.o")}).exit_code == 0);
  const Outcome outcome = call_kdlc({"evaluate", source, "--input", "x=x.npy", "--target", "text=t.npy"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "error[K904]"));
}

TEST_CASE("evaluate asks for data that is missing") {
  const Outcome outcome = call_kdlc({"evaluate", kDigits + "mlp.kdl", "--input", "image=" + kDigits + "images.npy"});
  CHECK(outcome.exit_code != 0);
  CHECK(contains(outcome.err, "K654"));
  CHECK(contains(outcome.err, "--target digit=FILE.npy"));
}

TEST_CASE("evaluate names the first sample whose class is not there, and counts that differ") {
  const ScratchFolder folder;
  const std::string model = folder.write("m.kdl", kModel);
  const std::string rows = folder.write("rows.npy", npy("<f4", "3, 2", bytes_of<float>({1, 2, 3, 4, 5, 6})));
  const std::string wrong = folder.write("wrong.npy", npy("<i4", "3,", bytes_of<int>({0, 2, 5})));
  const Outcome outside = call_kdlc({"evaluate", model, "--input", "row=" + rows, "--target", "kind=" + wrong});
  CHECK(contains(outside.err, "K658"));
  CHECK(contains(outside.err, "holds 2 at [1], but the target `kind` is in 0..2"));
  const std::string few = folder.write("few.npy", npy("<i4", "2,", bytes_of<int>({0, 1})));
  CHECK(contains(call_kdlc({"evaluate", model, "--input", "row=" + rows, "--target", "kind=" + few}).err, "K656"));
  const std::string floats = folder.write("floats.npy", npy("<f4", "3,", bytes_of<float>({0, 1, 0})));
  CHECK(contains(call_kdlc({"evaluate", model, "--input", "row=" + rows, "--target", "kind=" + floats}).err, "K655"));
}

TEST_CASE("a formula of one's own is the mean of its batches, and says so") {
  const ScratchFolder folder;
  const std::string model = folder.write(
      "m.kdl",
      "kdl 1\nmodel M {\n  input row: f32[N, 2]\n  output y = row * 2\n  train {\n    target t: f32[N, 2]\n"
      "    loss square = mean((y - t)^2)\n    loss largest = 0.5 * max(abs(y - t))\n    loss mae(y, t)\n  }\n}\n");
  const std::string rows = folder.write("rows.npy", npy("<f4", "3, 2", bytes_of<float>({1, 2, 3, 4, 5, 6})));
  const std::string zeros = folder.write("t.npy", npy("<f4", "3, 2", bytes_of<float>({0, 0, 0, 0, 0, 0})));
  const Outcome outcome =
      call_kdlc({"evaluate", model, "--input", "row=" + rows, "--target", "t=" + zeros, "--batch", "2"});
  CHECK(outcome.err.empty());
  // 4·(1 + 4 + 9 + 16 + 25 + 36)/6; (8·2 + 12·1)/3/2; 2·21/6.
  CHECK(number_of(outcome.out, "square") == Approx(60.6666667).epsilon(1e-5));
  CHECK(number_of(outcome.out, "largest") == Approx(4.6666667).epsilon(1e-5));
  CHECK(number_of(outcome.out, "mean_absolute_error") == Approx(7).epsilon(1e-5));
  CHECK(number_of(outcome.out, "total loss") == Approx(72.3333333).epsilon(1e-5));
  CHECK(contains(outcome.out, "(mean of batches of 2)"));
}

TEST_CASE("a model without train cannot be evaluated") {
  const ScratchFolder folder;
  const std::string model =
      folder.write("m.kdl", "kdl 1\nmodel M {\n  input row: f32[N, 2]\n  output y = row * 2\n}\n");
  CHECK(contains(call_kdlc({"evaluate", model}).err, "K511"));
}

TEST_CASE("evaluate with several threads gives the same") {
  for (const char* model : {"mlp.kdl", "conv.kdl"}) {
    const Outcome one = evaluate_digits(model, "40");
    const Outcome three = evaluate_digits(model, "40", "3");
    CHECK(three.err.empty());
    CHECK(number_of(three.out, "sparse_categorical_crossentropy") ==
          Approx(number_of(one.out, "sparse_categorical_crossentropy")).epsilon(1e-5));
    CHECK(number_of(three.out, "accuracy") == number_of(one.out, "accuracy"));
  }
}
