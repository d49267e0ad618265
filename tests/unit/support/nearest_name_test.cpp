// The nearest name to a misspelt word.
#include "support/nearest_name.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using kdlc::edit_distance;
using kdlc::nearest_name;

TEST_CASE("the distance counts insertions, deletions, replacements and swaps of neighbours") {
  CHECK(edit_distance("", "", 3) == 0);
  CHECK(edit_distance("model", "model", 3) == 0);
  CHECK(edit_distance("modle", "model", 3) == 1);
  CHECK(edit_distance("dens", "dense", 3) == 1);
  CHECK(edit_distance("denses", "dense", 3) == 1);
  CHECK(edit_distance("dance", "dense", 3) == 2);
  CHECK(edit_distance("ca", "abc", 5) == 3);  // optimal string alignment, not Damerau's unrestricted distance
}

TEST_CASE("the distance is capped one above the limit") {
  CHECK(edit_distance("abcdefgh", "stuvwxyz", 2) == 3);
  CHECK(edit_distance("a", "abcdefgh", 2) == 3);
}

TEST_CASE("the nearest candidate is found within a distance that grows with the word") {
  const std::vector<std::string> layers = {"dense", "conv2d", "flatten", "batchnorm", "relu", "add"};
  CHECK(nearest_name("dence", layers) == "dense");
  CHECK(nearest_name("Dense", layers) == "dense");
  CHECK(nearest_name("CONV2D", layers) == "conv2d");
  CHECK(nearest_name("bacthnrom", layers) == "batchnorm");
  CHECK(nearest_name("rleu", layers) == "relu");
  CHECK(nearest_name("ad", layers) == "add");
  CHECK_FALSE(nearest_name("ax", layers).has_value());
  CHECK_FALSE(nearest_name("", layers).has_value());
  CHECK_FALSE(nearest_name("transformer", layers).has_value());
}

TEST_CASE("a difference in case alone beats a smaller edit, and ties go to the earlier candidate") {
  CHECK(nearest_name("HEAD", std::vector<std::string>{"HEAP", "head"}) == "head");
  CHECK(nearest_name("hexd", std::vector<std::string>{"head", "held"}) == "head");
}

TEST_CASE("one letter is not near another letter") {
  CHECK_FALSE(nearest_name("x", std::vector<std::string>{"y", "z"}).has_value());
}
