// Models that keep states, call after call, against Keras' stateful layers: the evaluator, plans and native code.
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "check/check.hpp"
#include "numbers/layers/layer_case.hpp"
#include "passes/passes.hpp"
#include "support/run_model.hpp"
#include "support/run_plan.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

namespace {

/// One call: samples for the first streams, after some streams have begun anew.
struct StreamCall {
  std::int64_t samples = 0;
  std::vector<std::size_t> reset;
  std::vector<TensorData> inputs;
  std::vector<TensorData> outputs;
};

struct StreamCase {
  std::string about;
  graph::Graph graph;
  std::int64_t streams = 1;
  std::vector<TensorData> weights;
  std::vector<StreamCall> calls;
};

graph::Graph graph_of(const std::string& text) {
  SourceSet sources;
  Report report;
  const syntax::Tree tree = syntax::parse(sources, sources.add("model.kdl", text), report);
  auto model = check::check(tree, sources, {.code_needed = check::CodeNeeded::model}, report);
  INFO(text);
  REQUIRE(report.messages().empty());
  REQUIRE(model.has_value());
  return std::move(model->graph);
}

std::vector<TensorData> tensors_of(const nlohmann::json& values) {
  std::vector<TensorData> tensors;
  for (const nlohmann::json& value : values) {
    tensors.push_back(testing::tensor_from(value));
  }
  return tensors;
}

std::vector<StreamCase> load_cases() {
  std::vector<StreamCase> cases;
  const std::filesystem::path folder = std::filesystem::path(KDLC_TESTS_FOLDER) / "numbers" / "streams" / "data";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path());
    const auto document = nlohmann::json::parse(stream);
    for (const nlohmann::json& item : document.at("cases")) {
      StreamCase& one = cases.emplace_back();
      one.about = file.path().stem().string() + ": " + item.at("about").get<std::string>();
      one.graph = graph_of(item.at("source").get<std::string>());
      one.streams = item.at("streams").get<std::int64_t>();
      one.weights = tensors_of(item.at("weights"));
      for (const nlohmann::json& call : item.at("calls")) {
        one.calls.push_back({.samples = call.at("n").get<std::int64_t>(),
                             .reset = call.value("reset", std::vector<std::size_t>()),
                             .inputs = tensors_of(call.at("inputs")),
                             .outputs = tensors_of(call.at("outputs"))});
      }
    }
  }
  REQUIRE(cases.size() == 30);
  return cases;
}

/// The value of every size known at run time in a call.
std::map<std::string, std::int64_t> sizes_of(const StreamCase& one, const StreamCall& call) {
  std::map<std::string, std::int64_t> sizes = {{"N", call.samples}};
  for (std::size_t index = 0; index < call.inputs.size(); ++index) {
    const Shape& shape = one.graph.node(one.graph.inputs[index].node).type.shape;
    for (std::size_t axis = 1; axis < shape.axis_count(); ++axis) {
      if (shape.axes[axis].is_symbol()) {
        sizes[shape.axes[axis].to_text()] = call.inputs[index].shape[axis];
      }
    }
  }
  return sizes;
}

/// Something that computes calls and remembers.
class Caller {
public:
  virtual ~Caller() = default;
  virtual void reset(std::size_t stream) = 0;
  virtual std::vector<TensorData> call(const StreamCall& call, const std::map<std::string, std::int64_t>& sizes) = 0;
};

void run(const StreamCase& one, Caller& caller) {
  for (std::size_t index = 0; index < one.calls.size(); ++index) {
    const StreamCall& call = one.calls[index];
    CAPTURE(one.about, index);
    for (const std::size_t stream : call.reset) {
      caller.reset(stream);
    }
    const std::vector<TensorData> outputs = caller.call(call, sizes_of(one, call));
    REQUIRE(outputs.size() == call.outputs.size());
    for (std::size_t output = 0; output < outputs.size(); ++output) {
      CAPTURE(output);
      CHECK(testing::differences(outputs[output], call.outputs[output], testing::Closeness::sum) ==
            std::vector<std::string>());
    }
  }
}

/// States as tensors of all streams.
class WithTensors : public Caller {
public:
  explicit WithTensors(const StreamCase& one) : one_(one) {
    for (const graph::StateInfo& state : one.graph.states) {
      const TensorType& type = one.graph.node(state.node).type;
      std::vector<std::int64_t> shape = {one.streams};
      for (const Dim& axis : type.shape.without_batch().axes) {
        shape.push_back(axis.constant());
      }
      states_.push_back(TensorData::zeros(type.dtype, shape));
    }
  }
  void reset(std::size_t stream) override {
    for (TensorData& state : states_) {
      const std::size_t bytes = state.bytes.size() / static_cast<std::size_t>(one_.streams);
      std::fill_n(state.bytes.begin() + static_cast<std::ptrdiff_t>(stream * bytes), bytes, std::byte{0});
    }
  }

protected:
  const StreamCase& one_;
  std::vector<TensorData> states_;
};

