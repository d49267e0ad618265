// Messages for code hosts and editors that read SARIF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostics.hpp"

namespace kdlc {

/// All messages as one SARIF 2.1.0 log with their places, edits and explanations; `version` is kdlc's own.
std::string render_sarif(const std::vector<Message>& messages, const SourceSet& sources, std::string_view version);

}  // namespace kdlc
