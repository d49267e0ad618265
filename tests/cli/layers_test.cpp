// kdlc layers.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

TEST_CASE("layers lists layers and activations with a sentence each") {
  const Outcome outcome = call_kdlc({"layers"});
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "\n  conv2d "));
  CHECK(contains(outcome.out, "activations:\n"));
  CHECK(contains(outcome.out, "\n  relu "));
}

TEST_CASE("a layer shows its inputs and its settings with kind, range and default") {
  const Outcome outcome = call_kdlc({"layers", "dense"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("dense: "));
  CHECK(contains(outcome.out, "inputs:\n"));
  CHECK(contains(outcome.out, "int, >= 1, must be given"));
  CHECK(contains(outcome.out, "bool, default true"));
}

TEST_CASE("losses, metrics, optimizers and schedules are listed too, with their settings") {
  const std::string all = call_kdlc({"layers"}).out;
  for (const char* section : {"\nlosses:\n", "\nmetrics:\n", "\noptimizers:\n", "\nschedules:\n"}) {
    CHECK(contains(all, section));
  }
  CHECK(contains(all, "\n  cosine_decay_restarts "));
  const std::string adam = call_kdlc({"layers", "adam"}).out;
  CHECK(contains(adam, "(optimizers)"));
  CHECK(contains(adam, "beta_1"));
  const std::string huber = call_kdlc({"layers", "huber"}).out;
  CHECK(contains(huber, "(losses)"));
  CHECK(contains(huber, "(metrics)"));
  CHECK(contains(call_kdlc({"layers", "mse"}).out, "mean_squared_error: "));
  CHECK(contains(call_kdlc({"layers", "AdamW"}).err, "did you mean `adamw`?"));
}

TEST_CASE("a name from elsewhere or misspelt leads to ours") {
  CHECK(contains(call_kdlc({"layers", "Linear"}).err, "did you mean `dense`?"));
  CHECK(contains(call_kdlc({"layers", "desne"}).err, "did you mean `dense`?"));
  CHECK(call_kdlc({"layers", "desne"}).exit_code == 2);
}
