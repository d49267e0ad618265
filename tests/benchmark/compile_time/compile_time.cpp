// How the time of a compile grows with the number of layers: a table of CPU milliseconds for each phase.
//
//   build/release/tests/benchmark/compile_time/compile_time_benchmark [largest number of layers]
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "syntax/syntax.hpp"

namespace {

using namespace kdlc;

double milliseconds_of(const std::function<void()>& work) {
  const std::clock_t begin = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

void require(bool condition, const Report& report) {
  if (!condition) {
    for (const Message& message : report.messages()) {
      std::cerr << message.kind->code << ' ' << message.text << '\n';
    }
    std::exit(1);
  }
}

/// Compiles one source, weights left outside, and prints its row.
void measure(const std::string& name, int layers, const std::string& text, const codegen::Target& target) {
  SourceSet sources;
  Report report;
  const SourceId source = sources.add(name, text);
  syntax::Tree tree;
  std::optional<check::CheckedModel> model;
  graph::Graph graph;
  plan::Plan plan;
  std::optional<std::string> object;
  std::vector<double> times;
  times.push_back(milliseconds_of([&] { tree = syntax::parse(sources, source, report); }));
  times.push_back(milliseconds_of([&] { model = check::check(tree, sources, {}, report); }));
  require(model.has_value(), report);
  times.push_back(milliseconds_of([&] { graph = passes::optimise(std::move(model->graph), {}); }));
  times.push_back(milliseconds_of([&] { plan = plan::make_plan(std::move(graph), {.machine = target.machine}); }));
  times.push_back(milliseconds_of([&] { object = codegen::compile(plan, {.target = target, .prefix = "m"}, report); }));
  require(object.has_value(), report);
  double total = 0;
  std::string row = fmt::format("| {} | {} |", name, layers);
  for (const double time : times) {
    total += time;
    row += fmt::format(" {:.1f} |", time);
  }
  std::cout << row << fmt::format(" {:.0f} | {:.3f} | {} |\n", total, total / layers, object->size() >> 10U)
            << std::flush;
}

std::string model_of(const std::string& before, const std::string& type, const std::string& body) {
  return "kdl 1\n" + before + "model M {\n  input x: " + type + "\n" + body + "}\n";
}

std::string repeated(const std::string& before, const std::string& type, const std::string& stages, int count) {
  return model_of(before, type, fmt::format("  output y = x -> repeat {} {{ {} }}\n", count, stages));
}

/// One declaration for each layer, none shared: the longest text for a number of layers.
std::string written_out(int count) {
  std::string body;
  for (int layer = 0; layer < count; ++layer) {
    body += fmt::format("  h{} = {} -> dense(32, relu) as dense{}\n", layer,
                        layer == 0 ? "x" : "h" + std::to_string(layer - 1), layer);
  }
  return model_of("", "f32[N, 32]", body + fmt::format("  output y = h{}\n", count - 1));
}

/// Residual blocks of three convolutions with batch norm: eleven applications each.
std::string residual(int count) {
  return repeated(
      "block unit(x) {\n"
      "  y = x -> conv2d(4, 1) as conv1 -> batchnorm as bn1 -> relu\n"
      "        -> conv2d(4, 3, padding: same) as conv2 -> batchnorm as bn2 -> relu\n"
      "        -> conv2d(16, 1) as conv3 -> batchnorm as bn3\n"
      "  return relu(x + y)\n}\n",
      "f32[N, 14, 14, 16]", "unit as unit", std::max(count / 11, 1));
}

/// Every layer with sizes of its own, so that no two share a kernel.
std::string different(int count) {
  return model_of("", "f32[N, 32]",
                  fmt::format("  output y = x -> repeat i in 0..{} {{ dense(i % 97 + 1, relu) as d }}\n", count));
}

std::string resnet50() {
  std::ifstream file(std::string(KDLC_PROJECT_FOLDER) + "/tests/golden/samples/03_resnet50.kdl");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int count, char** words) {
  const int largest = count > 1 ? std::atoi(words[1]) : 5000;
  Report report;
  const auto target = codegen::find_target("", "native", report);
  require(target.has_value(), report);
  std::cout << "CPU milliseconds of each phase; weights external.\n\n"
               "| model | layers | parse | check | passes | plan | codegen | all | ms per layer | object KiB |\n"
               "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  measure("warm-up", 1, written_out(1), *target);
  for (const int layers : {10, 50, 100, 500, 1000, 5000}) {
    if (layers > largest) {
      break;
    }
    measure("dense, written out", layers, written_out(layers), *target);
    measure("dense, repeat", layers, repeated("", "f32[N, 32]", "dense(32, relu) as d", layers), *target);
    measure("dense, sizes differ", layers, different(layers), *target);
    measure("conv2d, repeat", layers,
            repeated("", "f32[N, 14, 14, 16]", "conv2d(16, 3, relu, padding: same) as c", layers), *target);
    measure("residual blocks", layers, residual(layers), *target);
  }
  measure("ResNet-50", 177, resnet50(), *target);
}
