// separable_conv1d: a depthwise convolution over steps, then one of size 1 over all channels.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = separable_layer(1);
  layer.name = "separable_conv1d";
  layer.summary = "windows over steps of each channel by itself, then a product over all channels";
  layer.known_elsewhere_as = {"SeparableConv1D", "SeparableConvolution1D"};
  return layer;
}

}  // namespace

extern const Layer layer_separable_conv1d = declare();

}  // namespace kdlc::catalogue
