// Validates JSON against a schema of draft 4: the keywords that the schema of SARIF uses.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kdlc::testing {

/// What is wrong with `document`, one line for each place; empty when nothing is. Fails the test on a keyword of the
/// schema that it does not know.
std::vector<std::string> validate(const nlohmann::json& document, const nlohmann::json& schema);

}  // namespace kdlc::testing
