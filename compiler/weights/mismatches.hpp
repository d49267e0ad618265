// Words for files that do not fit a model: missing and surplus keys with their nearest names, shapes in another order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"
#include "weights/file_keys.hpp"
#include "weights/safetensors.hpp"

namespace kdlc::weights {

struct MissingKey {
  const graph::ParameterInfo* parameter = nullptr;
  std::string key;  // where it was looked for first
};
struct NameMismatches {
  std::vector<MissingKey> missing;
  std::vector<const FileTensor*> unused;  // of the file
};

/// K601 and K602: a message for each layer of a few, one message with a list for many. Surplus keys are silent where
/// the binding allows them, but still serve as the nearest names.
void report_name_mismatches(const NameMismatches& mismatches, const TensorFile& file, const Binding& binding,
                            Report& report);

/// Where shapes that differ are reported: once for a layer, whose weights mostly differ for one reason, and once for
/// all weights whose axes stand in another order or that have the same other size.
struct ShapeMismatches {
  Report& report;
  graph::RecordId last_record = {};
  Message* last_message = nullptr;
  std::map<std::string, Message*> by_cause = {};
};

/// K603, with a help where the same sizes stand in another order.
void report_shape_mismatch(const graph::ParameterInfo& parameter, const FileTensor& tensor, const Layout& layout,
                           const TensorFile& file, ShapeMismatches& mismatches);

}  // namespace kdlc::weights
