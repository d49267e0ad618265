// Compiled chains of convolutions, computed in bands, agree with the reference on every level.
#include "catch.hpp"
#include "support/random_bands.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"

namespace kdlc::testing {
namespace {

constexpr std::uint64_t kSeeds = 20;

TEST_CASE("compiled chains of convolutions in bands agree with the reference") {
  for (const std::string& cpu : runnable_cpus()) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const graph::Graph graph = make_random_chain(seed);
      INFO("seed " << seed);
      compare_with_reference(
          graph, cpu,
          {.chunk = 1, .n = {1, 3}, .tolerance = 1e-5, .seed = seed, .l2_bytes = std::int64_t{8} << (10 + seed % 3)});
    }
  }
}

}  // namespace
}  // namespace kdlc::testing
