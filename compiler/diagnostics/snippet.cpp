// Source lines with carets, underlines and words, as rustc draws them.
#include "diagnostics/snippet.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace kdlc {

namespace {

/// Lines longer than this are shown in part.
constexpr std::size_t kWidestLine = 160;
constexpr std::size_t kContextBeforeCrop = 40;
/// Of spans over more lines, only the first and the last two are shown.
constexpr std::uint32_t kLongestShownSpan = 6;
/// Spans over several lines drawn side by side; more of them are underlined on their first line only.
constexpr std::size_t kMarginSlots = 3;

/// An annotation in lines and display columns; `end` is one past its last column.
struct Mark {
  std::uint32_t begin_line = 1;
  std::size_t begin = 0;
  std::uint32_t end_line = 1;
  std::size_t end = 0;
  std::string_view text;
  bool is_primary = false;
  std::size_t slot = 0;  // of the margin, for marks over several lines

  [[nodiscard]] bool is_multiline() const { return begin_line != end_line; }
};

Mark place_mark(const SourceFile& file, const Annotation& annotation) {
  Mark mark;
  mark.text = annotation.text;
  mark.is_primary = annotation.is_primary;
  mark.begin_line = file.position(annotation.span.begin).line;
  mark.end_line = file.position(std::max(annotation.span.begin, annotation.span.end)).line;
  const auto column = [&](std::uint32_t line, std::uint32_t offset) {
    return display_column(file.line(line), offset - file.line_start(line));
  };
  mark.begin = column(mark.begin_line, annotation.span.begin);
  mark.end = column(mark.end_line, annotation.span.end);
  // A span that ends with a line end stops at the end of that line.
  while (mark.end_line > mark.begin_line && mark.end == 0) {
    --mark.end_line;
    mark.end = display_column(file.line(mark.end_line), file.line(mark.end_line).size());
  }
  if (!mark.is_multiline()) {
    mark.end = std::max(mark.end, mark.begin + 1);
  }
  return mark;
}

class SnippetDrawing {
public:
  SnippetDrawing(const SourceFile& file, Style primary_style) : file_(file), primary_style_(primary_style) {}

  void add(const Annotation& annotation) {
    Mark mark = place_mark(file_, annotation);
    if (mark.is_multiline() && slot_count_ == kMarginSlots) {
      mark.end_line = mark.begin_line;
      mark.end =
          std::max(display_column(file_.line(mark.begin_line), file_.line(mark.begin_line).size()), mark.begin + 1);
    }
    if (mark.is_multiline()) {
      mark.slot = slot_count_++;
    }
    marks_.push_back(mark);
  }

  std::vector<SnippetLine> draw() {
    std::uint32_t previous = 0;
    const std::set<std::uint32_t> shown = shown_lines();
    for (const std::uint32_t line : shown) {
      const std::uint32_t gap = previous == 0 ? 0 : line - previous - 1;
      if (gap == 1) {
        draw_line(line - 1);
      } else if (gap > 1) {
        lines_.push_back({std::nullopt, true, margin(line)});
      }
      draw_line(line);
      previous = line;
    }
    return std::move(lines_);
  }

private:
  [[nodiscard]] std::set<std::uint32_t> shown_lines() const {
    std::set<std::uint32_t> shown;
    for (const Mark& mark : marks_) {
      const bool is_long = mark.end_line - mark.begin_line + 1 > kLongestShownSpan;
      for (std::uint32_t line = mark.begin_line; line <= mark.end_line; ++line) {
        if (is_long && line == mark.begin_line + 2) {
          line = mark.end_line - 1;
        }
        shown.insert(line);
      }
    }
    return shown;
  }

  [[nodiscard]] Style style_of(const Mark& mark) const { return mark.is_primary ? primary_style_ : Style::label; }
  [[nodiscard]] std::size_t margin_width() const { return 2 * slot_count_; }

  /// True when nothing but white space stands before the mark: it opens with `/` beside the line, without a line of its
  /// own.
  [[nodiscard]] bool opens_beside(const Mark& mark) const {
    const std::string_view line = file_.line(mark.begin_line);
    const std::size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos && display_column(line, first) == mark.begin;
  }

  /// The bars of marks that run through the row above `line` (after its begin, not after its end).
  [[nodiscard]] DisplayLine margin(std::uint32_t line) const {
    DisplayLine row;
    for (const Mark& mark : marks_) {
      if (mark.is_multiline() && mark.begin_line < line && line <= mark.end_line) {
        row.put(2 * mark.slot, "|", style_of(mark));
      }
    }
    row.put(margin_width(), "", Style::plain);
    return row;
  }

  void draw_line(std::uint32_t line) {
    std::vector<Mark> here;
    for (const Mark& mark : marks_) {
      if (!mark.is_multiline() && mark.begin_line == line) {
        here.push_back(mark);
      }
    }
    DisplayLine source;
    source.append(file_.line(line), Style::plain);
    crop_long_line(source, here);
    DisplayLine row = margin(line);
    for (const Mark& mark : marks_) {
      if (mark.is_multiline() && mark.begin_line == line && opens_beside(mark)) {
        row.put(2 * mark.slot, "/", style_of(mark));
      }
    }
    row.put(margin_width(), "", Style::plain);
    lines_.push_back({line, false, row.append(source)});
    draw_marks(line, std::move(here));
    draw_openings(line);
    draw_closings(line);
  }

