// Rows and columns as text of a given width.
#include "report/text_table.hpp"

#include <algorithm>

namespace kdlc::report {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowestWrapped = 16;

/// Lines of at most `width` characters, broken after spaces; a word that is longer stays whole.
std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines = {""};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t space = text.find(' ', begin);
    const std::size_t end = space == std::string::npos ? text.size() : space;
    const std::string word = text.substr(begin, end - begin);
    if (!lines.back().empty() && character_count(lines.back()) + 1 + character_count(word) > width) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return lines;
}

std::string pad(const std::string& text, std::size_t width, Align align) {
  const std::string spaces(width - std::min(width, character_count(text)), ' ');
  return align == Align::left ? text + spaces : spaces + text;
}

std::string without_trailing_spaces(const std::string& text) {
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string::npos ? "" : text.substr(0, last + 1);
}

std::vector<std::size_t> choose_widths(const std::vector<TableColumn>& columns,
                                       const std::vector<std::vector<std::string>>& rows, std::size_t width) {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    std::size_t widest = character_count(columns[column].title);
    for (const auto& row : rows) {
      widest = std::max(widest, character_count(row[column]));
    }
    widths.push_back(widest);
    total += widest + (column == 0 ? 0 : kGap);
  }
  for (std::size_t column = 0; column < columns.size() && total > width; ++column) {
    if (columns[column].wraps) {
      const std::size_t floor =
          std::min(widths[column], std::max(kNarrowestWrapped, character_count(columns[column].title)));
      const std::size_t narrowed = widths[column] > total - width ? widths[column] - (total - width) : 0;
      total -= widths[column];
      widths[column] = std::max(floor, narrowed);
      total += widths[column];
    }
  }
  return widths;
}

}  // namespace

std::string layout_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                         std::size_t width) {
  const std::vector<std::size_t> widths = choose_widths(columns, rows, width);
  std::string text;
  const auto add_row = [&](const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string>> lines;
    std::size_t height = 1;
    for (std::size_t column = 0; column < columns.size(); ++column) {
      lines.push_back(columns[column].wraps ? wrap(cells[column], widths[column]) : std::vector{cells[column]});
      height = std::max(height, lines.back().size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::string row;
      for (std::size_t column = 0; column < columns.size(); ++column) {
        const std::string cell = line < lines[column].size() ? lines[column][line] : "";
        row += (column == 0 ? "" : std::string(kGap, ' ')) + pad(cell, widths[column], columns[column].align);
      }
      text += without_trailing_spaces(row) + "\n";
    }
  };
  std::vector<std::string> titles;
  std::size_t total = kGap * (columns.size() - 1);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    titles.push_back(columns[column].title);
    total += widths[column];
  }
  add_row(titles);
  for (std::size_t column = 0; column < total; ++column) {
    text += "─";
  }
  text += "\n";
  for (const auto& row : rows) {
    add_row(row);
  }
  return text;
}

std::size_t character_count(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

}  // namespace kdlc::report
