// Finds entries by name.
#include <algorithm>
#include <map>

#include "catalogue/activation_layer.hpp"
#include "catalogue/registry_entries.hpp"

namespace kdlc::catalogue {
namespace {

template <class Entry>
std::vector<const Entry*> sorted_by_name(std::vector<const Entry*> entries) {
  std::ranges::sort(entries, {}, [](const Entry* entry) { return entry->name; });
  return entries;
}

template <class Entry>
const Entry* find_by_name(const std::vector<const Entry*>& entries, std::string_view name) {
  const auto name_of_entry = [](const Entry* entry) { return entry->name; };
  const auto place = std::ranges::lower_bound(entries, name, {}, name_of_entry);
  return place != entries.end() && (*place)->name == name ? *place : nullptr;
}

/// Each activation as the layer that applies it.
const std::map<std::string_view, Layer>& activation_layers() {
  static const std::map<std::string_view, Layer> wrapped = [] {
    std::map<std::string_view, Layer> made;
    for (const Activation* activation : activations()) {
      made.emplace(activation->name, layer_of(*activation));
    }
    return made;
  }();
  return wrapped;
}

}  // namespace

const std::vector<const Layer*>& layers() {
  static const std::vector<const Layer*> sorted = sorted_by_name(listed_layers());
  return sorted;
}

const std::vector<const Activation*>& activations() {
  static const std::vector<const Activation*> sorted = sorted_by_name(listed_activations());
  return sorted;
}

const Layer* find_layer(std::string_view name) {
  if (const Layer* layer = find_by_name(layers(), name)) {
    return layer;
  }
  const auto place = activation_layers().find(name);
  return place == activation_layers().end() ? nullptr : &place->second;
}

const Activation* find_activation(std::string_view name) {
  return find_by_name(activations(), name);
}

std::optional<std::string_view> our_name_of(std::string_view foreign_layer_name) {
  const auto knows = [&](const auto* entry) {
    return std::ranges::find(entry->known_elsewhere_as, foreign_layer_name) != entry->known_elsewhere_as.end();
  };
  const auto layer = std::ranges::find_if(layers(), knows);
  if (layer != layers().end()) {
    return (*layer)->name;
  }
  const auto activation = std::ranges::find_if(activations(), knows);
  if (activation != activations().end()) {
    return (*activation)->name;
  }
  // PyTorch's names for the starts of weights, without the word for their distribution.
  return foreign_layer_name == "xavier"    ? std::optional<std::string_view>("glorot_uniform")
         : foreign_layer_name == "kaiming" ? std::optional<std::string_view>("he_uniform")
                                           : std::nullopt;
}

}  // namespace kdlc::catalogue
