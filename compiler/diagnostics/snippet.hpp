// Source lines of one file with carets, underlines and words beneath them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/display_line.hpp"
#include "source/source.hpp"

namespace kdlc {

/// A range of the file to underline, with a few words.
struct Annotation {
  Span span;
  std::string text;
  bool is_primary = false;
};

/// One line of a snippet, without its gutter: a numbered source line, a line of marks, or the place of lines left out.
struct SnippetLine {
  std::optional<std::uint32_t> number;
  bool is_elision = false;
  DisplayLine content;
};

/// The lines of `file` that the annotations touch. `primary_style` colours the carets.
std::vector<SnippetLine> draw_snippet(const SourceFile& file, const std::vector<Annotation>& annotations,
                                      Style primary_style);

}  // namespace kdlc
