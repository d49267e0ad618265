// Private to syntax/: printed lines, and the columns that line up in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kdlc::syntax {

/// Things that may stand in a column of their own over several lines.
enum class StopKind : std::uint8_t { type, sign, arrow, as, comment };

/// A place in a printed line before which spaces may be put.
struct Stop {
  StopKind kind = StopKind::as;
  std::size_t offset = 0;           // in the printed text
  std::uint32_t source_column = 0;  // where it stood in the source
};

struct PrintedLine {
  std::string text;
  std::vector<Stop> stops;  // in order of offset
};

/// Puts stops of one kind on one column where they stood on one column in the source, within a paragraph (the
/// lines between two empty ones). The column is the leftmost possible, so that printing twice gives the same text.
void align_stops(std::vector<PrintedLine>& lines);

}  // namespace kdlc::syntax
