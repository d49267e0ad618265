// Random changes of images in training: what the layers that make them share.
#pragma once

#include "catalogue/declare.hpp"

namespace kdlc::catalogue {

/// Images [N, height, width, channels], which the forward pass leaves as they are.
std::optional<Inferred> infer_augmentation(const Application& application);
/// `factor`: how far a change goes at most, as a part; nullopt: it must be given.
Setting factor_setting(std::string_view name, std::optional<double> default_value, std::string_view doc);

}  // namespace kdlc::catalogue
