// conv1d: convolution over steps.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_layer(1);
  layer.name = "conv1d";
  layer.summary = "slides `filters` windows over steps: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"Conv1D", "Convolution1D", "Conv1d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv1d = declare();

}  // namespace kdlc::catalogue
