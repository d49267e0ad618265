// Messages as text for a terminal.
#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include "diagnostics/diagnostics.hpp"
#include "diagnostics/snippet.hpp"
#include "support/assert.hpp"

namespace kdlc {

namespace {

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Style::error;
    case Severity::warning:
      return Style::warning;
    case Severity::lint:
      return Style::lint;
    case Severity::note:
      return Style::note;
  }
  KDLC_UNREACHABLE("all severities are listed");
}

/// The text of a file before and after edits to some of its neighbouring lines.
struct EditedLines {
  std::uint32_t first_line = 1;
  std::uint32_t first_new_line = 1;
  std::vector<std::string> removed;
  std::vector<std::string> added;
};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char letter : text) {
    if (letter == '\n') {
      lines.emplace_back();
    } else if (letter != '\r') {
      lines.back() += letter;
    }
  }
  return lines;
}

/// Leaves out lines at the begin and the end that are the same before and after.
void drop_unchanged(EditedLines& lines) {
  while (!lines.removed.empty() && !lines.added.empty() && lines.removed.front() == lines.added.front()) {
    lines.removed.erase(lines.removed.begin());
    lines.added.erase(lines.added.begin());
    ++lines.first_line;
    ++lines.first_new_line;
  }
  while (!lines.removed.empty() && !lines.added.empty() && lines.removed.back() == lines.added.back()) {
    lines.removed.pop_back();
    lines.added.pop_back();
  }
}

/// Applies the edits that lie in lines [first, last] of the file.
EditedLines edit_lines(const SourceFile& file, std::uint32_t first, std::uint32_t last,
                       const std::vector<Edit>& edits) {
  EditedLines result;
  result.first_line = first;
  for (std::uint32_t line = first; line <= last; ++line) {
    result.removed.emplace_back(file.line(line));
  }
  const std::uint32_t begin = file.line_start(first);
  const auto end = static_cast<std::uint32_t>(file.line_start(last) + file.line(last).size());
  std::string text(file.text().substr(begin, end - begin));
  // From back to front, so that places before an edit stay where they are.
  for (const Edit& edit : std::views::reverse(edits)) {
    const std::size_t at = std::min<std::size_t>(edit.span.begin - begin, text.size());
    const std::size_t stop = std::clamp<std::size_t>(edit.span.end - begin, at, text.size());
    text.replace(at, stop - at, edit.replacement);
  }
  result.added = split_lines(text);
  // A line of which nothing is left is gone.
  std::erase_if(result.added,
                [](const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; });
  drop_unchanged(result);
  return result;
}

/// Edits of one file as groups of neighbouring lines, with the numbers that the new lines will have.
std::vector<EditedLines> group_edits(const SourceFile& file, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& left, const Edit& right) { return left.span.begin < right.span.begin; });
  std::vector<EditedLines> groups;
  std::int64_t shift = 0;
  for (std::size_t index = 0; index < edits.size();) {
    std::vector<Edit> group = {edits[index]};
    const std::uint32_t first = file.position(edits[index].span.begin).line;
    std::uint32_t last = file.position(edits[index].span.end).line;
    ++index;
    while (index < edits.size() && file.position(edits[index].span.begin).line <= last + 1) {
      last = std::max(last, file.position(edits[index].span.end).line);
      group.push_back(edits[index]);
      ++index;
    }
    EditedLines lines = edit_lines(file, first, last, group);
    lines.first_new_line = static_cast<std::uint32_t>(lines.first_line + shift);
    shift += static_cast<std::int64_t>(lines.added.size()) - static_cast<std::int64_t>(lines.removed.size());
    groups.push_back(std::move(lines));
  }
  return groups;
}

class TextRenderer {
public:
  TextRenderer(const Message& message, const SourceSet& sources, const RenderOptions& options)
      : message_(message), sources_(sources), options_(options), style_(style_of(message.severity)) {}

  std::string render() {
    DisplayLine title;
    title.append(std::string(name_of(message_.severity)) + "[" + std::string(message_.kind->code) + "]", style_);
    append_lines(title.append(": ", Style::strong), message_.text, Style::strong);
    collect_snippets();
    measure_gutter();
    for (const auto& [source, lines] : snippets_) {
      draw_file(source, lines);
    }
    for (const std::string& note : message_.notes) {
      append_lines(DisplayLine(gutter("=")).append(" note: ", Style::strong), note, Style::plain);
    }
    for (std::size_t index = 0; index < message_.helps.size(); ++index) {
      draw_help(message_.helps[index], edits_[index]);
    }
    // A closing rule joins a snippet to what follows it; after the last one it would join nothing.
    if (text_.size() == end_of_rule_) {
      text_.resize(begin_of_rule_);
    }
    return std::move(text_);
  }

private:
  using FileLines = std::pair<SourceId, std::vector<SnippetLine>>;
  using FileEdits = std::vector<std::pair<SourceId, std::vector<EditedLines>>>;

