// What f1_score and fbeta_score share.
#pragma once

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

std::vector<Setting> with_f_score_settings(std::vector<Setting> settings);
/// Per class: true positives, all that the model calls a yes, all that is one.
std::vector<graph::NodeId> contribute_f_score(Lowering& lowering);
std::vector<double> finish_f_score(const Application& application, const ScoreState& state, double beta);

}  // namespace kdlc::catalogue
