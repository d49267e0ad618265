// Messages as one JSON document: the same facts as the text, for editors and scripts.
#include <nlohmann/json.hpp>

#include "diagnostics/diagnostics.hpp"

namespace kdlc {

namespace {

// Keys keep the order in which they are written here: the schema is read by people too.
using Json = nlohmann::ordered_json;

/// Adds file, line, column, end_line, end_column (from 1, in characters; the end is one past the last) and the byte
/// offsets.
void add_place(Json& json, const Span& span, const SourceSet& sources) {
  if (!span.is_known()) {
    json["file"] = nullptr;
    return;
  }
  const SourceFile& file = sources.file(span.source);
  const LineColumn begin = file.position(span.begin);
  const LineColumn end = file.position(span.end);
  json["file"] = file.path();
  json["line"] = begin.line;
  json["column"] = begin.column;
  json["end_line"] = end.line;
  json["end_column"] = end.column;
  json["begin_byte"] = span.begin;
  json["end_byte"] = span.end;
}

Json to_json(const Message& message, const SourceSet& sources) {
  Json json;
  json["code"] = message.kind->code;
  json["name"] = message.kind->name;
  json["severity"] = name_of(message.severity);
  json["message"] = message.text;
  add_place(json, message.span, sources);
  json["label"] = message.primary_label;
  json["labels"] = Json::array();
  for (const Label& label : message.labels) {
    Json& item = json["labels"].emplace_back();
    item["message"] = label.text;
    add_place(item, label.span, sources);
  }
  json["notes"] = message.notes;
  json["helps"] = Json::array();
  for (const Help& help : message.helps) {
    Json& item = json["helps"].emplace_back();
    item["message"] = help.text;
    item["edits"] = Json::array();
    for (const Edit& edit : help.edits) {
      Json& change = item["edits"].emplace_back();
      add_place(change, edit.span, sources);
      change["replacement"] = edit.replacement;
    }
  }
  return json;
}

}  // namespace

std::string render_json(const std::vector<Message>& messages, const SourceSet& sources) {
  Json document;
  document["version"] = 1;
  document["messages"] = Json::array();
  std::size_t error_count = 0;
  std::size_t warning_count = 0;
  for (const Message& message : messages) {
    document["messages"].push_back(to_json(message, sources));
    error_count += message.severity == Severity::error ? 1U : 0U;
    warning_count += message.severity == Severity::warning ? 1U : 0U;
  }
  document["error_count"] = error_count;
  document["warning_count"] = warning_count;
  // Text that is not UTF-8 (a path) is replaced, never thrown at.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kdlc
