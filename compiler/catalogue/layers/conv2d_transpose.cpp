// conv2d_transpose: the convolution that makes height and width larger.
#include "catalogue/convolution_transpose.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_transpose_layer(2);
  layer.name = "conv2d_transpose";
  layer.summary =
      "every cell spreads over a window of the result, height and width growing by the stride: activation(Σ x · kernel "
      "+ bias)";
  layer.known_elsewhere_as = {"Conv2DTranspose", "Convolution2DTranspose", "ConvTranspose2d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv2d_transpose = declare();

}  // namespace kdlc::catalogue
