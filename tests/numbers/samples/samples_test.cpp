// Every sample of the language and every model of examples/ is checked, built and run; its numbers are those of Keras
// with the same weights.
#include <cmath>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "catch.hpp"
#include "numbers/samples/sample.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using testing::ScratchFolder;

namespace {

/// Float32 sums of up to millions of products, in another order: the largest seen is 3e-6 (printed below).
constexpr double kTolerance = 1e-4;

void succeed(std::vector<std::string> words, const std::vector<std::string>& weights) {
  words.insert(words.end(), weights.begin(), weights.end());
  const testing::Outcome outcome = testing::call_kdlc(words);
  INFO(fmt::format("kdlc {}\n{}", fmt::join(words, " "), outcome.err));
  REQUIRE(outcome.exit_code == 0);
  CHECK_FALSE(testing::contains(outcome.err, "error["));
  CHECK_FALSE(testing::contains(outcome.err, "warning["));
}

/// Outputs as written to `<folder>/<name>.<from>.npy`, compared with Keras'.
void compare(const std::string& name, const testing::Sample& sample, const std::string& from,
             const ScratchFolder& folder) {
  for (const testing::ExpectedOutput& output : sample.outputs) {
    Report report;
    const auto actual = weights::read_npy(folder.path(output.name + "." + from + ".npy"), report);
    INFO(name << " " << output.name << " by " << from);
    REQUIRE(actual.has_value());
    REQUIRE(actual->shape == output.shape);
    const double error = testing::worst_error(output, *actual);
    std::cout << fmt::format("{:<16} {:<10} {:<5} worst error {:.1e} of the largest value\n", name, output.name, from,
                             error);
    CHECK(error < kTolerance);
  }
}

std::vector<std::string> output_words(const testing::Sample& sample, const std::string& from,
                                      const ScratchFolder& folder) {
  std::vector<std::string> words;
  for (const testing::ExpectedOutput& output : sample.outputs) {
    words.insert(words.end(), {"--output", output.name + "=" + folder.path(output.name + "." + from + ".npy")});
  }
  return words;
}

void check_sample(const std::string& name) {
  const ScratchFolder folder;
  const testing::Sample sample = testing::set_up_sample(name, folder);
  succeed({"check", sample.source}, sample.weights);

  std::vector<std::string> run = {"run", sample.source};
  for (const std::string& word : sample.input_words) {
    run.insert(run.end(), {"--input", word});
  }
  const std::vector<std::string> run_outputs = output_words(sample, "run", folder);
  run.insert(run.end(), run_outputs.begin(), run_outputs.end());
  succeed(run, sample.weights);
  compare(name, sample, "run", folder);

  const std::string executable = folder.path("program");
  succeed({"build", sample.source, "-o", executable}, sample.weights);
  std::string command = executable;
  for (const std::string& word : sample.input_words) {
    const std::size_t equals = word.find('=');
    command += " --" + word.substr(0, equals) + " " + word.substr(equals + 1);
  }
  command += fmt::format(" {} > {}", fmt::join(output_words(sample, "built", folder), " "), folder.path("text"));
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
  compare(name, sample, "built", folder);
}

}  // namespace

TEST_CASE("the iris network equals Keras") {
  check_sample("01_mlp");
}
TEST_CASE("LeNet equals Keras") {
  check_sample("02_lenet");
}
TEST_CASE("ResNet-50 equals Keras") {
  check_sample("03_resnet50");
}
TEST_CASE("MobileNetV2 equals Keras, its weights under Keras' names") {
  check_sample("04_mobilenetv2");
}
TEST_CASE("U-Net equals Keras") {
  check_sample("05_unet");
}
TEST_CASE("the autoencoder equals Keras") {
  check_sample("06_autoencoder");
}
TEST_CASE("two LSTM layers in both directions over padded text equal Keras") {
  check_sample("07_bilstm_text");
}
TEST_CASE("two GRU layers over a week of hours equal Keras") {
  check_sample("08_gru_forecast");
}
TEST_CASE("the transformer of any length equals Keras") {
  check_sample("09_transformer");
}
TEST_CASE("the siamese encoder equals Keras") {
  check_sample("10_siamese");
}
TEST_CASE("three heads on an imported block equal Keras") {
  check_sample("11_multitask");
}
TEST_CASE("custom layers equal Keras") {
  check_sample("12_custom");
}

// ---- examples/models ------------------------------------------------------------------------------------------------

TEST_CASE("the keyword spotter of MLPerf Tiny equals Keras") {
  check_sample("ds_cnn");
}
TEST_CASE("the image classifier of MLPerf Tiny equals Keras") {
  check_sample("resnet8");
}
TEST_CASE("the anomaly detector of MLPerf Tiny equals Keras") {
  check_sample("anomaly");
}
TEST_CASE("a small GPT equals Keras") {
  check_sample("gpt");
}
TEST_CASE("a stack of dilated convolutions equals Keras") {
  check_sample("wavenet");
}
TEST_CASE("a variational autoencoder equals Keras") {
  check_sample("vae");
}
