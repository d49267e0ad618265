// Text becomes the right tree; every sample parses without a message.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::syntax {
namespace {

std::string dump_of(const std::string& text) {
  SourceSet sources;
  Report report;
  const SourceId id = sources.add("test.kdl", text);
  std::string result = dump(parse(sources, id, report));
  for (const Message& message : report.messages()) {
    const LineColumn place = sources.file(id).position(message.span.begin);
    result += std::string(message.kind->code) + " " + std::to_string(place.line) + ":" + std::to_string(place.column) +
              " " + message.text + "\n";
  }
  return result;
}

}  // namespace

TEST_CASE("every sample parses without a message") {
  for (const auto& entry : std::filesystem::directory_iterator(KDLC_TESTS_FOLDER "/golden/samples")) {
    if (entry.path().extension() != ".kdl") {
      continue;
    }
    std::ifstream stream(entry.path());
    std::stringstream text;
    text << stream.rdbuf();
    SourceSet sources;
    Report report;
    const SourceId id = sources.add(entry.path().string(), text.str());
    const Tree tree = parse(sources, id, report);
    INFO(entry.path());
    CHECK(report.size() == 0);
    CHECK(dump(tree).find("error") == std::string::npos);
  }
}

TEST_CASE("the smallest model") {
  CHECK(dump_of("kdl 1\n/// Doc.\nmodel A { input x: f32[N, 4]  output y = x -> dense(1) as head }") == R"(file kdl 1
  doc Doc.
  model A
    input x
      type f32[]
        name N
        int 4
    output y
      value
        chain
          name x
          apply dense() as head
            argument
              int 1
)");
}

}  // namespace kdlc::syntax
