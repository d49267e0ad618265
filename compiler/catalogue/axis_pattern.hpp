// The patterns of einsum and rearrange, with words as axes: `n (h w) c -> n h w c`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

// ---- the pattern itself ------------------------------------------------------------------------------------------

/// A part of the pattern: bytes, half-open.
struct PatternPlace {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const PatternPlace&) const = default;
};
struct PatternWord {
  std::string name;
  PatternPlace place;
};
/// One axis: a word, words in parentheses whose product it is, or no word at all (`1` and `()`), an axis of size 1.
struct PatternAxis {
  std::vector<PatternWord> words;
  PatternPlace place;
  bool is_group = false;  // in parentheses, or `1`
};
/// The axes of one tensor.
struct PatternSide {
  std::vector<PatternAxis> axes;
  PatternPlace place;

  [[nodiscard]] std::vector<PatternWord> words() const;
  [[nodiscard]] const PatternWord* find(std::string_view name) const;
};
struct AxisPattern {
  std::vector<PatternSide> operands;  // one or more; separated by commas
  PatternSide result;
};
struct PatternMistake {
  PatternPlace place;
  std::string text;
  std::string help;  // may be empty
};

/// A side names at most so many axes and words: the primitives call axes by letters (labels.hpp).
inline constexpr std::size_t kLargestPatternAxisCount = 24;

/// The pattern, or the first thing in it that cannot be read.
std::variant<AxisPattern, PatternMistake> parse_axis_pattern(std::string_view text);

/// The letters by which primitives know the words of a pattern: a word has the same one wherever it stands.
class PatternLetters {
public:
  /// Those of a side, in the order of its axes.
  std::string of(const PatternSide& side);

private:
  std::map<std::string, graph::AxisLabel, std::less<>> letters_;
};

// ---- the pattern of an application -------------------------------------------------------------------------------

/// The setting `pattern` as every user of patterns declares it.
Setting pattern_setting(std::string_view doc);
/// The setting `pattern` of the application, read; nullopt after reporting K351.
std::optional<AxisPattern> read_pattern(const Application& application);
/// Where a part of the pattern stands in the source; the whole argument when the pattern is not written there byte by
/// byte.
Span span_in_pattern(const Application& application, const PatternPlace& place);
/// K351.
Message& report_malformed_pattern(const Application& application, const PatternPlace& place, const std::string& text);
/// K352.
Message& report_pattern_mismatch(const Application& application, const PatternPlace& place, const std::string& text);
/// True when the side names each axis of the input; else reports K352.
bool names_every_axis(const Application& application, const PatternSide& side, const BoundInput& input);
/// True when the first axis of the input is the samples: N, but where the whole batch is one tensor.
bool carries_samples(const Application& application, const BoundInput& input);

}  // namespace kdlc::catalogue
