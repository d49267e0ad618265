// kdlc check: messages, verdicts, exit codes, and input of every kind.
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kGood =
    "kdl 1\nmodel Good(units: int = 3) {\n  input x: f32[N, 4]\n"
    "  output y = x -> dense(units, softmax) as head\n}\n";
const std::string kWrong = "kdl 1\nmodel Wrong {\n  input x: f32[N, 4]\n  output y = z -> dense(3) as head\n}\n";

}  // namespace

TEST_CASE("a good model is fine: nothing on standard output, the verdict on standard error") {
  const ScratchFolder folder;
  const Outcome outcome = call_kdlc({"check", folder.write("good.kdl", kGood)});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "kdlc check: fine, 1 file\n");
}

TEST_CASE("a wrong model fails with its place") {
  const ScratchFolder folder;
  folder.write("wrong.kdl", kWrong);
  const Outcome outcome = run_kdlc({.words = {"check", "wrong.kdl"}, .folder = folder.folder()});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "error[K202]"));
  CHECK(contains(outcome.err, " --> wrong.kdl:4:14\n"));
  CHECK(contains(outcome.err, "kdlc check: failed, 1 file, "));
}

TEST_CASE("several files and folders are checked in one run") {
  const ScratchFolder folder;
  folder.write("models/a.kdl", kGood);
  folder.write("models/deep/b.kdl", kWrong);
  folder.write("models/notes.txt", "not a model");
  const Outcome outcome = run_kdlc({.words = {"check", "models", "models/a.kdl"}, .folder = folder.folder()});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "models/deep/b.kdl:4:14"));
  CHECK(contains(outcome.err, "3 files"));
}

TEST_CASE("standard input is checked as `-`") {
  CHECK(run_kdlc({.words = {"check", "-"}, .input = kGood}).exit_code == 0);
  const Outcome outcome = run_kdlc({.words = {"check", "-"}, .input = kWrong});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "<stdin>:4:14"));
}

TEST_CASE("JSON goes to standard output, with the same messages") {
  const Outcome outcome = run_kdlc({.words = {"check", "-", "--format", "json"}, .input = kWrong});
  CHECK(outcome.exit_code == 1);
  const nlohmann::json document = nlohmann::json::parse(outcome.out);
  CHECK(document["error_count"] == 1);
  CHECK(document["messages"][0]["code"] == "K202");
  CHECK(document["messages"][0]["line"] == 4);
  CHECK(outcome.err == "kdlc check: failed, 1 file, 1 error\n");
}

TEST_CASE("files that cannot be read are told one by one, each with one message") {
  const ScratchFolder folder;
  struct Case {
    std::string path;
    int exit_code;
    std::string part;
  };
  const std::vector<Case> cases = {
      {folder.path("missing.kdl"), 3, "error[K005]: cannot read"},
      {folder.path("missing/folder/a.kdl"), 3, "No such file or directory"},
      {folder.write("empty.kdl", ""), 3, "error[K006]"},
      {folder.write("blank.kdl", " \n\n\t"), 3, "error[K006]"},
      {folder.write("binary.kdl", std::string("kdl 1\n\0\x01\x02", 9)), 1, "error[K002]"},
      {folder.write("latin1.kdl",
                    "kdl 1\n// gr\xf6\xdf"
                    "e\n" +
                        kGood),
       1, "error[K002]"},
      {folder.write("huge.kdl", std::string((64U << 20U) + 1, ' ') + "x"), 3, "error[K004]"},
      {folder.write("none/readme.txt", "x").substr(0, folder.path("none").size()), 3, "error[K007]"},
  };
  for (const Case& each : cases) {
    const Outcome outcome = call_kdlc({"check", each.path});
    INFO(outcome.err);
    CHECK(outcome.exit_code == each.exit_code);
    CHECK(contains(outcome.err, each.part));
    CHECK(contains(outcome.err, "1 error\n"));
  }
}

