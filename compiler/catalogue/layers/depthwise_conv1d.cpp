// depthwise_conv1d: convolution over steps, each channel by itself.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = depthwise_layer(1);
  layer.name = "depthwise_conv1d";
  layer.summary = "slides `multiplier` windows over steps of each channel by itself: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"DepthwiseConv1D"};
  return layer;
}

}  // namespace

extern const Layer layer_depthwise_conv1d = declare();

}  // namespace kdlc::catalogue
