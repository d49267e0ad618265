// global_maxpool: the largest number of each channel.
#include "catalogue/declare.hpp"
#include "catalogue/pooling.hpp"

namespace kdlc::catalogue {

extern const Layer layer_global_maxpool = {
    .name = "global_maxpool",
    .summary = "the largest number of each channel over all axes between N and the channels",
    .inputs = {{.name = "x", .doc = "[N, …, channels]"}},
    .settings = global_pool_settings(),
    .foreign_names = {{"keepdims", "keep"}},
    .known_elsewhere_as = {"GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GlobalMaxPool1D",
                           "GlobalMaxPool2D", "GlobalMaxPool3D"},
    .infer = infer_global_maxpool,
    .lower = [](Lowering& lowering) { return lower_global_pool(lowering, graph::Reducer::maximum); },
};

}  // namespace kdlc::catalogue
