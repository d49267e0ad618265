// Messages as SARIF 2.1.0 (OASIS): what code hosts and editors show at the lines of a change.
#include "diagnostics/render_sarif.hpp"

#include <map>

#include <nlohmann/json.hpp>

namespace kdlc {

namespace {

using Json = nlohmann::ordered_json;

/// A path as a URI: relative ones stay relative to the folder in which kdlc runs.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHexadecimal = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char letter : path) {
    const auto byte = static_cast<unsigned char>(letter);
    if (kPlain.find(letter) != std::string_view::npos) {
      uri += letter;
    } else {
      uri += {'%', kHexadecimal[byte >> 4U], kHexadecimal[byte & 15U]};
    }
  }
  return uri;
}

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::lint:
    case Severity::note:
      return "note";
  }
  return "none";
}

Json text_of(std::string_view text) {
  return {{"text", text}};
}

Json region_of(const Span& span, const SourceSet& sources) {
  const SourceFile& file = sources.file(span.source);
  const LineColumn begin = file.position(span.begin);
  const LineColumn end = file.position(span.end);
  return {{"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line},
          {"endColumn", end.column}, {"byteOffset", span.begin},    {"byteLength", span.end - span.begin}};
}

Json artifact_of(const Span& span, const SourceSet& sources) {
  return {{"uri", uri_of(sources.file(span.source).path())}};
}

Json location_of(const Span& span, std::string_view words, const SourceSet& sources) {
  Json location;
  location["physicalLocation"] = {{"artifactLocation", artifact_of(span, sources)},
                                  {"region", region_of(span, sources)}};
  if (!words.empty()) {
    location["message"] = text_of(words);
  }
  return location;
}

/// The message with its notes and helps, a line each: viewers show one text.
std::string whole_text(const Message& message) {
  std::string text = message.text;
  for (const std::string& note : message.notes) {
    text += "\nnote: " + note;
  }
  for (const Help& help : message.helps) {
    text += "\nhelp: " + help.text;
  }
  return text;
}

Json fix_of(const Help& help, const SourceSet& sources) {
  std::map<SourceId, Json> replacements;
  for (const Edit& edit : help.edits) {
    replacements[edit.span.source].push_back(
        {{"deletedRegion", region_of(edit.span, sources)}, {"insertedContent", text_of(edit.replacement)}});
  }
  Json fix;
  fix["description"] = text_of(help.text);
  fix["artifactChanges"] = Json::array();
  for (const auto& [source, list] : replacements) {
    fix["artifactChanges"].push_back(
        {{"artifactLocation", {{"uri", uri_of(sources.file(source).path())}}}, {"replacements", list}});
  }
  return fix;
}

Json result_of(const Message& message, std::size_t rule, const SourceSet& sources) {
  Json result;
  result["ruleId"] = message.kind->code;
  result["ruleIndex"] = rule;
  result["level"] = level_of(message.severity);
  result["message"] = text_of(whole_text(message));
  if (message.span.is_known()) {
    result["locations"] = Json::array({location_of(message.span, message.primary_label, sources)});
  }
  for (const Label& label : message.labels) {
    if (label.span.is_known()) {
      result["relatedLocations"].push_back(location_of(label.span, label.text, sources));
    }
  }
  for (const Help& help : message.helps) {
    if (!help.edits.empty()) {
      result["fixes"].push_back(fix_of(help, sources));
    }
  }
  return result;
}

Json rule_of(const DiagnosticKind& kind) {
  Json rule;
  rule["id"] = kind.code;
  rule["name"] = kind.name;
  rule["shortDescription"] = text_of(kind.name);
  rule["fullDescription"] = text_of(kind.explanation);
  rule["defaultConfiguration"] = {{"level", level_of(kind.severity)}};
  return rule;
}

}  // namespace

std::string render_sarif(const std::vector<Message>& messages, const SourceSet& sources, std::string_view version) {
  std::map<std::string_view, std::size_t> rule_index;
  Json rules = Json::array();
  Json results = Json::array();
  for (const Message& message : messages) {
    const auto [rule, is_new] = rule_index.try_emplace(message.kind->code, rules.size());
    if (is_new) {
      rules.push_back(rule_of(*message.kind));
    }
    results.push_back(result_of(message, rule->second, sources));
  }
  Json run;
  run["tool"]["driver"] = {{"name", "kdlc"}, {"version", version}, {"rules", rules}};
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = results;
  Json document;
  document["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  document["version"] = "2.1.0";
  document["runs"] = Json::array({run});
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kdlc
