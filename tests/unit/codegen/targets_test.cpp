// Targets: every row makes code, names that do not exist get one message, and what the planner is told is true.
#include "catch.hpp"
#include "codegen/codegen.hpp"

namespace kdlc::codegen {
namespace {

TEST_CASE("every row of the table is a target") {
  for (const TargetRow& row : list_targets()) {
    Report report;
    INFO(row.triple << " " << row.cpu);
    const auto target = find_target(row.triple, row.cpu, report);
    REQUIRE(target.has_value());
    CHECK(report.size() == 0);
    CHECK(target->triple == row.triple);
    CHECK(target->machine.vector_registers >= 16);
    CHECK_FALSE(row.description.empty());
  }
}

TEST_CASE("no names mean this machine, and native says what it can do") {
  Report report;
  const auto target = find_target("", "", report);
  REQUIRE(target.has_value());
  const auto native = find_target("", "native", report);
  REQUIRE(native.has_value());
  CHECK(native->features == target->features);
  CHECK(native->cpu == target->cpu);
  CHECK(report.size() == 0);
}

TEST_CASE("a processor that computes vectors in two halves has one multiply-add a cycle") {
  Report report;
  CHECK(find_target("x86_64-linux-gnu", "x86-64-v4", report)->machine.multiply_adds_a_cycle == 2);
  const auto zen4 = find_target("x86_64-linux-gnu", "znver4", report);
  CHECK(zen4->machine.vector_bytes == 64);
  CHECK(zen4->machine.multiply_adds_a_cycle == 1);
  CHECK(find_target("", "native", report)->machine.multiply_adds_a_cycle >= 1);
}

TEST_CASE("a vendor in the triple says nothing") {
  Report report;
  const auto target = find_target("x86_64-pc-linux-gnu", "x86-64-v3", report);
  REQUIRE(target.has_value());
  CHECK(target->triple == "x86_64-linux-gnu");
  CHECK(target->machine.vector_bytes == 32);
}

TEST_CASE("levels of x86-64 have the vectors of their definition") {
  Report report;
  CHECK(find_target("x86_64-linux-gnu", "x86-64", report)->machine.vector_bytes == 16);
  CHECK_FALSE(find_target("x86_64-linux-gnu", "x86-64-v2", report)->machine.has_fma);
  CHECK(find_target("x86_64-linux-gnu", "x86-64-v3", report)->machine.has_fma);
  CHECK(find_target("x86_64-linux-gnu", "x86-64-v4", report)->machine.vector_bytes == 64);
  CHECK(find_target("x86_64-linux-gnu", "x86-64-v4", report)->machine.has_masks);
  CHECK(find_target("aarch64-linux-gnu", "", report)->machine.vector_registers == 32);
}

struct Unknown {
  const char* triple;
  const char* cpu;
  const char* code;
  const char* help;
};

TEST_CASE("names that do not exist get one message with the nearest name") {
  for (const Unknown& unknown : {Unknown{"x86_64-linux-gnux", "", "K957", "did you mean `--target x86_64-linux-gnu`?"},
                                 Unknown{"aarch64-linux-gn", "", "K957", "did you mean `--target aarch64-linux-gnu`?"},
                                 Unknown{"m68k-amiga", "", "K957", ""},
                                 Unknown{"x86_64-linux-gnu", "x86-64-v5", "K958", "did you mean `--cpu x86-64-v2`?"},
                                 Unknown{"aarch64-linux-gnu", "native", "K959", "name a processor: `generic`"},
                                 Unknown{"aarch64-linux-gnu", "x86-64", "K958", ""}}) {
    Report report;
    INFO(unknown.triple << " " << unknown.cpu);
    CHECK_FALSE(find_target(unknown.triple, unknown.cpu, report).has_value());
    REQUIRE(report.size() == 1);
    const Message& message = report.messages().front();
    CHECK(message.kind->code == unknown.code);
    if (*unknown.help != 0) {
      REQUIRE(message.helps.size() == 1);
      CHECK(message.helps.front().text == unknown.help);
    }
  }
}

}  // namespace
}  // namespace kdlc::codegen
