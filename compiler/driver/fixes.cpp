// check --fix: collects edits that do not touch each other, and applies them from the end of each text.
#include "driver/fixes.hpp"

#include <algorithm>
#include <map>

#include "diagnostics/kinds.hpp"

namespace kdlc::driver {

namespace {

/// Neighbours count as touching: of two insertions at one place the order would be a guess.
bool touches(const Edit& left, const Edit& right) {
  return left.span.source == right.span.source && left.span.begin <= right.span.end &&
         right.span.begin <= left.span.end;
}

/// A help that asks (`did you mean …?`) names the nearest word: whether a value was meant by it, only a person knows.
/// Nor does an edit turn a file into one of another version, or hide by a `_` what nothing uses.
bool is_for_people(const Message& message, const Help& help) {
  const auto is_about = [&](const DiagnosticKind& kind) { return message.kind->code == kind.code; };
  const bool hangs_loose = is_about(diag::DanglingValue) || is_about(diag::UnusedInput) ||
                           is_about(diag::UnusedLayer) || is_about(diag::UnusedWeight);
  return help.text.ends_with('?') || is_about(diag::UnknownVersion) || hangs_loose;
}

const Help* first_to_apply(const Message& message) {
  const auto help = std::find_if(message.helps.begin(), message.helps.end(), [&](const Help& each) {
    return !each.edits.empty() && !is_for_people(message, each);
  });
  return help == message.helps.end() ? nullptr : &*help;
}

/// All edits of one help, or none of them.
bool can_take(const Help& help, const std::vector<Edit>& taken) {
  return std::none_of(help.edits.begin(), help.edits.end(), [&](const Edit& edit) {
    return std::any_of(taken.begin(), taken.end(), [&](const Edit& other) { return touches(edit, other); });
  });
}

std::string apply(std::string text, std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const Edit& left, const Edit& right) { return left.span.begin > right.span.begin; });
  for (const Edit& edit : edits) {
    text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  }
  return text;
}

std::string change_text(const Message& message, const Help& help, const SourceSet& sources) {
  const SourceFile& file = sources.file(help.edits.front().span.source);
  const LineColumn place = file.position(help.edits.front().span.begin);
  return std::string(file.path()) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
         std::string(message.kind->code) + ": " + help.text;
}

}  // namespace

std::vector<FixedSource> fix_sources(const std::vector<Message>& messages, const SourceSet& sources,
                                     const std::vector<std::string>& paths) {
  const auto may_change = [&](const Edit& edit) {
    return edit.span.is_known() &&
           std::find(paths.begin(), paths.end(), sources.file(edit.span.source).path()) != paths.end();
  };
  std::vector<Edit> taken;
  std::map<SourceId, std::vector<std::string>> changes;
  for (const Message& message : messages) {
    const Help* help = first_to_apply(message);
    if (help == nullptr || !std::all_of(help->edits.begin(), help->edits.end(), may_change) ||
        !can_take(*help, taken)) {
      continue;
    }
    taken.insert(taken.end(), help->edits.begin(), help->edits.end());
    changes[help->edits.front().span.source].push_back(change_text(message, *help, sources));
  }
  std::map<SourceId, std::vector<Edit>> edits;
  for (const Edit& edit : taken) {
    edits[edit.span.source].push_back(edit);
  }
  std::vector<FixedSource> fixed;
  for (const auto& [source, list] : edits) {
    const SourceFile& file = sources.file(source);
    std::string text = apply(std::string(file.text()), list);
    if (text != file.text()) {
      fixed.push_back({std::string(file.path()), std::move(text), changes[source]});
    }
  }
  return fixed;
}

}  // namespace kdlc::driver
