// depthwise_conv2d: convolution over height and width, each channel by itself.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = depthwise_layer(2);
  layer.name = "depthwise_conv2d";
  layer.summary =
      "slides `multiplier` windows over height and width of each channel by itself: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"DepthwiseConv2D"};
  return layer;
}

}  // namespace

extern const Layer layer_depthwise_conv2d = declare();

}  // namespace kdlc::catalogue
