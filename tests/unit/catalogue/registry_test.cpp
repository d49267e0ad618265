// The registry and the declarations in it.
#include <algorithm>
#include <set>

#include "catalogue/catalogue.hpp"
#include "catch.hpp"

using namespace kdlc;

TEST_CASE("every entry is found by its name and says what it does") {
  REQUIRE_FALSE(catalogue::layers().empty());
  for (const catalogue::Layer* layer : catalogue::layers()) {
    CAPTURE(layer->name);
    CHECK(catalogue::find_layer(layer->name) == layer);
    CHECK_FALSE(layer->summary.empty());
    CHECK(layer->infer != nullptr);
    CHECK_FALSE(layer->inputs.empty());
    std::set<std::string_view> names;
    for (const catalogue::Setting& setting : layer->settings) {
      CAPTURE(setting.name);
      CHECK(names.insert(setting.name).second);
      CHECK_FALSE(setting.doc.empty());
      CHECK((setting.kind != catalogue::SettingKind::word || !setting.words.empty()));
    }
    for (const catalogue::InputSpec& input : layer->inputs) {
      CHECK(names.insert(input.name).second);
    }
  }
}

TEST_CASE("every activation is also a layer of one input") {
  for (const catalogue::Activation* activation : catalogue::activations()) {
    CAPTURE(activation->name);
    CHECK_FALSE(activation->summary.empty());
    CHECK(catalogue::find_activation(activation->name) == activation);
    const catalogue::Layer* layer = catalogue::find_layer(activation->name);
    REQUIRE(layer != nullptr);
    CHECK(layer->inputs.size() == 1);
    for (const catalogue::Setting& setting : activation->settings) {
      CHECK_FALSE(setting.doc.empty());
    }
  }
}

TEST_CASE("a setting of ours is no foreign name") {
  for (const catalogue::Layer* layer : catalogue::layers()) {
    for (const catalogue::ForeignName& foreign : layer->foreign_names) {
      CAPTURE(layer->name, foreign.theirs);
      CHECK(std::ranges::find(layer->settings, foreign.theirs, &catalogue::Setting::name) == layer->settings.end());
    }
  }
}

TEST_CASE("names of other frameworks lead to ours") {
  CHECK(catalogue::our_name_of("Conv2D") == "conv2d");
  CHECK(catalogue::our_name_of("Linear") == "dense");
  CHECK(catalogue::our_name_of("ReLU") == "relu");
  CHECK(catalogue::our_name_of("conv2d") == std::nullopt);
  CHECK(catalogue::find_layer("Conv2D") == nullptr);
}

TEST_CASE("initializers have Keras' names") {
  CHECK(catalogue::find_initializer("random_normal")->name == "normal");
  CHECK(catalogue::find_initializer("glorot_uniform") != nullptr);
  CHECK(catalogue::find_initializer("xavier") == nullptr);
}
