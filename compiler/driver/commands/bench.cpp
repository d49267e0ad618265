// kdlc bench: how long a model takes on this machine, and how far that is from what the machine can do.
#include <charconv>
#include <chrono>

#include "codegen/codegen.hpp"
#include "diagnostics/kinds.hpp"
#include "driver/bench_model.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"

namespace kdlc::driver {

namespace {

/// The value of --samples; nullopt after reporting one that is no count.
std::optional<std::int64_t> samples_of(Session& session) {
  const std::string& text = session.arguments.samples;
  constexpr std::int64_t kMost = 1 << 20;
  std::int64_t samples = 1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), samples);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || samples < 1 || samples > kMost)) {
    session.report.add(Span{}, diag::OptionValue, "--samples", text, "a whole number from 1 to 1048576");
    return std::nullopt;
  }
  return samples;
}

void bench(Session& session) {
  const std::string& path = session.arguments.files.front();
  const std::optional<std::int64_t> samples = samples_of(session);
  if (!samples.has_value()) {
    return;
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::optional<Compiled> compiled = compile_file(path, {.place = WeightsPlace::external}, session);
  const double compile_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto packed = compiled.has_value() ? pack_bound_weights(path, *compiled, session) : std::nullopt;
  if (!packed.has_value()) {
    return;
  }
  session.enter("measuring");
  auto facts = bench_model(*compiled, codegen::packed_file(compiled->plan, *packed),
                           {.samples = *samples, .layers = session.arguments.with_layers}, session);
  if (facts.has_value()) {
    facts->compile_seconds = compile_seconds;
    session.console.print(report::bench_text(*facts, session.console.width()));
  }
}

}  // namespace

ExitCode run_bench(Session& session) {
  bench(session);
  return session.finish();
}

}  // namespace kdlc::driver
