// One line of terminal text, built from glyphs at columns, so that carets stand under what they point at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kdlc {

enum class Style : std::uint8_t { plain, strong, gutter, error, warning, lint, note, help, label, removed, added };

class DisplayLine {
public:
  /// Adds text at the end. Tabs become spaces to the next multiple of four; what a terminal would obey (control
  /// characters, changes of writing direction) and bytes that are not UTF-8 become `�`.
  DisplayLine& append(std::string_view text, Style style);
  DisplayLine& append(const DisplayLine& other);
  /// Writes over what stands at `column`, filling up with spaces before it.
  DisplayLine& put(std::size_t column, std::string_view text, Style style);
  /// Keeps the columns [begin, begin + count), with `…` where something was cut.
  void crop(std::size_t begin, std::size_t count);
  [[nodiscard]] std::size_t width() const { return cells_.size(); }
  /// Without trailing spaces or a line end.
  [[nodiscard]] std::string to_text(bool colour) const;

private:
  struct Cell {
    std::string glyph;  // empty in the second column of a wide glyph
    Style style = Style::plain;
  };
  std::vector<Cell> cells_;
};

/// The column (from 0) at which byte `offset` of `line` is displayed.
std::size_t display_column(std::string_view line, std::size_t offset);

}  // namespace kdlc
