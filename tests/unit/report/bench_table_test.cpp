// Limits of steps and the text of a measurement, against arithmetic done by hand.
#include "report/bench_table.hpp"

#include <cmath>

#include "catch.hpp"

using namespace kdlc;
using namespace kdlc::report;

namespace {

/// 100 GFLOP/s; 100 GB/s up to 1000 bytes, 10 GB/s from 10000.
MachineLimits small_machine() {
  return {.flops = 100e9, .levels = {{1000, 100e9}, {10000, 10e9}}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a rate lies between those of the measured sizes around it") {
  CHECK(small_machine().rate_of(10) == 100e9);
  CHECK(small_machine().rate_of(1000) == 100e9);
  // Half of the way from 1000 to 10000 on a logarithmic scale.
  CHECK(small_machine().rate_of(1000 * std::sqrt(10.0)) == Approx(55e9));
  CHECK(small_machine().rate_of(10000) == Approx(10e9));
  CHECK(small_machine().rate_of(1e9) == 10e9);
}

TEST_CASE("the limit is arithmetic, or weights from where all fit and tensors from where the step's fit") {
  const StepFacts dense = {
      .name = "fc", .kernel = "contraction", .operations = 2000, .weight_bytes = 4000, .moved_bytes = 500};
  const StepLimit limit = limit_of(dense, 50000, small_machine());
  CHECK(limit.arithmetic_seconds == 2000 / 100e9);
  CHECK(limit.weight_seconds == 4000 / 10e9);
  CHECK(limit.moved_seconds == 500 / 100e9);
  CHECK(limit.seconds == limit.weight_seconds + limit.moved_seconds);
  const StepFacts wide = {
      .name = "fc", .kernel = "contraction", .operations = 2e6, .weight_bytes = 4000, .moved_bytes = 500};
  CHECK(limit_of(wide, 50000, small_machine()).seconds == 2e6 / 100e9);
}

TEST_CASE("a measurement says time, rate and share of the limit, and of each step what bounds it") {
  BenchFacts facts;
  facts.name = "Net";
  facts.whole = {.median = 1e-6, .fastest = 0.9e-6};
  facts.packed_bytes = 50000;
  facts.limits = small_machine();
  facts.steps = {{.name = "fc",
                  .kernel = "contraction",
                  .shape = "1 × 10, depth 100",
                  .operations = 2000,
                  .weight_bytes = 4000,
                  .moved_bytes = 500,
                  .seconds = 0.81e-6},
                 {.name = "pad", .kernel = "copy", .shape = "9", .moved_bytes = 8, .seconds = 0.1e-6},
                 {.name = "pad", .kernel = "copy", .shape = "3", .moved_bytes = 8, .seconds = 0.1e-6}};
  const std::string brief = bench_text(facts, 100);
  CHECK(brief.starts_with("Net, 1 sample: 1.00 µs a call (fastest 900.0 ns), 2.0 GFLOP/s, 41 % of the limit\n"));
  CHECK(!contains(brief, "bound by"));
  CHECK(!contains(brief, "threads"));
  facts.threaded = {.threads = 2, .meetings = 3, .whole = {.median = 0.8e-6, .fastest = 0.7e-6}};
  CHECK(contains(bench_text(facts, 100),
                 "\n2 threads: 800.0 ns a call (fastest 700.0 ns), 1.25 × as fast as one; they meet 3 times\n"));
  facts.has_layers = true;
  const std::string whole = bench_text(facts, 200);
  // 405 ns of 810 ns.
  CHECK(contains(whole, "50 %  weights, 10 GB/s"));
  CHECK(contains(whole, "2 parts"));
  CHECK(contains(whole, "(tensors, 100 GB/s)"));
  CHECK(contains(whole, "the steps one by one take 1.01 µs, the whole call 1.00 µs"));
}
