// Rows and places for the tests of the machinery, independent of the real tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"

namespace kdlc::sample {

inline constexpr TypedDiagnostic<std::string, std::string> kBroadcast{
    {"K314", "broadcast-mismatch", Severity::error, "cannot add `{}` to `{}`", "…", ""}};
inline constexpr TypedDiagnostic<std::string> kUnusedBlock{
    {"K216", "unused-block", Severity::warning, "block `{}` is never used", "…", ""}};
inline constexpr TypedDiagnostic<> kSilentOutput{
    {"K540", "output-without-loss", Severity::lint, "no loss mentions this output", "…", ""}};
inline constexpr TypedDiagnostic<> kNoVersion{{"K006", "no-version", Severity::note, "no `kdl 1` line", "…", ""}};

/// The place of the `count`-th occurrence (from 1) of `words` in a file.
inline Span place_of(const SourceSet& sources, SourceId source, std::string_view words, int count = 1) {
  const std::string_view text = sources.file(source).text();
  std::size_t at = text.find(words);
  for (int index = 1; index < count; ++index) {
    at = text.find(words, at + 1);
  }
  return {source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + words.size())};
}

}  // namespace kdlc::sample
