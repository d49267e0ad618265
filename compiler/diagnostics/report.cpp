// The collector of messages.
#include "diagnostics/diagnostics.hpp"

#include <algorithm>
#include <utility>

#include "support/assert.hpp"

namespace kdlc {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::lint:
      return "lint";
    case Severity::note:
      return "note";
  }
  KDLC_UNREACHABLE("all severities are listed");
}

Message& Message::at_caret(std::string words) {
  primary_label = std::move(words);
  return *this;
}

Message& Message::label(const Span& where, std::string words) {
  // A fact without a place (from the command line) cannot be pointed at; it is said instead.
  if (where.is_known()) {
    labels.push_back({where, std::move(words)});
  } else if (!words.empty()) {
    notes.push_back(std::move(words));
  }
  return *this;
}

Message& Message::note(std::string words) {
  notes.push_back(std::move(words));
  return *this;
}

Message& Message::help(std::string words) {
  helps.push_back({std::move(words), {}});
  return *this;
}

Message& Message::help(std::string words, Edit edit) {
  Help with_edit{std::move(words), {}};
  if (edit.span.is_known()) {
    with_edit.edits.push_back(std::move(edit));
  }
  helps.push_back(std::move(with_edit));
  return *this;
}

std::size_t Report::error_count() const {
  return static_cast<std::size_t>(std::count_if(
      messages_.begin(), messages_.end(), [](const Message& message) { return message.severity == Severity::error; }));
}

void Report::truncate(std::size_t count) {
  while (messages_.size() > count) {
    messages_.pop_back();
  }
}

Message& Report::add_message(const Span& span, const DiagnosticKind& kind, std::string text) {
  Message& message = messages_.emplace_back();
  message.kind = &kind;
  message.severity = kind.severity;
  message.span = span;
  message.text = std::move(text);
  return message;
}

}  // namespace kdlc