  static void crop_long_line(DisplayLine& source, std::vector<Mark>& marks) {
    if (source.width() <= kWidestLine) {
      return;
    }
    std::size_t first = source.width();
    for (const Mark& mark : marks) {
      first = std::min(first, mark.begin);
    }
    const std::size_t begin = marks.empty() || first <= kContextBeforeCrop ? 0 : first - kContextBeforeCrop;
    source.crop(begin, kWidestLine);
    for (Mark& mark : marks) {
      mark.begin = std::min(mark.begin - begin, kWidestLine - 1);
      mark.end = std::clamp(mark.end - begin, mark.begin + 1, kWidestLine + 1);
    }
  }

  /// The row of carets and underlines, with the words of the rightmost mark behind it and the others hung below.
  void draw_marks(std::uint32_t line, std::vector<Mark> marks) {
    if (marks.empty()) {
      return;
    }
    // From right to left; at one place the primary mark is drawn last, over the others.
    std::stable_sort(marks.begin(), marks.end(), [](const Mark& left, const Mark& right) {
      return std::pair(left.begin, left.is_primary) > std::pair(right.begin, right.is_primary);
    });
    DisplayLine row = row_below(line);
    for (const bool primary : {false, true}) {
      for (const Mark& mark : marks) {
        if (mark.is_primary == primary) {
          row.put(margin_width() + mark.begin, std::string(mark.end - mark.begin, primary ? '^' : '-'), style_of(mark));
        }
      }
    }
    const auto rightmost = std::max_element(marks.begin(), marks.end(),
                                            [](const Mark& left, const Mark& right) { return left.end < right.end; });
    row.put(margin_width() + rightmost->end + 1, rightmost->text, style_of(*rightmost));
    lines_.push_back({std::nullopt, false, row});
    marks.erase(rightmost);
    std::erase_if(marks, [](const Mark& mark) { return mark.text.empty(); });
    hang_words(line, marks);
  }

  /// Words that do not stand beside their mark, each on a row of its own, joined to it by `|`.
  void hang_words(std::uint32_t line, const std::vector<Mark>& marks) {
    if (marks.empty()) {
      return;
    }
    DisplayLine joints = row_below(line);
    for (const Mark& mark : marks) {
      joints.put(margin_width() + mark.begin, "|", style_of(mark));
    }
    lines_.push_back({std::nullopt, false, joints});
    for (std::size_t index = 0; index < marks.size(); ++index) {
      DisplayLine row = row_below(line);
      for (std::size_t later = marks.size(); later-- > index + 1;) {
        row.put(margin_width() + marks[later].begin, "|", style_of(marks[later]));
      }
      row.put(margin_width() + marks[index].begin, marks[index].text, style_of(marks[index]));
      lines_.push_back({std::nullopt, false, row});
    }
  }

  /// A row of marks below `line`: bars of what runs on, and of what opened beside the line.
  [[nodiscard]] DisplayLine row_below(std::uint32_t line) const {
    DisplayLine row = margin(line);
    for (const Mark& mark : marks_) {
      if (mark.is_multiline() && mark.begin_line == line && opens_beside(mark)) {
        row.put(2 * mark.slot, "|", style_of(mark));
      }
    }
    return row;
  }

  void draw_openings(std::uint32_t line) {
    for (const Mark& mark : marks_) {
      if (mark.is_multiline() && mark.begin_line == line && !opens_beside(mark)) {
        DisplayLine row = row_below(line);
        const std::size_t bar = 2 * mark.slot + 1;
        row.put(bar, std::string(margin_width() + mark.begin - bar, '_'), style_of(mark));
        row.put(margin_width() + mark.begin, mark.is_primary ? "^" : "-", style_of(mark));
        lines_.push_back({std::nullopt, false, row});
      }
    }
  }

  void draw_closings(std::uint32_t line) {
    for (const Mark& mark : marks_) {
      if (mark.is_multiline() && mark.end_line == line) {
        DisplayLine row = row_below(line);
        const std::size_t bar = 2 * mark.slot;
        const std::size_t last = margin_width() + std::min(mark.end, kWidestLine) - 1;
        row.put(bar, "|", style_of(mark));
        row.put(bar + 1, std::string(last - bar - 1, '_'), style_of(mark));
        row.put(last, mark.is_primary ? "^" : "-", style_of(mark));
        row.put(last + 2, mark.text, style_of(mark));
        lines_.push_back({std::nullopt, false, row});
      }
    }
  }

  const SourceFile& file_;
  Style primary_style_;
  std::vector<Mark> marks_;
  std::size_t slot_count_ = 0;
  std::vector<SnippetLine> lines_;
};

}  // namespace

std::vector<SnippetLine> draw_snippet(const SourceFile& file, const std::vector<Annotation>& annotations,
                                      Style primary_style) {
  SnippetDrawing drawing(file, primary_style);
  for (const Annotation& annotation : annotations) {
    drawing.add(annotation);
  }
  return drawing.draw();
}

}  // namespace kdlc
