// The file of measured choices: read as written, merged, never lost, and refused with the place of what is wrong.
#include "driver/tuning_cache.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "driver/files.hpp"

namespace kdlc::driver {
namespace {

/// A session of its own and a folder that is removed at the end.
struct Fixture {
  Fixture() : folder(std::filesystem::temp_directory_path() / ("kdlc_tuning_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~Fixture() { std::filesystem::remove_all(folder); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

  std::filesystem::path folder;
  Arguments arguments;
  Console console{stdout, stderr};
  Progress progress;
  Session session{arguments, console, progress};
};

const std::string kFile =
    "kdlc choices 1\n"
    "box a | contraction f32 rows 1x1x3? | block 1 3 vectors 2 16 columns 0 | 0.125\n"
    "box a | convolution 3x3 f32 | tile 2 | 0.000\n"
    "box b | contraction f32 rows 1x1x3? | block 1 1 vectors 1 16 rows 0 | 0.040\n";

plan::MeasuredChoices one_choice(const std::string& question, std::int64_t tile) {
  return {{{question, {{.winograd_tile = tile, .block = {}}, 0.5}}}};
}

TEST_CASE("a file of measured choices is written as it was read") {
  Fixture fixture;
  const auto entries = parse_tuning("choices", kFile, fixture.session);
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 3);
  CHECK(entries->at({"box a", "convolution 3x3 f32"}).choice.winograd_tile == std::optional<std::int64_t>(2));
  CHECK(entries->at({"box b", "contraction f32 rows 1x1x3?"}).gain == 0.04);
  CHECK(tuning_text(*entries) == kFile);
}

TEST_CASE("the first line that is none is told with its place, and the file stays") {
  const std::string head = "kdlc choices 1\n";
  const std::string good = "box | q | tile 2 | 0.500\n";
  struct Case {
    std::string text;
    std::uint32_t line;
  };
  for (const Case& one : std::vector<Case>{{"", 1},
                                           {"kdlc choices 2\n" + good, 1},
                                           {good, 1},
                                           {head + good + "box | q | tile 2\n", 3},
                                           {head + "box | q | tile 5 | 0.5\n", 2},
                                           {head + "box | q | tile 2 | much\n", 2},
                                           {head + "box | q | tile 2 | nan\n", 2},
                                           {head + " | q | tile 2 | 0.5\n", 2},
                                           {head + "\n" + good, 2},
                                           {head + good + "box | q | ti", 3}}) {
    Fixture fixture;
    fixture.write("choices", one.text);
    INFO(one.text);
    CHECK_FALSE(read_tuning(fixture.path("choices"), "box", true, fixture.session).has_value());
    REQUIRE(fixture.session.report.messages().size() == 1);
    const Message& message = fixture.session.report.messages().front();
    CHECK(message.kind->code == std::string("K967"));
    const Span place = message.span;
    CHECK(fixture.session.sources.file(place.source).position(place.begin).line == one.line);
    CHECK_FALSE(add_tuning(fixture.path("choices"), "box", one_choice("new", 4), fixture.session));
    CHECK(read_file(fixture.path("choices")).bytes == one.text);
  }
}

TEST_CASE("entries are added to what the file holds, for this machine and others") {
  Fixture fixture;
  const std::string path = fixture.path("deep/er/choices");
  REQUIRE(add_tuning(path, "box b", one_choice("q", 2), fixture.session));
  REQUIRE(add_tuning(path, "box a", one_choice("q", 4), fixture.session));
  REQUIRE(add_tuning(path, "box a", one_choice("p", 0), fixture.session));
  REQUIRE(add_tuning(path, "box b", one_choice("q", 0), fixture.session));
  CHECK(read_file(path).bytes ==
        "kdlc choices 1\nbox a | p | tile 0 | 0.500\nbox a | q | tile 4 | 0.500\nbox b | q | tile 0 | 0.500\n");
  const auto known = read_tuning(path, "box a", false, fixture.session);
  REQUIRE(known.has_value());
  CHECK(known->by_question.size() == 2);
}

TEST_CASE("two that write at once lose nothing") {
  Fixture fixture;
  const std::string path = fixture.path("choices");
  constexpr int kEach = 40;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&path, writer] {
      Arguments arguments;
      Console console(stdout, stderr);
      Progress progress;
      Session session(arguments, console, progress);
      for (int number = 0; number < kEach; ++number) {
        add_tuning(path, "box " + std::to_string(writer), one_choice("q" + std::to_string(number), 2), session);
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  const auto entries = parse_tuning(path, read_file(path).bytes, fixture.session);
  REQUIRE(entries.has_value());
  CHECK(entries->size() == 3 * kEach);
}

TEST_CASE("a file that is missing is empty for --tune, and an error for --tune-cache alone") {
  Fixture fixture;
  const std::string path = fixture.path("none");
  const auto known = read_tuning(path, "box", true, fixture.session);
  REQUIRE(known.has_value());
  CHECK(known->by_question.empty());
  CHECK_FALSE(read_tuning(path, "box", false, fixture.session).has_value());
  CHECK(fixture.session.report.messages().front().kind->code == std::string("K005"));
}

}  // namespace
}  // namespace kdlc::driver
