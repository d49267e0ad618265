// Runs the prepare part of a plan's graph and lays its tensors out.
#include "plan/pack.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace kdlc::plan {
namespace {

class Fnv {
public:
  void add(std::string_view text) {
    for (const char byte : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
    hash_ *= 0x100000001b3ULL;  // a separator: "ab", "c" differs from "a", "bc"
  }
  void add(std::int64_t number) { add(std::to_string(number)); }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::uint64_t hash_of(const Plan& plan) {
  Fnv hash;
  hash.add(plan.graph.name);
  for (const graph::ParameterInfo& parameter : plan.graph.parameters) {
    hash.add(parameter.path);
    hash.add(parameter.type.to_text());
  }
  for (const PreparedTensor& tensor : plan.prepared) {
    hash.add(tensor.offset_bytes);
    hash.add(tensor.size_bytes);
    hash.add(plan.graph.nodes[tensor.node].type.to_text());
  }
  return hash.value();
}

std::vector<std::byte> pack_weights(const Plan& plan, const std::vector<TensorData>& parameters) {
  std::vector<graph::NodeId> wanted;
  wanted.reserve(plan.prepared.size());
  for (const PreparedTensor& tensor : plan.prepared) {
    wanted.push_back(tensor.node);
  }
  const std::vector<TensorData> values =
      graph::evaluate(plan.graph, {.sizes = {}, .inputs = {}, .parameters = parameters}, wanted);
  std::vector<std::byte> bytes(static_cast<std::size_t>(plan.packed_bytes));
  for (std::size_t index = 0; index < values.size(); ++index) {
    KDLC_ASSERT(static_cast<std::int64_t>(values[index].bytes.size()) == plan.prepared[index].size_bytes,
                "a prepared tensor has the size of its type");
    std::copy(values[index].bytes.begin(), values[index].bytes.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(plan.prepared[index].offset_bytes));
  }
  return bytes;
}

}  // namespace kdlc::plan