TEST_CASE("settings and models are chosen on the command line") {
  const ScratchFolder folder;
  const std::string good = folder.write("good.kdl", kGood);
  CHECK(call_kdlc({"check", good, "-D", "units=7"}).exit_code == 0);
  CHECK(call_kdlc({"check", good, "-Dunits=7"}).exit_code == 0);
  CHECK(call_kdlc({"check", good, "--model", "Good"}).exit_code == 0);
  const Outcome unknown = call_kdlc({"check", good, "-D", "unit=7"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.err, "error[K951]"));
  const Outcome value = call_kdlc({"check", good, "-D", "units=many"});
  CHECK(value.exit_code == 2);
  CHECK(contains(value.err, "error[K952]"));
  const Outcome model = call_kdlc({"check", good, "--model", "God"});
  CHECK(model.exit_code == 2);
  CHECK(contains(model.err, "error[K950]"));
}

TEST_CASE("a missing weights file is a note that can be denied or hidden") {
  const ScratchFolder folder;
  std::string text = kGood;
  text.insert(text.rfind('}'), "  weights \"absent.safetensors\"\n");
  const std::string path = folder.write("good.kdl", text);
  const Outcome outcome = call_kdlc({"check", path});
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.err, "note[K613]"));
  CHECK(contains(outcome.err, "fine, 1 file\n"));
  CHECK(call_kdlc({"check", path, "--deny", "warnings"}).exit_code == 0);
  const Outcome denied = call_kdlc({"check", path, "--deny", "weights-file-absent"});
  CHECK(denied.exit_code == 3);
  CHECK(contains(denied.err, "error[K613]"));
  CHECK_FALSE(contains(call_kdlc({"check", path, "-W", "no-weights-file-absent"}).err, "K613"));
}

TEST_CASE("a weights file that does not fit is an error") {
  const ScratchFolder folder;
  std::string text = kGood;
  text.insert(text.rfind('}'), "  weights \"damaged.safetensors\"\n");
  folder.write("damaged.safetensors", "not a safetensors file");
  const Outcome outcome = call_kdlc({"check", folder.write("good.kdl", text)});
  CHECK(outcome.exit_code == 3);
  CHECK(contains(outcome.err, "error[K605]"));
}

TEST_CASE("forms are dumped to standard output") {
  const ScratchFolder folder;
  const std::string good = folder.write("good.kdl", kGood);
  const Outcome tree = call_kdlc({"check", good, "--dump=tree"});
  CHECK(tree.exit_code == 0);
  CHECK(contains(tree.out, "model Good"));
  CHECK(contains(call_kdlc({"check", good, "--dump", "graph"}).out, "contraction"));
  const Outcome unknown = call_kdlc({"check", good, "--dump=tre"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.err, "did you mean `tree`?"));
}

TEST_CASE("colour comes when asked for") {
  CHECK_FALSE(contains(run_kdlc({.words = {"check", "-"}, .input = kWrong}).err, "\x1b["));
  CHECK(contains(run_kdlc({.words = {"check", "-", "--color=always"}, .input = kWrong}).err, "\x1b[1;31m"));
}

TEST_CASE("imports are read beside the file that names them, and told when they are missing or go in a circle") {
  const ScratchFolder folder;
  folder.write("parts/blocks.kdl", "kdl 1\nblock twice(x) {\n  return x + x\n}\n");
  const std::string user =
      folder.write("user.kdl",
                   "kdl 1\nimport \"parts/blocks.kdl\" as blocks\nmodel M {\n  input x: f32[N, 4]\n"
                   "  output y = x -> blocks.twice\n}\n");
  CHECK(call_kdlc({"check", user}).exit_code == 0);
  const Outcome missing =
      run_kdlc({.words = {"check", "-"}, .input = "kdl 1\nimport \"none.kdl\" as none\n" + kGood.substr(6)});
  CHECK(contains(missing.err, "error[K701]"));
  const Outcome unnamed =
      run_kdlc({.words = {"check", "-"}, .input = "kdl 1\nimport \"none.kdl\"\n" + kGood.substr(6)});
  CHECK(contains(unnamed.err, "error[K703]"));
  folder.write("a.kdl", "kdl 1\nimport \"b.kdl\" as b\nblock f(x) {\n  return x\n}\n");
  folder.write("b.kdl", "kdl 1\nimport \"a.kdl\" as a\nblock g(x) {\n  return x\n}\n");
  CHECK(contains(call_kdlc({"check", folder.path("a.kdl")}).err, "error[K702]"));
}
