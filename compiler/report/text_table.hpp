// Rows and columns as text of a given width.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kdlc::report {

enum class Align : std::uint8_t { left, right };

struct TableColumn {
  std::string title;
  Align align = Align::left;
  bool wraps = false;  // gives way when the table is too wide; the others are never cut
};

/// Columns two spaces apart under a rule, without trailing spaces. Cells of columns that wrap are broken after a space.
std::string layout_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                         std::size_t width);

/// Characters of UTF-8 text.
std::size_t character_count(const std::string& text);

}  // namespace kdlc::report
