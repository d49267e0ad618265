// Every row of the diagnostic tables as one list.
#include <algorithm>
#include <cctype>

#include "diagnostics/kinds.hpp"

namespace kdlc {

namespace {

std::vector<const DiagnosticKind*> gather_rows() {
  std::vector<const DiagnosticKind*> rows = {
#define DIAGNOSTIC(code, identifier, name, severity, facts, message, explanation, example) &diag::identifier,
#include "diagnostics/file.def"
#include "diagnostics/meaning.def"
#include "diagnostics/names.def"
#include "diagnostics/shapes.def"
#include "diagnostics/syntax.def"
#include "diagnostics/tests.def"
#include "diagnostics/training.def"
#include "diagnostics/weights.def"
#include "diagnostics/world.def"
#undef DIAGNOSTIC
  };
  std::sort(rows.begin(), rows.end(),
            [](const DiagnosticKind* left, const DiagnosticKind* right) { return left->code < right->code; });
  return rows;
}

}  // namespace

const std::vector<const DiagnosticKind*>& all_diagnostics() {
  static const std::vector<const DiagnosticKind*> rows = gather_rows();
  return rows;
}

bool is_named(const DiagnosticKind& kind, std::string_view code_or_name) {
  std::string wanted(code_or_name);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const std::string_view number = kind.code.substr(1);
  return wanted == kind.name || wanted == number || (wanted.starts_with('k') && wanted.substr(1) == number);
}

const DiagnosticKind* find_diagnostic(std::string_view code_or_name) {
  const auto& rows = all_diagnostics();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const DiagnosticKind* kind) { return is_named(*kind, code_or_name); });
  return row == rows.end() ? nullptr : *row;
}

}  // namespace kdlc
