// diag::Name for every row of the diagnostic tables.
//
// A row is  DIAGNOSTIC(K314, BroadcastMismatch, "broadcast-mismatch", error, FACTS(std::string, Shape…), "message",
// R"(explanation)", R"(example)") Facts are types that fmt prints without extra headers: std::string, std::string_view,
// integers, double.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"

namespace kdlc::diag {

#define FACTS(...) __VA_ARGS__
#define DIAGNOSTIC(code, identifier, name, severity, facts, message, explanation, example) \
  inline constexpr TypedDiagnostic<facts> identifier{{#code, name, Severity::severity, message, explanation, example}};
#include "diagnostics/file.def"
#include "diagnostics/meaning.def"
#include "diagnostics/names.def"
#include "diagnostics/shapes.def"
#include "diagnostics/syntax.def"
#include "diagnostics/tests.def"
#include "diagnostics/training.def"
#include "diagnostics/weights.def"
#include "diagnostics/world.def"
#undef DIAGNOSTIC
#undef FACTS

}  // namespace kdlc::diag
