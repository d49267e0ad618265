// Binds a layer's inputs and settings without source text: for tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalogue/catalogue.hpp"

namespace kdlc::testing {

/// An application with the report that it writes to. Stays where it is: the application points into it.
struct Bound {
  Report report;
  catalogue::Application application;
  bool in_range = true;  // what check_ranges said

  /// The codes of all messages, in order: "K310 K341".
  [[nodiscard]] std::string codes() const;
  /// The text of the first message.
  [[nodiscard]] std::string first_text() const;
};

/// `f32[N, 28, T]`: the type as declared, for tests. Letters are symbols.
TensorType type_from_text(std::string_view text);

/// Settings as in a case file: numbers, words and lists as they are, an activation by name or as [name, numbers…].
/// Inputs are called a, b, c, …; the application runs check_ranges. `names`: the layer's input that each is given to,
/// in the order of its inputs; without them one tensor for each.
std::unique_ptr<Bound> bind_application(std::string_view layer, std::vector<TensorType> inputs,
                                        const nlohmann::json& settings = {},
                                        const std::vector<std::string>& names = {});

/// The outcome of infer as text: the result types, or the codes of what it reported.
std::string inferred_text(std::string_view layer, std::vector<std::string_view> inputs,
                          const nlohmann::json& settings = {});

}  // namespace kdlc::testing
