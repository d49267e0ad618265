// Losses and metrics of a model over a data set.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "driver/run_model.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

/// The value of one line, and how it came about.
struct EvaluatedLine {
  std::string name;
  bool is_loss = false;
  bool is_mean_of_batches = false;  // a formula of the user's own: computed on each batch, averaged by samples
  std::vector<double> values;       // several where the metric has one for each class
};
struct Evaluated {
  std::int64_t samples = 0;
  std::int64_t batches = 0;
  double total_loss = 0;
  std::vector<EvaluatedLine> lines;
};

/// nullopt after reporting data that is missing or does not fit. `path` is the source, for its weights.
std::optional<Evaluated> evaluate_model(check::CheckedModel model, const std::string& path,
                                        const std::map<std::string, GivenTensor>& data, std::int64_t batch,
                                        Session& session);

}  // namespace kdlc::driver
