// The tables of diagnostics: rules that every row keeps.
#include <cctype>
#include <set>

#include "catch.hpp"
#include "diagnostics/kinds.hpp"

using namespace kdlc;

TEST_CASE("every row is well formed") {
  std::set<std::string_view> codes;
  std::set<std::string_view> names;
  std::string_view previous;
  for (const DiagnosticKind* row : all_diagnostics()) {
    INFO(row->code);
    REQUIRE(row->code.size() == 4);
    CHECK(row->code[0] == 'K');
    CHECK(row->code.substr(1).find_first_not_of("0123456789") == std::string_view::npos);
    CHECK(row->code > previous);
    previous = row->code;
    CHECK(codes.insert(row->code).second);
    CHECK(names.insert(row->name).second);
    CHECK(row->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
    CHECK(row->explanation.size() >= 40);
    REQUIRE_FALSE(row->message.empty());
    CHECK(row->message.back() != '.');
    // Lower case, unless the first word is a name in capitals (KDL, N) or Keras.
    const bool is_capital = std::isupper(static_cast<unsigned char>(row->message[0])) != 0;
    const bool is_name = row->message.size() > 1 && std::islower(static_cast<unsigned char>(row->message[1])) == 0;
    CHECK((!is_capital || is_name || row->message.starts_with("Keras")));
  }
}

TEST_CASE("a row is found by its code in any form and by its name") {
  const DiagnosticKind* row = find_diagnostic("K002");
  REQUIRE(row != nullptr);
  CHECK(row->name == "not-text");
  CHECK(find_diagnostic("k002") == row);
  CHECK(find_diagnostic("002") == row);
  CHECK(find_diagnostic("not-text") == row);
  CHECK(find_diagnostic("Not-Text") == row);
  CHECK(find_diagnostic("K999") == nullptr);
  CHECK(find_diagnostic("") == nullptr);
  CHECK(find_diagnostic("K") == nullptr);
  CHECK(find_diagnostic("2") == nullptr);
}
