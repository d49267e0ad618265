// Lines up what the author lined up.
#include "syntax/layout.hpp"

#include <algorithm>
#include <map>

namespace kdlc::syntax {

namespace {

const Stop* find_stop(const PrintedLine& line, StopKind kind) {
  const auto found =
      std::find_if(line.stops.begin(), line.stops.end(), [kind](const Stop& stop) { return stop.kind == kind; });
  return found == line.stops.end() ? nullptr : &*found;
}

/// In columns, not bytes: one for each code point.
std::size_t width(const std::string& text, std::size_t offset) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void pad(PrintedLine& line, StopKind kind, std::size_t column) {
  const auto stop =
      std::find_if(line.stops.begin(), line.stops.end(), [kind](const Stop& s) { return s.kind == kind; });
  const std::size_t spaces = column - width(line.text, stop->offset);
  line.text.insert(stop->offset, spaces, ' ');
  for (auto later = stop; later != line.stops.end(); ++later) {
    later->offset += spaces;
  }
}

}  // namespace

void align_stops(std::vector<PrintedLine>& lines) {
  // From left to right: an earlier stop moves the later ones of its line.
  for (const StopKind kind : {StopKind::type, StopKind::sign, StopKind::arrow, StopKind::as, StopKind::comment}) {
    std::map<std::uint32_t, std::vector<std::size_t>> groups;  // by column in the source
    const auto finish = [&] {
      for (const auto& [source_column, group] : groups) {
        std::size_t column = 0;
        for (const std::size_t index : group) {
          column = std::max(column, width(lines[index].text, find_stop(lines[index], kind)->offset));
        }
        for (const std::size_t index : group) {
          pad(lines[index], kind, column);
        }
      }
      groups.clear();
    };
    for (std::size_t index = 0; index < lines.size(); ++index) {
      const Stop* stop = find_stop(lines[index], kind);
      if (lines[index].text.empty()) {
        finish();
      } else if (stop != nullptr) {
        groups[stop->source_column].push_back(index);
      }
    }
    finish();
  }
}

}  // namespace kdlc::syntax
