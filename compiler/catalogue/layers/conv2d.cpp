// conv2d: convolution over height and width.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_layer(2);
  layer.name = "conv2d";
  layer.summary = "slides `filters` windows over height and width: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"Conv2D", "Convolution2D", "Conv2d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv2d = declare();

}  // namespace kdlc::catalogue
