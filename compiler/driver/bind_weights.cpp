// Finds the weights that a compile embeds: the model's clause, or --weights.
#include "driver/bind_weights.hpp"

#include <charconv>
#include <utility>

#include "diagnostics/kinds.hpp"
#include "driver/files.hpp"
#include "weights/weights.hpp"

namespace kdlc::driver {

namespace {

constexpr std::string_view kRandom = "random:";

/// What the clause says of names holds for a file of the command line too.
weights::Binding binding_of(const std::optional<check::WeightsClause>& clause, bool has_option) {
  weights::Binding binding;
  if (!clause.has_value()) {
    return binding;
  }
  binding.span = has_option ? Span{} : clause->span;
  binding.prefix = clause->prefix;
  binding.style = clause->style;
  binding.missing_init = clause->missing_init;
  binding.surplus_allow = clause->surplus_allow;
  for (const auto& rename : clause->renames) {
    binding.renames.push_back({rename.from, rename.to, rename.span});
  }
  return binding;
}

}  // namespace

std::optional<WeightsSource> choose_weights(const std::string& source_path,
                                            const std::optional<check::WeightsClause>& clause, Session& session) {
  using Kind = WeightsSource::Kind;
  const std::string& option = session.arguments.weights;
  if (option == "external") {
    return WeightsSource{Kind::external, "", 0};
  }
  if (option.starts_with(kRandom)) {
    const std::string seed_text = option.substr(kRandom.size());
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(seed_text.data(), seed_text.data() + seed_text.size(), seed);
    if (seed_text.empty() || error != std::errc() || end != seed_text.data() + seed_text.size()) {
      session.report.add(Span{}, diag::OptionValue, "--weights", option,
                         "`random:` and a whole number, such as `random:1`");
      return std::nullopt;
    }
    return WeightsSource{Kind::random, "", seed};
  }
  if (!option.empty()) {
    return WeightsSource{Kind::file, option, 0};
  }
  if (clause.has_value() && clause->random_seed.has_value()) {
    return WeightsSource{Kind::random, "", *clause->random_seed};
  }
  if (clause.has_value()) {
    return WeightsSource{Kind::file, beside(source_path, clause->path), 0};
  }
  return WeightsSource{};
}

std::optional<std::vector<TensorData>> bind_weights(const std::string& source_path, const graph::Graph& graph,
                                                    const std::optional<check::WeightsClause>& clause,
                                                    Session& session) {
  const std::optional<WeightsSource> source = choose_weights(source_path, clause, session);
  if (!source.has_value()) {
    return std::nullopt;
  }
  switch (source->kind) {
    case WeightsSource::Kind::file:
      return weights::load_weights(graph, source->path, binding_of(clause, !session.arguments.weights.empty()),
                                   session.report);
    case WeightsSource::Kind::random:
      return weights::random_weights(graph, source->seed);
    case WeightsSource::Kind::external:
    case WeightsSource::Kind::none:
      break;
  }
  if (graph.parameters.empty()) {
    return std::vector<TensorData>();
  }
  session.report.add(Span{}, diag::NoWeights, graph.name)
      .help("`--weights FILE` names a file, `--weights random:1` fills them with random numbers")
      .help("`kdlc build --weights external` leaves them to the program that calls the model");
  return std::nullopt;
}

std::optional<std::vector<TensorData>> bind_clause(const std::string& source_path, const graph::Graph& graph,
                                                   const check::WeightsClause& clause, Session& session) {
  if (clause.random_seed.has_value()) {
    return weights::random_weights(graph, *clause.random_seed);
  }
  return weights::load_weights(graph, beside(source_path, clause.path), binding_of(clause, false), session.report);
}

std::optional<std::vector<std::byte>> pack_bound_weights(const std::string& source_path, const Compiled& compiled,
                                                         Session& session) {
  const auto tensors = bind_weights(source_path, compiled.plan.graph, compiled.weights_clause, session);
  if (!tensors.has_value() || session.has_failed()) {
    return std::nullopt;
  }
  return plan::pack_weights(compiled.plan, *tensors);
}

}  // namespace kdlc::driver
