// kdlc check --format sarif: the published schema, and the facts of the messages.
#include <fstream>

#include "catch.hpp"
#include "cli/json_schema.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;
using nlohmann::json;

namespace {

json sarif_schema() {
  std::ifstream stream(KDLC_TESTS_FOLDER "/cli/sarif/sarif-2.1.0-rtm.5.json");
  return json::parse(stream);
}

// A second definition (two ends), a slip with an edit, and a note without the first line.
const std::string kWrong =
    "model Wrong {\n  input x: f32[N, 4]\n  h = x -> dense(3, activaton: relu) as head\n  h = h -> relu\n"
    "  output y = h\n}\n";

}  // namespace

TEST_CASE("the validator sees what a schema forbids") {
  const json schema = sarif_schema();
  json good = {{"version", "2.1.0"}, {"runs", json::array()}};
  CHECK(validate(good, schema).empty());
  const auto first_problem = [&](const json& document) {
    const std::vector<std::string> problems = validate(document, schema);
    return problems.empty() ? std::string() : problems.front();
  };
  CHECK(first_problem({{"version", "2.1.0"}}) == "$ lacks runs");
  json wrong = good;
  wrong["version"] = "2.0";
  CHECK(contains(first_problem(wrong), "$.version has a value that is not listed"));
  wrong = good;
  wrong["extra"] = 1;
  CHECK(first_problem(wrong) == "$ has the unknown property extra");
  wrong = good;
  wrong["runs"].push_back({{"tool", {{"driver", {{"name", 7}}}}}});
  CHECK(first_problem(wrong) == "$.runs[0].tool.driver.name is no string");
  wrong = good;
  wrong["runs"].push_back(
      {{"tool", {{"driver", {{"name", "k"}}}}}, {"results", {{{"message", {{"text", "m"}}}, {"level", "awful"}}}}});
  CHECK(contains(first_problem(wrong), "$.runs[0].results[0].level has a value that is not listed"));
}

TEST_CASE("SARIF of a wrong model fits its schema and holds places, related places and edits") {
  const ScratchFolder folder;
  folder.write("a model.kdl", kWrong);
  const Outcome outcome = run_kdlc({.words = {"check", "a model.kdl", "--format", "sarif"}, .folder = folder.folder()});
  CHECK(outcome.exit_code == 1);
  const json document = json::parse(outcome.out);
  CHECK(validate(document, sarif_schema()) == std::vector<std::string>{});
  const json& run = document["runs"][0];
  CHECK(run["tool"]["driver"]["name"] == "kdlc");
  bool is_second_definition_there = false;
  bool is_edit_there = false;
  for (const json& result : run["results"]) {
    const json& rule = run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()];
    CHECK(rule["id"] == result["ruleId"]);
    const json& place = result["locations"][0]["physicalLocation"];
    CHECK(place["artifactLocation"]["uri"] == "a%20model.kdl");
    if (result["ruleId"] == "K201") {
      is_second_definition_there = true;
      CHECK(result["level"] == "error");
      CHECK(place["region"]["startLine"] == 4);
      CHECK(place["region"]["startColumn"] == 3);
      CHECK(place["region"]["endColumn"] == 4);
      CHECK(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 3);
    }
    if (result["ruleId"] == "K309") {
      is_edit_there = true;
      const json& change = result["fixes"][0]["artifactChanges"][0];
      CHECK(change["artifactLocation"]["uri"] == "a%20model.kdl");
      CHECK(change["replacements"][0]["insertedContent"]["text"] == "activation");
      CHECK(change["replacements"][0]["deletedRegion"]["startColumn"] == 21);
    }
  }
  CHECK(is_second_definition_there);
  CHECK(is_edit_there);
}

TEST_CASE("SARIF of several files, of standard input, of nothing wrong and of a missing file fits its schema") {
  const ScratchFolder folder;
  folder.write("models/a.kdl", kWrong);
  folder.write("models/b.kdl", "kdl 1\nmodel B {\n  input x: f32[N, 4]\n  output y = 2 * x\n}\n");
  folder.write("models/c.kdl", "package \"x\" {\n  version 1\n}\n");
  const json schema = sarif_schema();
  const std::vector<std::vector<std::string>> cases = {
      {"models"}, {"models/b.kdl"}, {"models/none.kdl"}, {"-"}, {folder.path("models/a.kdl")}};
  for (std::vector<std::string> words : cases) {
    INFO(words.front());
    words.insert(words.begin(), {"check", "--format", "sarif"});
    const Outcome outcome = run_kdlc({.words = words, .input = kWrong, .folder = folder.folder()});
    const json document = json::parse(outcome.out);
    CHECK(validate(document, schema) == std::vector<std::string>{});
    CHECK(document["runs"][0]["results"].empty() == (words.back() == "models/b.kdl"));
  }
}
