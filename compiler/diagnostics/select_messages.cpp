// Decides which messages are shown, how severe they are, and in what order.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "diagnostics/diagnostics.hpp"

namespace kdlc {

namespace {

/// True when `list` names the row by its code or name, or everything by `everything`.
bool names_row(const std::vector<std::string>& list, const DiagnosticKind& kind, std::string_view everything) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& word) { return word == everything || is_named(kind, word); });
}

std::string_view trim_left(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

/// True when the comment of a line says `kdl:allow` and names the row.
bool line_allows(std::string_view line, const DiagnosticKind& kind) {
  constexpr std::string_view kMark = "kdl:allow";
  const std::size_t comment = line.find("//");
  const std::size_t mark = comment == std::string_view::npos ? comment : line.find(kMark, comment);
  if (mark == std::string_view::npos) {
    return false;
  }
  std::string_view rest = line.substr(mark + kMark.size());
  constexpr std::string_view kSeparators = " \t,";
  while (true) {
    const std::size_t begin = rest.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(kSeparators));
    if (is_named(kind, word)) {
      return true;
    }
    rest.remove_prefix(word.size());
  }
}

/// A `kdl:allow` on the message's line, or on the lines of comment that stand directly above it.
bool is_allowed_in_source(const Message& message, const SourceSet& sources) {
  if (!message.span.is_known()) {
    return false;
  }
  const SourceFile& file = sources.file(message.span.source);
  std::uint32_t line = file.position(message.span.begin).line;
  if (line_allows(file.line(line), *message.kind)) {
    return true;
  }
  while (line > 1) {
    --line;
    const std::string_view above = trim_left(file.line(line));
    if (!above.starts_with("//")) {
      return false;
    }
    if (line_allows(above, *message.kind)) {
      return true;
    }
  }
  return false;
}

bool is_shown(const Message& message, const SourceSet& sources, const Policy& policy) {
  if (message.kind->severity == Severity::error) {
    return true;
  }
  if (is_allowed_in_source(message, sources) || names_row(policy.allowed, *message.kind, "")) {
    return false;
  }
  return message.kind->severity != Severity::lint || names_row(policy.wanted, *message.kind, "lints") ||
         names_row(policy.denied, *message.kind, "lints");
}

/// `warnings` and `lints` deny all of their level; a note, which is no alarm, is denied by its own name alone.
void apply_denial(Message& message, const Policy& policy) {
  if (message.severity == Severity::error) {
    return;
  }
  const bool is_denied_by_name = names_row(policy.denied, *message.kind, "");
  std::string_view word = message.kind->name;
  if (!is_denied_by_name) {
    if (message.severity == Severity::note) {
      return;
    }
    word = message.severity == Severity::warning ? "warnings" : "lints";
    if (!names_row(policy.denied, *message.kind, word)) {
      return;
    }
  }
  message.severity = Severity::error;
  message.note("`--deny " + std::string(word) + "` makes this an error");
}

bool stands_before(const Message& left, const Message& right) {
  return std::pair(left.span.source, left.span.begin) < std::pair(right.span.source, right.span.begin);
}

/// What makes two messages the same message to a reader. A file goes by its path: several models import one file.
using Identity = std::tuple<const DiagnosticKind*, std::string_view, std::uint32_t, std::uint32_t, std::string_view>;

Identity identity_of(const Message& message, const SourceSet& sources) {
  const std::string_view path = message.span.is_known() ? sources.file(message.span.source).path() : std::string_view();
  return {message.kind, path, message.span.begin, message.span.end, message.text};
}

}  // namespace

std::vector<Message> select_messages(const Report& report, const SourceSet& sources, const Policy& policy) {
  std::vector<Message> selected;
  std::set<Identity> seen;
  for (const Message& message : report.messages()) {
    if (seen.insert(identity_of(message, sources)).second && is_shown(message, sources, policy)) {
      selected.push_back(message);
      apply_denial(selected.back(), policy);
    }
  }
  // Stable: of two messages at one place, the cause was reported first. What has no place comes last.
  std::stable_sort(selected.begin(), selected.end(), stands_before);
  return selected;
}

}  // namespace kdlc
