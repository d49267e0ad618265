// How fresh weights are filled: Keras' initializers by name.
#include <array>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {
namespace {

constexpr std::array<InitializerKind, 14> kInitializers = {{
    {"constant", "", "value", 0},
    {"glorot_normal", "xavier_normal", "", 0},
    {"glorot_uniform", "xavier_uniform", "", 0},
    {"he_normal", "kaiming_normal", "", 0},
    {"he_uniform", "kaiming_uniform", "", 0},
    {"identity", "eye", "gain", 1},
    {"lecun_normal", "", "", 0},
    {"lecun_uniform", "", "", 0},
    {"normal", "random_normal", "std", 0.05},
    {"ones", "one", "", 1},
    {"orthogonal", "", "gain", 1},
    {"truncated_normal", "", "std", 0.05},
    {"uniform", "random_uniform", "limit", 0.05},
    {"zeros", "zero", "", 0},
}};

}  // namespace

std::span<const InitializerKind> initializers() {
  return kInitializers;
}

const InitializerKind* find_initializer(std::string_view name) {
  for (const InitializerKind& kind : kInitializers) {
    if (kind.name == name || (!kind.also.empty() && kind.also == name)) {
      return &kind;
    }
  }
  return nullptr;
}

}  // namespace kdlc::catalogue