class Evaluator : public WithTensors {
public:
  Evaluator(const StreamCase& one, graph::Graph graph) : WithTensors(one), graph_(std::move(graph)) {}
  std::vector<TensorData> call(const StreamCall& call, const std::map<std::string, std::int64_t>& sizes) override {
    graph::Evaluation evaluation{.sizes = sizes, .inputs = call.inputs, .parameters = one_.weights};
    for (const TensorData& state : states_) {
      TensorData& part = evaluation.states.emplace_back(state);
      part.shape.front() = call.samples;
      part.bytes.resize(state.bytes.size() / static_cast<std::size_t>(one_.streams) *
                        static_cast<std::size_t>(call.samples));
    }
    std::vector<graph::NodeId> wanted;
    for (const graph::OutputInfo& output : graph_.outputs) {
      wanted.push_back(output.node);
    }
    for (const graph::StateInfo& state : graph_.states) {
      wanted.push_back(state.next);
    }
    std::vector<TensorData> results = graph::evaluate(graph_, evaluation, wanted);
    for (std::size_t index = 0; index < states_.size(); ++index) {
      const std::vector<std::byte>& next = results[graph_.outputs.size() + index].bytes;
      std::copy(next.begin(), next.end(), states_[index].bytes.begin());
    }
    results.resize(graph_.outputs.size());
    return results;
  }

private:
  graph::Graph graph_;
};

class PlanRunner : public WithTensors {
public:
  PlanRunner(const StreamCase& one, std::int64_t chunk)
      : WithTensors(one),
        plan_(plan::make_plan(passes::optimise(one.graph, {}), {.chunk = chunk, .streams = one.streams})) {}
  std::vector<TensorData> call(const StreamCall& call, const std::map<std::string, std::int64_t>& sizes) override {
    return testing::run_plan(plan_, call.inputs, one_.weights, call.samples, sizes, &states_);
  }

private:
  plan::Plan plan_;
};

/// Compiled code, its state flush with a guard page.
class Native : public Caller {
public:
  Native(const StreamCase& one, std::int64_t chunk, testing::Guard guard) : one_(one), guard_(guard) {
    const codegen::Target target = testing::target_of("native");
    const plan::Plan plan = plan::make_plan(passes::optimise(one.graph, {}),
                                            {.machine = target.machine, .chunk = chunk, .streams = one.streams});
    model_ = testing::compile_and_load(plan, target, plan::pack_weights(plan, one.weights));
    const kdlc_model& model = model_->model();
    REQUIRE(model.streams == static_cast<std::size_t>(one.streams));
    state_ = std::make_unique<testing::GuardedMemory>(model.state_bytes, alignof(std::uint64_t), guard);
    REQUIRE(model.reset(state_->data(), KDLC_ALL_STREAMS) == KDLC_OK);  // of memory full of canaries
  }
  void reset(std::size_t stream) override { REQUIRE(model_->model().reset(state_->data(), stream) == KDLC_OK); }
  std::vector<TensorData> call(const StreamCall& call, const std::map<std::string, std::int64_t>& sizes) override {
    std::vector<std::size_t> dims;
    for (const graph::DimInfo& dim : one_.graph.dims) {
      dims.push_back(static_cast<std::size_t>(sizes.at(dim.name)));
    }
    const auto result = testing::run_guarded(model_->model(), static_cast<std::size_t>(call.samples), call.inputs,
                                             guard_, dims, state_->data());
    REQUIRE(result.status == KDLC_OK);
    REQUIRE(state_->canaries_alive());
    std::vector<TensorData> outputs;
    for (std::size_t index = 0; index < result.outputs.size(); ++index) {
      outputs.push_back({call.outputs[index].dtype, call.outputs[index].shape, result.outputs[index]});
    }
    return outputs;
  }

private:
  const StreamCase& one_;
  testing::Guard guard_;
  std::unique_ptr<link::LoadedModel> model_;
  std::unique_ptr<testing::GuardedMemory> state_;
};

}  // namespace

TEST_CASE("evaluated call after call, states give Keras' numbers, before the passes and behind them") {
  for (const StreamCase& one : load_cases()) {
    Evaluator as_checked(one, one.graph);
    run(one, as_checked);
    Evaluator optimised(one, passes::optimise(one.graph, {}));
    run(one, optimised);
  }
}

TEST_CASE("plans keep states in chunks of any size") {
  for (const StreamCase& one : load_cases()) {
    for (const std::int64_t chunk : {std::int64_t{1}, one.streams - 1, one.streams, one.streams + 1}) {
      PlanRunner runner(one, chunk);
      run(one, runner);
    }
  }
}

TEST_CASE("compiled models keep states in chunks of any size") {
  for (const StreamCase& one : load_cases()) {
    for (const std::int64_t chunk : {std::int64_t{1}, one.streams - 1, one.streams, one.streams + 1}) {
      CAPTURE(chunk);
      Native model(one, chunk, chunk % 2 == 0 ? testing::Guard::behind : testing::Guard::before);
      run(one, model);
    }
  }
}
