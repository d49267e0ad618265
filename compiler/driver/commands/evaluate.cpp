// kdlc evaluate: the losses and metrics of `train` over a data set.
#include <fmt/format.h>

#include <charconv>

#include "diagnostics/kinds.hpp"
#include "driver/commands/commands.hpp"
#include "driver/data_archives.hpp"
#include "driver/data_options.hpp"
#include "driver/evaluate_model.hpp"

namespace kdlc::driver {

namespace {

constexpr std::int64_t kDefaultBatch = 32;

std::optional<std::int64_t> batch_of(Session& session) {
  const std::string& text = session.arguments.batch;
  if (text.empty()) {
    return kDefaultBatch;
  }
  std::int64_t batch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), batch);
  if (error != std::errc() || end != text.data() + text.size() || batch < 1) {
    session.report.add(Span{}, diag::OptionValue, "--batch", text, "a count of samples, 1 or more");
    return std::nullopt;
  }
  return batch;
}

std::string values_text(const std::vector<double>& values) {
  if (values.size() == 1) {
    return fmt::format("{:.7g}", values.front());
  }
  std::string text;
  for (const double value : values) {
    text += fmt::format("{}{:.7g}", text.empty() ? "" : ", ", value);
  }
  return "[" + text + "]";
}

std::string text_of(const Evaluated& evaluated, std::int64_t batch) {
  std::size_t loss_count = 0;
  std::size_t width = std::string_view("total loss").size();
  for (const EvaluatedLine& line : evaluated.lines) {
    loss_count += line.is_loss ? 1 : 0;
    width = std::max(width, line.name.size());
  }
  std::string text =
      fmt::format("{} sample{} in {} batch{} of {}\n", evaluated.samples, evaluated.samples == 1 ? "" : "s",
                  evaluated.batches, evaluated.batches == 1 ? "" : "es", batch);
  std::size_t shown = 0;
  for (const EvaluatedLine& line : evaluated.lines) {
    text += fmt::format("{:<{}}  {}{}\n", line.name, width, values_text(line.values),
                        line.is_mean_of_batches ? fmt::format("  (mean of batches of {})", batch) : "");
    shown += line.is_loss ? 1 : 0;
    if (line.is_loss && shown == loss_count && loss_count > 1) {
      text += fmt::format("{:<{}}  {:.7g}\n", "total loss", width, evaluated.total_loss);
    }
  }
  return text;
}

void evaluate(Session& session) {
  const std::string& path = session.arguments.files.front();
  const std::optional<std::int64_t> batch = batch_of(session);
  std::optional<check::CheckedModel> model = check_file(path, check::CodeNeeded::model_and_scores, session);
  if (!model || !batch) {
    return;
  }
  if (!model->training) {
    session.report.add(Span{}, diag::NoTraining, model->graph.name)
        .help("say what the outputs mean: `train { target … loss … metric … }`");
    return;
  }
  std::vector<std::string> inputs;
  std::vector<std::string> targets;
  for (const graph::InputInfo& input : model->graph.inputs) {
    inputs.push_back(input.name);
  }
  for (const check::Training::Target& target : model->training->targets) {
    targets.push_back(target.name);
  }
  std::vector<std::string> input_words = session.arguments.inputs;
  std::vector<std::string> target_words = session.arguments.targets;
  const std::vector<std::string> input_archives = take_archives(input_words);
  const std::vector<std::string> target_archives = take_archives(target_words);
  const auto input_files = split_names("input", input_words, inputs, session.report);
  const auto target_files = split_names("target", target_words, targets, session.report);
  if (!input_files || !target_files) {
    return;
  }
  session.enter("reading the data for");
  auto data = read_data(*input_files, session.report);
  auto labels = read_data(*target_files, session.report);
  if (!data || !labels) {
    return;
  }
  data->merge(*labels);
  std::vector<std::string> names = inputs;
  names.insert(names.end(), targets.begin(), targets.end());
  if (!read_archives(input_archives, names, *data, session.report) ||
      !read_archives(target_archives, names, *data, session.report)) {
    return;
  }
  const auto evaluated = evaluate_model(std::move(*model), path, *data, *batch, session);
  if (evaluated) {
    session.console.print(text_of(*evaluated, *batch));
  }
}

}  // namespace

ExitCode run_evaluate(Session& session) {
  evaluate(session);
  return session.finish();
}

}  // namespace kdlc::driver
