// Summaries of small models made by hand.
#include "catch.hpp"
#include "report/report.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

RecordId add_record(Graph& graph, Record record) {
  return graph.records.push_back(std::move(record));
}

/// x -> dense(3) as a -> dense(3) as b inside a block `pair`; y = b + x.
check::CheckedModel make_model() {
  check::CheckedModel model;
  Graph& graph = model.graph;
  graph.name = "Small";
  graph.doc = "A small model.";
  Builder builder(graph);
  const TensorType type{DType::f32, {{Dim::batch(), 3}}};
  const TensorType kernel_type{DType::f32, {{3, 3}}};
  const NodeId x = builder.input({.name = "x"}, type);
  const RecordId block = add_record(graph, {.path = "pair", .kind = "pair"});
  NodeId value = x;
  for (const char* name : {"a", "b"}) {
    const std::string path = std::string("pair.") + name;
    const RecordId record = add_record(graph, {.path = path, .kind = "dense", .parent = block, .details = "3"});
    builder.set_record(record);
    const NodeId kernel = builder.parameter({.path = path + ".kernel", .type = kernel_type, .record = record});
    const NodeId result = builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, value, kernel);
    graph.records[record].inputs = {value};
    graph.records[record].results = {result};
    graph.records[record].result_types = {type};
    graph.records[record].parameters = {static_cast<std::uint32_t>(graph.parameters.size() - 1)};
    value = result;
  }
  graph.records[block].inputs = {x};
  graph.records[block].results = {value};
  graph.records[block].result_types = {type};
  const RecordId sum = add_record(graph, {.path = "y.add", .kind = "+"});
  builder.set_record(sum);
  const NodeId total = builder.map2(MapOp::add, value, x);
  graph.records[sum].inputs = {value, x};
  graph.records[sum].results = {total};
  graph.records[sum].result_types = {type};
  graph.outputs.push_back({.name = "y", .node = total});
  model.settings = {{"units", "3"}};
  return model;
}

}  // namespace

TEST_CASE("a summary shows inputs, blocks with their parts, wiring, outputs and totals") {
  SourceSet sources;
  check::CheckedModel model = make_model();
  const SourceId source = sources.add("small.kdl", "kdl 1\nmodel Small {\n  _spare = x\n}\n");
  model.unreached = {{"_spare", "value", Span{source, 22, 28}}};
  CHECK("\n" + report::summarise(model, sources, {.width = 100}) == R"(
Small: A small model.
  units = 3

layer  kind    settings      result     weights  FLOPs  bytes
─────────────────────────────────────────────────────────────
x      input                 f32[N, 3]                     12
pair   pair                  f32[N, 3]
  a    dense   3             f32[N, 3]        9     18     12
  b    dense   3             f32[N, 3]        9     18     12
y.add  +       from pair, x  f32[N, 3]                     12
y      output  = y.add       f32[N, 3]

weights  18 (72 bytes), all trained
FLOPs    36 for one sample (two for each multiply-add of dense, convolution and matrix products)
results  36 bytes for one sample, before memory is shared

no output needs:
  value `_spare` at small.kdl:3:3
)");
}

TEST_CASE("weights of a shared layer are counted once") {
  check::CheckedModel model = make_model();
  model.graph.records[RecordId{2}].parameters = {0};
  const std::string text = report::summarise(model, {}, {});
  CHECK(text.find("shared") != std::string::npos);
}

TEST_CASE("frozen weights are told apart, and large numbers are grouped") {
  check::CheckedModel model = make_model();
  model.graph.parameters[0].trainable = false;
  const std::string text = report::summarise(model, {}, {});
  CHECK(text.find("weights  18 (72 bytes), 9 trained, 9 not") != std::string::npos);
}
