// Every entry of the catalogue against numbers from Keras.
#include <algorithm>
#include <map>

#include "catalogue/catalogue.hpp"
#include "catch.hpp"
#include "numbers/layers/layer_case.hpp"

using namespace kdlc;

namespace {

/// Entries without a case, and why.
const std::map<std::string_view, std::string_view>& entries_without_cases() {
  static const std::map<std::string_view, std::string_view> reasons = {};
  return reasons;
}

std::vector<std::string_view> all_entries() {
  std::vector<std::string_view> names;
  for (const catalogue::Layer* layer : catalogue::layers()) {
    names.push_back(layer->name);
  }
  for (const catalogue::Activation* activation : catalogue::activations()) {
    names.push_back(activation->name);
  }
  return names;
}

}  // namespace

TEST_CASE("every entry has cases or a reason") {
  const std::vector<std::string> with_cases = testing::entries_with_cases();
  for (const std::string_view name : all_entries()) {
    CAPTURE(name);
    const bool has_cases = std::ranges::find(with_cases, name) != with_cases.end();
    CHECK(has_cases != entries_without_cases().contains(name));
    CHECK((catalogue::find_layer(name)->lower == nullptr) == entries_without_cases().contains(name));
  }
}

TEST_CASE("the reference evaluator gives Keras' numbers") {
  for (const std::string& entry : testing::entries_with_cases()) {
    for (const testing::LayerCase& layer_case : testing::load_cases(entry)) {
      CAPTURE(entry, layer_case.about);
      CHECK(testing::run_case(layer_case, testing::evaluate_outputs) == std::vector<std::string>());
    }
  }
}
