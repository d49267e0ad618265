// kdlc run: a model compiled in memory and run on .npy files.
#include <map>

#include "codegen/codegen.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/data_archives.hpp"
#include "driver/data_options.hpp"
#include "driver/result_text.hpp"
#include "driver/run_model.hpp"
#include "driver/taps.hpp"
#include "weights/weights.hpp"

namespace kdlc::driver {

namespace {

void tell_outputs(const graph::Graph& graph, const std::vector<TensorData>& outputs, const FileOfName& files,
                  Session& session) {
  for (std::size_t index = 0; index < graph::declared_outputs(graph).size(); ++index) {
    const graph::OutputInfo& output = graph.outputs[index];
    if (const auto file = files.find(output.name); file != files.end()) {
      weights::write_npy(file->second, outputs[index], session.report);
    } else {
      session.console.print(result_text(output.name, outputs[index], graph.node(output.node).type.shape.has_batch()));
    }
  }
}

void run(Session& session) {
  const std::string& path = session.arguments.files.front();
  const std::optional<Compiled> compiled = compile_file(path, {.place = WeightsPlace::external}, session);
  if (!compiled.has_value()) {
    return;
  }
  const graph::Graph& graph = compiled->plan.graph;
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;
  for (const graph::InputInfo& input : graph.inputs) {
    input_names.push_back(input.name);
  }
  for (const graph::OutputInfo& output : graph::declared_outputs(graph)) {
    output_names.push_back(output.name);
  }
  std::vector<std::string> input_words = session.arguments.inputs;
  const std::vector<std::string> archives = take_archives(input_words);
  const auto input_files = split_names("input", input_words, input_names, session.report);
  const auto output_files = split_names("output", session.arguments.outputs, output_names, session.report);
  if (!input_files.has_value() || !output_files.has_value()) {
    return;
  }
  session.enter("reading the data for");
  auto inputs = read_data(*input_files, session.report);
  const bool is_read = inputs.has_value() && read_archives(archives, input_names, *inputs, session.report);
  const auto packed = is_read ? pack_bound_weights(path, *compiled, session) : std::nullopt;
  if (!packed.has_value()) {
    return;
  }
  const auto outputs = run_model(*compiled, codegen::packed_file(compiled->plan, *packed), *inputs, session);
  if (outputs.has_value()) {
    tell_outputs(graph, *outputs, *output_files, session);
    tell_taps(graph, *outputs, session);
  }
}

}  // namespace

ExitCode run_run(Session& session) {
  run(session);
  return session.finish();
}

}  // namespace kdlc::driver
