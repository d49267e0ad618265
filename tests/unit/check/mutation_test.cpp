// The samples with some words exchanged, lost or doubled: whatever comes of it, the checker answers.
#include <random>
#include <regex>

#include "catch.hpp"
#include "graph/graph.hpp"
#include "unit/check/check_text.hpp"

namespace kdlc {
namespace {

/// Words, numbers, texts, signs and the spaces between them.
std::vector<std::string> pieces_of(const std::string& text) {
  static const std::regex piece(R"([A-Za-z_]\w*|\d+|"[^"\n]*"|\s+|.)");
  std::vector<std::string> pieces;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), piece); found != std::sregex_iterator(); ++found) {
    pieces.push_back(found->str());
  }
  return pieces;
}

class Mutator {
public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::vector<std::string> pieces) {
    static const std::vector<std::string> strangers = {"0",     "-1",     "9223372036854775807",
                                                       "N",     "T",      "(",
                                                       ")",     "{",      "}",
                                                       "[",     "]",      "->",
                                                       ",",     ":",      "=",
                                                       "as",    "x",      "1",
                                                       "2",     "repeat", "f32[N]",
                                                       "dense", "model",  "axis",
                                                       "...",   "\"\"",   "if",
                                                       "@",     "block",  "0.5"};
    const std::size_t count = 1 + below(3);
    for (std::size_t change = 0; change < count; ++change) {
      std::string& piece = pieces[below(pieces.size())];
      switch (below(4)) {
        case 0:
          piece = strangers[below(strangers.size())];
          break;
        case 1:
          piece.clear();
          break;
        case 2:
          piece = pieces[below(pieces.size())];
          break;
        default:
          piece += " " + pieces[below(pieces.size())];
      }
    }
    std::string text;
    for (const std::string& piece : pieces) {
      text += piece;
    }
    return text;
  }

private:
  std::size_t below(std::size_t count) { return random_() % count; }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("samples with exchanged words are accepted or refused, never a crash") {
  check::Options options;
  options.code_needed = check::CodeNeeded::nothing;
  options.read_file = testing::test_file_reader();
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::uint32_t seed = 1;
  for (const auto& path : testing::kdl_files("golden/samples")) {
    if (path.filename() == "blocks.kdl") {
      continue;  // it holds no model
    }
    const std::vector<std::string> pieces = pieces_of(testing::read_test_file(path));
    for (int turn = 0; turn < 60; ++turn, ++seed) {
      const std::string text = Mutator(seed).mutate(pieces);
      INFO("seed " << seed << "\n" << text);
      testing::CheckedText checked;
      REQUIRE_NOTHROW(check_into(checked, "golden/samples/" + path.filename().string(), text, options));
      REQUIRE_NOTHROW(checked.rendered());
      // A model comes out exactly when there is no error.
      CHECK(checked.model.has_value() != checked.report.has_errors());
      if (checked.model.has_value() && checked.model->graph.outputs.front().node.has_value()) {
        CHECK(graph::verify(checked.model->graph).empty());
      }
      (checked.model.has_value() ? accepted : refused) += 1;
    }
  }
  CHECK(accepted > 10);
  CHECK(refused > 100);
}

}  // namespace kdlc
