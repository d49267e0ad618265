// conv3d: convolution over depth, height and width.
#include "catalogue/convolution.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_layer(3);
  layer.name = "conv3d";
  layer.summary = "slides `filters` windows over depth, height and width: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"Conv3D", "Convolution3D", "Conv3d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv3d = declare();

}  // namespace kdlc::catalogue
