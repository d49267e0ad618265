// Patterns of words: what is read, and where a mistake stands.
#include "catalogue/axis_pattern.hpp"

#include <fmt/format.h>

#include "catch.hpp"

using namespace kdlc;

namespace {

std::string text_of(const catalogue::PatternSide& side) {
  std::string text;
  for (const catalogue::PatternAxis& axis : side.axes) {
    std::string words;
    for (const catalogue::PatternWord& word : axis.words) {
      words += (words.empty() ? "" : " ") + word.name;
    }
    text += fmt::format("{}{}", text.empty() ? "" : " ", axis.is_group ? "(" + words + ")" : words);
  }
  return text;
}

/// The pattern written again, or `begin-end: text` of the mistake.
std::string read(std::string_view pattern) {
  const auto parsed = catalogue::parse_axis_pattern(pattern);
  if (const auto* mistake = std::get_if<catalogue::PatternMistake>(&parsed)) {
    return fmt::format("{}-{}: {}", mistake->place.begin, mistake->place.end, mistake->text);
  }
  const auto& whole = std::get<catalogue::AxisPattern>(parsed);
  std::string text;
  for (const catalogue::PatternSide& operand : whole.operands) {
    text += (text.empty() ? "[" : ", [") + text_of(operand) + "]";
  }
  return text + " -> [" + text_of(whole.result) + "]";
}

}  // namespace

TEST_CASE("a pattern gives the words of each tensor") {
  CHECK(read("n h q d, n h k d -> n h q k") == "[n h q d], [n h k d] -> [n h q k]");
  CHECK(read("n (h w) c->n h w c") == "[n (h w) c] -> [n h w c]");
  CHECK(read("  batch\tin_1 ,in_1 B2->batch B2 ") == "[batch in_1], [in_1 B2] -> [batch B2]");
  CHECK(read("a b -> a 1 (b) ()") == "[a b] -> [a () (b) ()]");
  CHECK(read("n, -> n") == "[n], [] -> [n]");
  CHECK(read("->") == "[] -> []");
}

TEST_CASE("the place of a part is that of its bytes") {
  const auto parsed = catalogue::parse_axis_pattern("n (hh w) -> n hh w");
  const auto& pattern = std::get<catalogue::AxisPattern>(parsed);
  const catalogue::PatternSide& side = pattern.operands.at(0);
  CHECK(side.place == catalogue::PatternPlace{0, 8});
  CHECK(side.axes.at(1).place == catalogue::PatternPlace{2, 8});
  CHECK(side.axes.at(1).words.at(0).place == catalogue::PatternPlace{3, 5});
  CHECK(pattern.result.place == catalogue::PatternPlace{12, 18});
  CHECK(pattern.result.find("hh")->place == catalogue::PatternPlace{14, 16});
  CHECK(pattern.result.find("h") == nullptr);
}

TEST_CASE("the first mistake of a pattern is found where it stands") {
  CHECK(read("") == "0-0: `->` and the axes of the result are missing");
  CHECK(read("n k") == "0-3: `->` and the axes of the result are missing");
  CHECK(read("n -> n -> n") == "7-9: a second `->`");
  CHECK(read("n -> n, k") == "6-7: a comma stands behind `->`");
  CHECK(read("n k n -> k") == "4-5: `n` stands twice in one tensor");
  CHECK(read("n (k n) -> k") == "5-6: `n` stands twice in one tensor");
  CHECK(read("(n n) -> n") == "3-4: `n` stands twice in one tensor");
  CHECK(read("n (h w -> n") == "2-3: this `(` is not closed");
  CHECK(read("n -> (n") == "5-6: this `(` is not closed");
  CHECK(read("n h) -> n") == "3-4: no `(` belongs to this `)`");
  CHECK(read("n (h (w)) -> n") == "5-6: parentheses stand in parentheses");
  CHECK(read("n (h, w) -> n") == "4-5: a comma stands in parentheses");
  CHECK(read("n 28 -> n") == "2-4: `28` is no word");
  CHECK(read("n ... -> n") == "2-5: `...` stands for no axes here");
  CHECK(read("n × -> n") == "2-4: `×` has no meaning here");
  CHECK(read("n - n") == "2-3: `-` has no meaning here");
  CHECK(read("a b c d e f g h i j k l m n o p q r s t u v w x y -> a") == "48-49: this is more than 24 axes");
}
