// Lines, comments and blank lines of canonical source.
#include <algorithm>
#include <utility>

#include "syntax/printer.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::syntax {

std::string print(const Tree& tree, const SourceSet& sources) {
  return Printer(tree, sources).print();
}

Printer::Printer(const Tree& tree, const SourceSet& sources)
    : tree_(tree), file_(tree.source.has_value() ? &sources.file(tree.source) : nullptr) {}

std::string Printer::print() {
  const std::uint32_t first = tree_.version_span.is_known() ? tree_.version_span.begin : 0;
  begin_line();
  while (next_comment_ < tree_.comments.size() && tree_.comments[next_comment_].span.begin < first) {
    comment_line(tree_.comments[next_comment_++]);
  }
  write("kdl " + std::to_string(tree_.version.value_or(1)));
  reached(tree_.version_span);
  end_line();
  if (!tree_.declarations.empty() || next_comment_ < tree_.comments.size()) {
    blank_line();
  }
  declarations(tree_.declarations, true);
  align_stops(lines_);
  std::string text;
  for (PrintedLine& line : lines_) {
    text += line.text;
    text += '\n';
  }
  return text;
}

void Printer::write(std::string_view words) {
  lines_.back().text += words;
}

std::size_t Printer::column() const {
  return static_cast<std::size_t>(std::count_if(lines_.back().text.begin(), lines_.back().text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void Printer::stop(StopKind kind, std::uint32_t source_offset) {
  const bool is_first = std::none_of(lines_.back().stops.begin(), lines_.back().stops.end(),
                                     [kind](const Stop& other) { return other.kind >= kind; });
  if (file_ != nullptr && is_first) {
    lines_.back().stops.push_back({kind, lines_.back().text.size(), file_->position(source_offset).column});
  }
}

void Printer::reached(const Span& span) {
  if (is_known(span)) {
    reached(span.end);
  }
}

void Printer::reached(std::uint32_t offset) {
  position_ = std::max(position_, offset);
}

void Printer::begin_line() {
  is_line_over_ = false;
  lines_.push_back({.text = std::string(indentation_ * 2, ' '), .stops = {}});
}

void Printer::blank_line() {
  if (!lines_.empty() && !lines_.back().text.empty()) {
    lines_.push_back({});
  }
}

// Comments behind what the line holds, up to the end of that line of the source.
void Printer::end_line(std::uint32_t next) {
  if (file_ == nullptr) {
    return;
  }
  const std::size_t end = std::min(file_->text().find('\n', position_), file_->text().size());
  trailing_comments(std::min(next, static_cast<std::uint32_t>(end)));
}

void Printer::trailing_comments(std::uint32_t next) {
  while (next_comment_ < tree_.comments.size()) {
    const Comment& comment = tree_.comments[next_comment_];
    const bool is_passed = comment.span.begin < position_;
    if (!is_passed && (comment.span.begin >= next || comment.own_line || comment.is_doc ||
                       has_line_break(position_, comment.span.begin))) {
      return;
    }
    // One comment to the end of a line, nothing after it: what follows gets a line of its own later.
    const std::string& line = lines_.back().text;
    if (is_line_over_ || comment.own_line) {
      return;
    }
    ++next_comment_;
    is_line_over_ = comment.text.starts_with("//") || comment.text.find('\n') != std::string::npos;
    write(line.find_first_not_of(' ') == std::string::npos ? "" : "  ");
    stop(StopKind::comment, comment.span.begin);
    write(comment.text);
    reached(comment.span);
  }
}

// On a line of its own; the line begun before it takes the comment, and a fresh one follows.
void Printer::comment_line(const Comment& comment) {
  std::string text = comment.text;
  std::erase(text, '\r');
  text.erase(text.find_last_not_of(" \t") + 1);
  write(text);
  reached(comment.span);
  begin_line();
}

void Printer::new_line(std::uint32_t next) {
  if (file_ != nullptr) {
    trailing_comments(next);
  }
  begin_line();
  while (file_ != nullptr && next_comment_ < tree_.comments.size() && tree_.comments[next_comment_].span.begin < next) {
    comment_line(tree_.comments[next_comment_++]);
  }
}

bool Printer::has_line_break(std::uint32_t begin, std::uint32_t end) const {
  return file_ != nullptr && begin < end &&
         file_->text().substr(begin, end - begin).find('\n') != std::string_view::npos;
}

bool Printer::has_blank_line(std::uint32_t begin, std::uint32_t end) const {
  if (file_ == nullptr || begin >= end) {
    return false;
  }
  const std::string_view between = file_->text().substr(begin, end - begin);
  std::size_t breaks = 0;
  for (const char c : between) {
    breaks = c == '\n' ? breaks + 1 : (c == ' ' || c == '\t' || c == '\r') ? breaks : 0;
    if (breaks == 2) {
      return true;
    }
  }
  return false;
}

bool Printer::has_comment_within(const Span& span) const {
  if (!is_known(span)) {
    return false;
  }
  const auto found =
      std::lower_bound(tree_.comments.begin(), tree_.comments.end(), span.begin,
                       [](const Comment& comment, std::uint32_t begin) { return comment.span.begin < begin; });
  return found != tree_.comments.end() && found->span.begin < span.end;
}

}  // namespace kdlc::syntax
