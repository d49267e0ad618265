// Sizes: canonical forms, and the forms against numbers.
#include "types/dim.hpp"

#include "catch.hpp"

using kdlc::ceil_divide;
using kdlc::Dim;

namespace {

const Dim T = Dim::symbol("T");
const Dim U = Dim::symbol("U");

}  // namespace

TEST_CASE("sizes that are provably equal have one form") {
  CHECK(T + 2 - T == Dim(2));
  CHECK(floor_divide(2 * T, 2) == T);
  CHECK(floor_divide(T + 2, 2) == floor_divide(T, 2) + 1);
  CHECK(floor_divide(3 * T, 2) == T + floor_divide(T, 2));
  CHECK(floor_divide(2 * T + 1, 4) == floor_divide(T, 2));
  CHECK(floor_divide(floor_divide(T, 2), 2) == floor_divide(T, 4));
  CHECK(floor_divide(floor_divide(T, 2) + 1, 2) == floor_divide(T + 2, 4));
  CHECK(floor_divide(T, -2) == floor_divide(Dim(0) - T, 2));
  CHECK(ceil_divide(T + 1, 2) == floor_divide(T, 2) + 1);
  CHECK((T + 1) * (U + 2) == T * U + 2 * T + U + 2);
  CHECK(T * U == U * T);
  CHECK(T * U * T == T * (T * U));
  CHECK(maximum(T, T + 3) == T + 3);
  CHECK(minimum(T, U) == minimum(U, T));
  CHECK(remainder(2 * T + 5, 2) == Dim(1));
  CHECK(remainder(T + 4, 4) == remainder(T, 4));
  CHECK(T != U);
  CHECK(floor_divide(T, 2) != floor_divide(T + 1, 2));
}

TEST_CASE("sizes are written as in the language") {
  CHECK(Dim(7).to_text() == "7");
  CHECK((T - 2).to_text() == "T - 2");
  CHECK((5 - T).to_text() == "5 - T");
  CHECK((Dim(0) - T - 5).to_text() == "-T - 5");
  CHECK((2 * T + U).to_text() == "2 * T + U");
  CHECK(floor_divide(T, 2).to_text() == "floor(T / 2)");
  CHECK(ceil_divide(T, 2).to_text() == "floor((T + 1) / 2)");
  CHECK((3 * remainder(T, 2)).to_text() == "3 * (T % 2)");
  CHECK((T * U).to_text() == "T * U");
  CHECK(maximum(T - 1, U).to_text() == "max(T - 1, U)");
}

TEST_CASE("the batch is a symbol like others, and known") {
  CHECK(Dim::batch().is_batch());
  CHECK_FALSE((2 * Dim::batch()).is_batch());
  CHECK((2 * Dim::batch()).mentions_batch());
  CHECK_FALSE(T.is_batch());
  CHECK((T * U + Dim::batch()).symbols() == std::vector<std::string>{"N", "T", "U"});
}

TEST_CASE("a form has the value of the arithmetic it stands for") {
  const auto floor_of = [](std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
  for (std::int64_t t = 0; t < 20; ++t) {
    for (const std::int64_t a : {-3, -1, 1, 2, 5}) {
      for (const std::int64_t c : {-7, 0, 3}) {
        for (const std::int64_t d : {1, 2, 3, 4, 6}) {
          const Dim form = floor_divide(floor_divide(a * T + c, 2) + T * T, d);
          CAPTURE(t, a, c, d, form.to_text());
          CHECK(form.evaluate({{"T", t}}) == floor_of(floor_of(a * t + c, 2) + t * t, d));
          const std::int64_t value = a * t + c;
          CHECK(remainder(a * T + c, d).evaluate({{"T", t}}) == value - d * floor_of(value, d));
          CHECK(ceil_divide(a * T + c, d).evaluate({{"T", t}}) == -floor_of(-value, d));
        }
      }
    }
  }
}

TEST_CASE("a missing symbol has no value") {
  CHECK((T + U).evaluate({{"T", 3}}) == std::nullopt);
  CHECK((T + U).upper_bound({{"T", 3}}) == std::nullopt);
}

TEST_CASE("the upper bound holds for every value of the symbols") {
  CHECK((T - 2).upper_bound({{"T", 512}}) == 510);
  CHECK((5 - T).upper_bound({{"T", 512}}) == 5);
  CHECK((5 - Dim::batch()).upper_bound({{"N", 8}}) == 4);
  CHECK(floor_divide(T + 1, 2).upper_bound({{"T", 9}}) == 5);
  CHECK(remainder(T, 4).upper_bound({{"T", 9}}) == 3);
  CHECK((T * U).upper_bound({{"T", 3}, {"U", 4}}) == 12);
  CHECK(maximum(T, U).upper_bound({{"T", 3}, {"U", 4}}) == 4);
}

TEST_CASE("what leaves 64 bits is too large, for good") {
  const Dim huge = Dim(std::int64_t{1} << 62);
  CHECK((huge * 2).is_too_large());
  CHECK((huge + huge).is_too_large());
  CHECK((huge * 2 - huge * 2).is_too_large());
  CHECK((T * huge * 4).is_too_large());
  CHECK_FALSE((huge * 2).is_constant());
  CHECK_FALSE((huge * 2).is_symbol());
  CHECK(floor_divide(huge * 2, 2).is_too_large());
  CHECK((T * huge).evaluate({{"T", 4}}) == std::nullopt);
  CHECK((T * huge).upper_bound({{"T", 4}}) == std::nullopt);
}
