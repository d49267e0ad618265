// The samples of the language elaborate to the number of weights that the specification (from Keras) gives.
#include "catch.hpp"
#include "unit/check/check_text.hpp"

namespace kdlc {

namespace {

std::int64_t weight_count(const graph::Graph& graph) {
  std::int64_t count = 0;
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    count += parameter.type.shape.element_count().constant();
  }
  return count;
}

void check_sample(const std::string& name, std::int64_t weights, const std::vector<std::string>& outputs) {
  INFO(name);
  testing::CheckedText checked;
  check::Options options;
  options.read_file = testing::test_file_reader();
  check_into(checked, "golden/samples/" + name, testing::read_test_file("golden/samples/" + name), options);
  INFO(checked.rendered());
  REQUIRE(checked.model.has_value());
  CHECK(checked.codes().empty());
  CHECK(weight_count(checked.model->graph) == weights);
  CHECK(graph::verify(checked.model->graph).empty());
  REQUIRE(checked.model->graph.outputs.size() == outputs.size());
  for (std::size_t index = 0; index < outputs.size(); ++index) {
    CHECK(checked.model->graph.node(checked.model->graph.outputs[index].node).type.to_text() == outputs[index]);
  }
}

}  // namespace

TEST_CASE("the iris network has 403 weights") {
  check_sample("01_mlp.kdl", 403, {"f32[N, 3]"});
}
TEST_CASE("LeNet has 61,706 weights") {
  check_sample("02_lenet.kdl", 61'706, {"f32[N, 10]"});
}
TEST_CASE("ResNet-50 has Keras' 25,636,712 weights") {
  check_sample("03_resnet50.kdl", 25'636'712, {"f32[N, 1000]"});
}
TEST_CASE("MobileNetV2 has Keras' 3,538,984 weights") {
  check_sample("04_mobilenetv2.kdl", 3'538'984, {"f32[N, 1000]"});
}
TEST_CASE("U-Net has 31,030,593 weights") {
  check_sample("05_unet.kdl", 31'030'593, {"f32[N, 256, 256, 1]"});
}
TEST_CASE("the autoencoder has Keras' 111,521 weights") {
  check_sample("06_autoencoder.kdl", 111'521, {"f32[N, 32]", "f32[N, 28, 28, 1]"});
}
TEST_CASE("the reader of reviews has Keras' 2,757,761 weights") {
  check_sample("07_bilstm_text.kdl", 2'757'761, {"f32[N, 1]"});
}
TEST_CASE("the load forecast has Keras' 39,768 weights") {
  check_sample("08_gru_forecast.kdl", 39'768, {"f32[N, 24]"});
}
TEST_CASE("the transformer has Keras' 10,975,252 weights") {
  check_sample("09_transformer.kdl", 10'975'252, {"f32[N, 20]"});
}
TEST_CASE("the siamese encoder has one copy of its weights") {
  check_sample("10_siamese.kdl", 4'017'920, {"f32[N]"});
}
TEST_CASE("three heads share an imported block") {
  check_sample("11_multitask.kdl", 118'704, {"f32[N, 43]", "f32[N, 4]", "f32[N, 1]"});
}
TEST_CASE("the soil model counts its frozen table") {
  check_sample("12_custom.kdl", 7'833, {"f32[N]"});
}

}  // namespace kdlc
