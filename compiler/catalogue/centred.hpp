// What correlations are made of: output and target less their means, and their variances.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

struct Centred {
  graph::NodeId output;
  graph::NodeId target;
  graph::NodeId output_mean;
  graph::NodeId target_mean;
  graph::NodeId output_variance;
  graph::NodeId target_variance;
};
/// Along the setting `axis`, which means and variances keep as 1. The target in the output's type.
Centred centre(Lowering& lowering);

}  // namespace kdlc::catalogue
