// Diagnostics: facts about mistakes, collected as values and rendered at the end.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "source/source.hpp"

namespace kdlc {

/// error: the model is wrong. warning: an alarm; `--deny warnings` makes it fail. lint: off unless asked for. note:
/// never an alarm.
enum class Severity : std::uint8_t { error, warning, lint, note };
/// "error", "warning", "lint", "note".
std::string_view name_of(Severity severity);

/// One row of a table `diagnostics/<stage>.def`: everything about a diagnostic but its facts.
struct DiagnosticKind {
  std::string_view code;  // "K314", stable for ever
  std::string_view name;  // "broadcast-mismatch": what -W and --deny take
  Severity severity;
  std::string_view message;      // fmt text over the facts, e.g. "cannot add `{}` ({}) to `{}` ({})"
  std::string_view explanation;  // `kdlc explain`: what it means, why it matters, how to mend it
  std::string_view example;      // a complete .kdl text that raises it; empty when no text can (a missing file)
};

/// A row whose facts have these types; `diag::BroadcastMismatch` and its like, generated from the tables.
template <class... Facts>
struct TypedDiagnostic : DiagnosticKind {};

/// A replacement that mends the mistake: machine-applicable.
struct Edit {
  Span span;
  std::string replacement;
};

struct Label {
  Span span;
  std::string text;
};

struct Help {
  std::string text;
  std::vector<Edit> edits;  // empty: advice only
};

/// One diagnostic with its facts filled in.
struct Message {
  const DiagnosticKind* kind = nullptr;
  Severity severity = Severity::error;
  Span span;  // the mistake's own place
  std::string text;
  std::string primary_label;  // a few words at the caret; may be empty
  std::vector<Label> labels;  // the other end(s)
  std::vector<std::string> notes;
  std::vector<Help> helps;

  Message& at_caret(std::string words);
  Message& label(const Span& where, std::string words);
  Message& note(std::string words);
  Message& help(std::string words);
  Message& help(std::string words, Edit edit);
};

/// Collects messages; never prints, never stops.
class Report {
public:
  /// Adds a diagnostic of the row's own severity. The reference stays good as long as the report.
  template <class... Facts>
  Message& add(const Span& span, const TypedDiagnostic<Facts...>& kind, const std::type_identity_t<Facts>&... facts) {
    return add_message(
        span, kind,
        fmt::vformat(fmt::string_view(kind.message.data(), kind.message.size()), fmt::make_format_args(facts...)));
  }

  /// Adds a finished message: for messages first collected in another report.
  Message& append(Message message) { return messages_.emplace_back(std::move(message)); }

  [[nodiscard]] bool has_errors() const { return error_count() != 0; }
  [[nodiscard]] std::size_t error_count() const;
  [[nodiscard]] const std::deque<Message>& messages() const { return messages_; }
  /// Removes everything added after the first `count` messages: for speculative work only.
  void truncate(std::size_t count);
  [[nodiscard]] std::size_t size() const { return messages_.size(); }

private:
  Message& add_message(const Span& span, const DiagnosticKind& kind, std::string text);
  std::deque<Message> messages_;
};

/// Which warnings and lints are shown and which are denied.
struct Policy {
  std::vector<std::string> allowed;  // by code or name: not shown
  std::vector<std::string> wanted;   // lints to show; "lints" means all
  std::vector<std::string> denied;   // shown as errors; "warnings" means all
};

/// The messages to show: policy and `// kdl:allow K540` lines applied, sorted by file and place with causes kept before
/// their effects, duplicates dropped.
std::vector<Message> select_messages(const Report& report, const SourceSet& sources, const Policy& policy);

struct RenderOptions {
  bool colour = false;
};

/// The text for a terminal: `error[K314]: …`, ` --> file:5:14`, source lines with carets, notes, helps with the edited
/// line.
std::string render_text(const Message& message, const SourceSet& sources, const RenderOptions& options);
/// All messages as one JSON document with the same facts.
std::string render_json(const std::vector<Message>& messages, const SourceSet& sources);

/// True when the word is the row's code ("K314", "k314", "314") or its name.
bool is_named(const DiagnosticKind& kind, std::string_view code_or_name);
/// Every row of every table, in order of their codes.
const std::vector<const DiagnosticKind*>& all_diagnostics();
/// The row of a code or a name; nullptr when there is none.
const DiagnosticKind* find_diagnostic(std::string_view code_or_name);

}  // namespace kdlc
