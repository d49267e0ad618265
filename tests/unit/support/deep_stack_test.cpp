// Recursion on a stack of its own, and what is thrown there.
#include "support/deep_stack.hpp"

#include <stdexcept>

#include "catch.hpp"

namespace kdlc {
namespace {

/// Keeps 1 KiB of stack for each level, and gives the number of levels.
int descend(int levels) {
  volatile char kept[1024];
  kept[0] = static_cast<char>(levels);
  return levels == 0 ? 0 : descend(levels - 1) + 1 + 0 * kept[0];
}

TEST_CASE("recursion of 32 MiB fits the deep stack") {
  int reached = 0;
  on_deep_stack([&] { reached = descend(32 << 10); });
  CHECK(reached == 32 << 10);
}

TEST_CASE("what is thrown on the deep stack arrives at the caller") {
  CHECK_THROWS_AS(on_deep_stack([] { throw std::runtime_error("thrown below"); }), std::runtime_error);
}

}  // namespace
}  // namespace kdlc
