// conv3d_transpose: the convolution that makes depth, height and width larger.
#include "catalogue/convolution_transpose.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_transpose_layer(3);
  layer.name = "conv3d_transpose";
  layer.summary =
      "every cell spreads over a window of the result, depth, height and width growing by the stride: activation(Σ x · "
      "kernel + bias)";
  layer.known_elsewhere_as = {"Conv3DTranspose", "Convolution3DTranspose", "ConvTranspose3d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv3d_transpose = declare();

}  // namespace kdlc::catalogue
