// kdlc new: the first model is right, in canonical form, and never written over anything.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

TEST_CASE("new writes a model that checks, is formatted, builds, and says what to type next") {
  const ScratchFolder folder;
  const auto run = [&](std::vector<std::string> words) {
    return run_kdlc({.words = std::move(words), .folder = folder.folder()});
  };
  const Outcome outcome = run({"new", "my-net"});
  INFO(outcome.out + outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("wrote my-net.kdl. Next:\n"));
  CHECK(contains(outcome.out, "kdlc check my-net.kdl"));
  CHECK(contains(folder.read("my-net.kdl"), "model MyNet("));
  CHECK(folder.read("my-net.kdl").starts_with("kdl 1\n"));
  const Outcome check = run({"check", "my-net.kdl", "--deny", "warnings"});
  INFO(check.err);
  CHECK(check.exit_code == 0);
  CHECK(run({"fmt", "--check", "my-net.kdl"}).exit_code == 0);
  CHECK(run({"build", "my-net.kdl", "--weights", "random:1", "--emit", "obj"}).exit_code == 0);
  CHECK(contains(folder.read("my-net.h"), "Sepal length"));
}

TEST_CASE("new has a name of its own, and refuses to write over a file") {
  const ScratchFolder folder;
  const auto create = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "new");
    return run_kdlc({.words = std::move(words), .folder = folder.folder()});
  };
  CHECK(create({}).exit_code == 0);
  CHECK(contains(folder.read("model.kdl"), "model Model("));
  CHECK(create({"9 lives.kdl"}).exit_code == 0);
  CHECK(contains(folder.read("9 lives.kdl"), "model Model9Lives("));
  folder.write("mine.kdl", "mine");
  const Outcome outcome = create({"mine"});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "error[K965]: `mine.kdl` exists already"));
  CHECK(folder.read("mine.kdl") == "mine");
  CHECK(create({"no/such/folder/net"}).exit_code == 3);
}
