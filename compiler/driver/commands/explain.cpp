// kdlc explain: what a message means, why it matters, how to mend it.
#include <string>
#include <vector>

#include "diagnostics/pages.hpp"
#include "driver/commands/commands.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::driver {

namespace {

std::string list_of_all() {
  std::string text;
  for (const Page& page : all_pages()) {
    text += std::string(page.name) + ": " + std::string(page.title) + "\n";
  }
  text += "\n";
  for (const DiagnosticKind* row : all_diagnostics()) {
    std::string line = std::string(row->code) + "  " + std::string(name_of(row->severity));
    line.resize(15, ' ');
    text += line + std::string(row->name) + "\n";
  }
  return text;
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of('\n');
  const std::size_t end = text.find_last_not_of(" \n");
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

std::string indented(std::string_view text) {
  std::string result = "    ";
  for (const char letter : text) {
    result += letter;
    result += letter == '\n' ? "    " : "";
  }
  return result;
}

std::string explanation_of(const DiagnosticKind& row) {
  std::string text = std::string(row.code) + " (" + std::string(row.name) + "), " + std::string(name_of(row.severity)) +
                     "\n\n" + trimmed(row.explanation) + "\n";
  if (const std::string example = trimmed(row.example); !example.empty()) {
    text += "\nFor example:\n\n" + indented(example) + "\n";
  }
  return text;
}

std::string text_of(const Page& page) {
  return std::string(page.title) + "\n\n" + trimmed(page.text) + "\n\nFor example, wrong (" + std::string(page.code) +
         "):\n\n" + indented(trimmed(page.wrong)) + "\n\nand right:\n\n" + indented(trimmed(page.corrected)) + "\n";
}

}  // namespace

ExitCode run_explain(Session& session) {
  if (session.arguments.files.empty()) {
    session.console.print(list_of_all());
    return ExitCode::fine;
  }
  const std::string& wanted = session.arguments.files.front();
  if (const Page* page = find_page(wanted); page != nullptr) {
    session.console.print(text_of(*page));
    return ExitCode::fine;
  }
  if (const DiagnosticKind* row = find_diagnostic(wanted); row != nullptr) {
    session.console.print(explanation_of(*row));
    return ExitCode::fine;
  }
  std::vector<std::string> known;
  for (const Page& page : all_pages()) {
    known.emplace_back(page.name);
  }
  for (const DiagnosticKind* row : all_diagnostics()) {
    known.emplace_back(row->code);
    known.emplace_back(row->name);
  }
  const auto near = nearest_name(wanted, known);
  session.console.tell("kdlc: no message `" + wanted + "`" + (near ? "; did you mean `" + *near + "`?" : "") +
                       "\n`kdlc explain` lists all\n");
  return ExitCode::wrong_usage;
}

}  // namespace kdlc::driver
