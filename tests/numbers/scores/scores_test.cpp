// Losses and metrics give what Keras' objects give, however the data is cut into batches.
#include <cmath>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "check/check.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;
using nlohmann::json;

namespace {

json load_cases() {
  std::ifstream file(std::string(KDLC_TESTS_FOLDER) + "/numbers/scores/data/cases.json");
  return json::parse(file);
}

/// The output is `y + 0`: of no known activation, so that every loss takes it.
std::string text_of(const json& item) {
  const std::string line = item.at("line").get<std::string>();
  std::string text =
      fmt::format("kdl 1\nmodel M {{\n  input y: {0}\n  output p: {0} = y + 0\n  train {{\n    target t: {1}\n",
                  item.at("p").at("type").get<std::string>(), item.at("t").at("type").get<std::string>());
  if (item.contains("w")) {
    text += fmt::format("    target w: {}\n", item.at("w").at("type").get<std::string>());
  }
  // A metric alone has no loss; this one is a formula, which every pair of shapes allows.
  return text + (line.starts_with("metric") ? "    loss none = mean(p)\n" : "") + "    " + line + "\n  }\n}\n";
}

/// Samples `begin` to `end` of a tensor of the file.
TensorData part_of(const json& value, std::int64_t begin, std::int64_t end) {
  auto shape = value.at("shape").get<std::vector<std::int64_t>>();
  std::int64_t each = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) {
    each *= shape[axis];
  }
  shape.front() = end - begin;
  TensorData data = TensorData::zeros(*dtype_from_name(value.at("dtype").get<std::string>()), shape);
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    data.set(index, value.at("values").at(static_cast<std::size_t>(begin * each + index)).get<double>());
  }
  return data;
}

/// What the terms of the last line give over the data in batches.
std::vector<double> evaluate_line(const check::Training& training, const json& item, std::int64_t batch) {
  const check::Training::Result& line = training.metrics.empty() ? training.losses.back() : training.metrics.back();
  const auto samples = item.at("p").at("shape").at(0).get<std::int64_t>();
  std::vector<double> result;
  for (const check::Training::Term& term : line.terms) {
    catalogue::ScoreState state(term.contributions.size());
    for (std::int64_t begin = 0; begin < samples; begin += batch) {
      const std::int64_t end = std::min(begin + batch, samples);
      graph::Evaluation evaluation;
      evaluation.sizes["N"] = end - begin;
      for (const graph::InputInfo& input : training.graph.inputs) {
        evaluation.inputs.push_back(part_of(item.at(input.name == "y" ? "p" : input.name), begin, end));
      }
      const auto sums = graph::evaluate(training.graph, evaluation, term.contributions);
      for (std::size_t place = 0; place < sums.size(); ++place) {
        const auto each = static_cast<std::size_t>(sums[place].element_count() / (end - begin));
        state[place].resize(each, 0);
        for (std::int64_t index = 0; index < sums[place].element_count(); ++index) {
          state[place][static_cast<std::size_t>(index) % each] += sums[place].at(index);
        }
      }
    }
    const std::vector<double> values = term.loss != nullptr ? catalogue::finish(*term.loss, term.application, state)
                                                            : catalogue::finish(*term.metric, term.application, state);
    result.resize(values.size(), 0);
    for (std::size_t index = 0; index < values.size(); ++index) {
      result[index] += term.factor * values[index];
    }
  }
  return result;
}

std::string what_is_wrong(const json& item, std::int64_t batch) {
  SourceSet sources;
  const SourceId source = sources.add("case.kdl", text_of(item));
  Report report;
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const auto model = check::check(tree, sources, {}, report);
  if (!model || !model->training) {
    return report.messages().empty() ? "no training" : render_text(report.messages().front(), sources, {});
  }
  const std::vector<double> got = evaluate_line(*model->training, item, batch);
  const auto wanted = item.at("value").get<std::vector<double>>();
  if (got.size() != wanted.size()) {
    return fmt::format("{} values, {} expected", got.size(), wanted.size());
  }
  for (std::size_t index = 0; index < got.size(); ++index) {
    // Keras computes in float32: 1e-5 of the value, or of 1 where it is small.
    if (!(std::abs(got[index] - wanted[index]) <= 1e-5 * std::max(1.0, std::abs(wanted[index])))) {
      return fmt::format("{:.9g}, {:.9g} expected", got[index], wanted[index]);
    }
  }
  return "";
}

}  // namespace

TEST_CASE("losses and metrics equal Keras in batches of any size") {
  for (const json& item : load_cases()) {
    for (const std::int64_t batch : {1, 4, 100}) {
      INFO(item.at("line").get<std::string>() << " on " << item.at("p").at("type").get<std::string>());
      CHECK(what_is_wrong(item, batch) == "");
    }
  }
}

TEST_CASE("every loss and metric that has code has a case") {
  std::set<std::string> names;
  for (const json& item : load_cases()) {
    const std::string line = item.at("line").get<std::string>();
    const std::size_t space = line.find(' ');
    names.insert(line.substr(0, space) + " " + line.substr(space + 1, line.find('(') - space - 1));
  }
  const auto has_case = [&](const std::string& kind, const catalogue::Score& score) {
    bool has = names.contains(kind + " " + std::string(score.name));
    for (const std::string_view name : score.also) {
      has = has || names.contains(kind + " " + std::string(name));
    }
    return has;
  };
  for (const catalogue::Loss* loss : catalogue::losses()) {
    INFO(loss->score.name);
    CHECK((!catalogue::is_compiled(*loss) || has_case("loss", loss->score)));
  }
  for (const catalogue::Metric* metric : catalogue::metrics()) {
    INFO(metric->score.name);
    CHECK((metric->score.name == "huber" || has_case("metric", metric->score)));
  }
}
