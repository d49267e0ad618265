// conv1d_transpose: the convolution that makes steps larger.
#include "catalogue/convolution_transpose.hpp"

namespace kdlc::catalogue {
namespace {

Layer declare() {
  Layer layer = convolution_transpose_layer(1);
  layer.name = "conv1d_transpose";
  layer.summary =
      "every cell spreads over a window of the result, steps growing by the stride: activation(Σ x · kernel + bias)";
  layer.known_elsewhere_as = {"Conv1DTranspose", "Convolution1DTranspose", "ConvTranspose1d"};
  return layer;
}

}  // namespace

extern const Layer layer_conv1d_transpose = declare();

}  // namespace kdlc::catalogue
