// One line of terminal text: widths of characters, and colours.
#include "diagnostics/display_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kdlc {

namespace {

constexpr std::size_t kTabWidth = 4;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;  // bytes
  bool is_well_formed = true;
};

Character decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
  };
  const std::uint32_t lead = byte(at);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || at + length > text.size()) {
    return {0, 1, false};
  }
  std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t index = 1; index < length; ++index) {
    if ((byte(at + index) & 0xC0U) != 0x80U) {
      return {0, 1, false};
    }
    code = (code << 6U) | (byte(at + index) & 0x3FU);
  }
  return {code, length, true};
}

using Interval = std::pair<std::uint32_t, std::uint32_t>;

template <std::size_t count>
bool is_in(const std::array<Interval, count>& intervals, std::uint32_t code) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [&](const Interval& interval) { return code >= interval.first && code <= interval.second; });
}

/// Control characters and marks that turn the writing direction: printed as they are they could forge a message.
bool is_obeyed_by_terminals(std::uint32_t code) {
  constexpr std::array<Interval, 5> kObeyed = {
      {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};
  return is_in(kObeyed, code);
}

/// Columns of a character: the common blocks of combining marks (0) and of East Asian wide characters and emoji (2).
std::size_t width_of(std::uint32_t code) {
  constexpr std::array<Interval, 6> kCombining = {
      {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  constexpr std::array<Interval, 9> kWide = {{{0x1100, 0x115F},
                                              {0x2E80, 0x303E},
                                              {0x3041, 0xA4CF},
                                              {0xAC00, 0xD7A3},
                                              {0xF900, 0xFAFF},
                                              {0xFE30, 0xFE6F},
                                              {0xFF00, 0xFF60},
                                              {0x1F300, 0x1FAFF},
                                              {0x20000, 0x3FFFD}}};
  return is_in(kCombining, code) ? 0 : is_in(kWide, code) ? 2 : 1;
}

std::string_view colour_code(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::strong:
      return "\x1b[1m";
    case Style::gutter:
    case Style::label:
      return "\x1b[1;34m";
    case Style::error:
      return "\x1b[1;31m";
    case Style::warning:
      return "\x1b[1;33m";
    case Style::lint:
    case Style::help:
      return "\x1b[1;36m";
    case Style::note:
      return "\x1b[1;32m";
    case Style::removed:
      return "\x1b[31m";
    case Style::added:
      return "\x1b[32m";
  }
  return "";
}

/// Calls place(glyph, width) for each displayed glyph of `text` up to byte `end`, starting at column `column`.
template <class Place>
void for_each_glyph(std::string_view text, std::size_t end, std::size_t column, Place place) {
  for (std::size_t at = 0; at < std::min(end, text.size());) {
    const Character character = decode(text, at);
    std::string_view glyph = text.substr(at, character.length);
    std::size_t width = character.is_well_formed ? width_of(character.code) : 1;
    if (character.code == '\t' && character.is_well_formed) {
      glyph = "\t";
      width = kTabWidth - column % kTabWidth;
    } else if (!character.is_well_formed || is_obeyed_by_terminals(character.code)) {
      glyph = kReplacement;
      width = 1;
    }
    place(glyph, width);
    column += width;
    at += character.length;
  }
}

}  // namespace

DisplayLine& DisplayLine::append(std::string_view text, Style style) {
  for_each_glyph(text, text.size(), cells_.size(), [&](std::string_view glyph, std::size_t width) {
    if (width == 0) {
      if (!cells_.empty()) {
        cells_.back().glyph += glyph;
      }
      return;
    }
    const bool is_tab = glyph == "\t";
    cells_.push_back({is_tab ? " " : std::string(glyph), style});
    cells_.resize(cells_.size() + width - 1, {is_tab ? " " : "", style});
  });
  return *this;
}

DisplayLine& DisplayLine::append(const DisplayLine& other) {
  cells_.insert(cells_.end(), other.cells_.begin(), other.cells_.end());
  return *this;
}

DisplayLine& DisplayLine::put(std::size_t column, std::string_view text, Style style) {
  DisplayLine piece;
  piece.append(text, style);
  if (cells_.size() < column + piece.cells_.size()) {
    cells_.resize(column + piece.cells_.size(), {" ", Style::plain});
  }
  std::copy(piece.cells_.begin(), piece.cells_.end(), cells_.begin() + static_cast<std::ptrdiff_t>(column));
  return *this;
}

void DisplayLine::crop(std::size_t begin, std::size_t count) {
  const bool cuts_end = cells_.size() > begin + count;
  if (cuts_end) {
    cells_.resize(begin + count);
    cells_.back() = {"…", Style::plain};
  }
  if (begin > 0) {
    cells_.erase(cells_.begin(), cells_.begin() + static_cast<std::ptrdiff_t>(std::min(begin, cells_.size())));
    if (!cells_.empty()) {
      cells_.front() = {"…", Style::plain};
    }
  }
}

std::string DisplayLine::to_text(bool colour) const {
  std::size_t count = cells_.size();
  while (count > 0 && cells_[count - 1].glyph == " ") {
    --count;
  }
  std::string text;
  Style current = Style::plain;
  for (std::size_t index = 0; index < count; ++index) {
    const Cell& cell = cells_[index];
    if (colour && cell.style != current) {
      text += current == Style::plain ? "" : "\x1b[0m";
      text += colour_code(cell.style);
      current = cell.style;
    }
    text += cell.glyph;
  }
  if (current != Style::plain) {
    text += "\x1b[0m";
  }
  return text;
}

std::size_t display_column(std::string_view line, std::size_t offset) {
  std::size_t column = 0;
  for_each_glyph(line, offset, 0, [&](std::string_view, std::size_t width) { column += width; });
  return column;
}

}  // namespace kdlc