  /// Annotations by file; the file of the mistake first, the others in the order of their labels.
  void collect_snippets() {
    std::vector<std::pair<SourceId, std::vector<Annotation>>> files;
    const auto add = [&](Annotation annotation) {
      const SourceId source = annotation.span.source;
      auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.first == source; });
      if (found == files.end()) {
        found = files.insert(files.end(), {source, {}});
      }
      found->second.push_back(std::move(annotation));
    };
    if (message_.span.is_known()) {
      add({message_.span, message_.primary_label, true});
    }
    for (const Label& label : message_.labels) {
      add({label.span, label.text, false});
    }
    for (const auto& [source, annotations] : files) {
      snippets_.emplace_back(source, draw_snippet(sources_.file(source), annotations, style_));
    }
    for (const Help& help : message_.helps) {
      std::map<SourceId, std::vector<Edit>> by_file;
      for (const Edit& edit : help.edits) {
        by_file[edit.span.source].push_back(edit);
      }
      FileEdits& edits = edits_.emplace_back();
      for (const auto& [source, file_edits] : by_file) {
        edits.emplace_back(source, group_edits(sources_.file(source), file_edits));
      }
    }
  }

  void measure_gutter() {
    std::uint32_t largest = 0;
    for (const auto& [source, lines] : snippets_) {
      for (const SnippetLine& line : lines) {
        largest = std::max(largest, line.number.value_or(0));
      }
    }
    for (const FileEdits& files : edits_) {
      for (const auto& [source, groups] : files) {
        for (const EditedLines& group : groups) {
          const std::size_t count = std::max(group.removed.size(), group.added.size());
          largest =
              std::max(largest, std::max(group.first_line, group.first_new_line) + static_cast<std::uint32_t>(count));
        }
      }
    }
    gutter_width_ = std::to_string(largest).size();
  }

  [[nodiscard]] DisplayLine gutter(std::string_view mark) const {
    DisplayLine line;
    line.append(std::string(gutter_width_ + 1, ' ') + std::string(mark), Style::gutter);
    return line;
  }

  [[nodiscard]] DisplayLine numbered_gutter(std::uint32_t number, std::string_view mark, Style mark_style) const {
    const std::string digits = std::to_string(number);
    DisplayLine line;
    line.append(std::string(gutter_width_ - std::min(gutter_width_, digits.size()), ' ') + digits + " ", Style::gutter);
    line.append(mark, mark_style);
    return line;
  }

  void draw_file(SourceId source, const std::vector<SnippetLine>& lines) {
    const bool is_own_file = message_.span.is_known() && source == message_.span.source;
    Span place = message_.span;
    if (!is_own_file) {
      place = std::find_if(message_.labels.begin(), message_.labels.end(), [&](const Label& label) {
                return label.span.source == source;
              })->span;
    }
    const LineColumn position = sources_.file(source).position(place.begin);
    const bool is_first = text_.find('\n') == text_.size() - 1;
    DisplayLine heading;
    heading.append(std::string(gutter_width_, ' ') + (is_own_file || is_first ? "--> " : "::: "), Style::gutter);
    heading.append(
        sources_.file(source).path() + ":" + std::to_string(position.line) + ":" + std::to_string(position.column),
        Style::plain);
    append(heading);
    append(gutter("|"));
    for (const SnippetLine& line : lines) {
      DisplayLine row = line.is_elision
                            ? DisplayLine().append("...", Style::gutter).put(gutter_width_ + 2, "", Style::plain)
                        : line.number.has_value() ? numbered_gutter(*line.number, "|", Style::gutter)
                                                  : gutter("|");
      append(row.append(" ", Style::plain).append(line.content));
    }
    append_closing_rule();
  }

  void draw_help(const Help& help, const FileEdits& edits) {
    if (edits.empty()) {
      append_lines(DisplayLine(gutter("=")).append(" help: ", Style::strong), help.text, Style::plain);
      return;
    }
    append_lines(DisplayLine().append("help", Style::help).append(": ", Style::strong), help.text, Style::plain);
    for (const auto& [source, groups] : edits) {
      if (source != message_.span.source) {
        append(DisplayLine()
                   .append(std::string(gutter_width_, ' ') + "--> ", Style::gutter)
                   .append(sources_.file(source).path(), Style::plain));
      }
      append(gutter("|"));
      for (const EditedLines& group : groups) {
        if (&group != &groups.front()) {
          append(DisplayLine().append("...", Style::gutter));
        }
        draw_changed_lines(group.first_line, group.removed, "-", Style::removed);
        draw_changed_lines(group.first_new_line, group.added, "+", Style::added);
      }
      append_closing_rule();
    }
  }

  void draw_changed_lines(std::uint32_t number, const std::vector<std::string>& lines, std::string_view mark,
                          Style style) {
    constexpr std::size_t kWidestLine = 160;
    for (const std::string& line : lines) {
      DisplayLine content;
      content.append(line, style);
      content.crop(0, kWidestLine);
      append(numbered_gutter(number++, mark, style).append(" ", Style::plain).append(content));
    }
  }

  /// A text of several lines behind `head`; further lines are indented to stand below the first.
  void append_lines(DisplayLine head, std::string_view text, Style style) {
    const std::size_t indentation = head.width();
    for (const std::string& line : split_lines(text)) {
      append(head.append(line, style));
      head = DisplayLine().append(std::string(indentation, ' '), Style::plain);
    }
  }

  void append_closing_rule() {
    begin_of_rule_ = text_.size();
    append(gutter("|"));
    end_of_rule_ = text_.size();
  }

  void append(const DisplayLine& line) { text_ += line.to_text(options_.colour) + "\n"; }

  const Message& message_;
  const SourceSet& sources_;
  const RenderOptions& options_;
  Style style_;
  std::vector<FileLines> snippets_;
  std::vector<FileEdits> edits_;
  std::size_t gutter_width_ = 1;
  std::string text_;
  std::size_t begin_of_rule_ = 0;
  std::size_t end_of_rule_ = 0;
};

}  // namespace

std::string render_text(const Message& message, const SourceSet& sources, const RenderOptions& options) {
  return TextRenderer(message, sources, options).render();
}

}  // namespace kdlc
