// separable_conv2d: a depthwise convolution over height and width, then one of size 1 over all channels.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = separable_layer(2);
  layer.name = "separable_conv2d";
  layer.summary = "windows over height and width of each channel by itself, then a product over all channels";
  layer.known_elsewhere_as = {"SeparableConv2D", "SeparableConvolution2D"};
  return layer;
}

}  // namespace

extern const Layer layer_separable_conv2d = declare();

}  // namespace kdlc::catalogue
