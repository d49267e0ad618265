// Binds the arguments of a catalogue layer to its inputs and settings.
#pragma once

#include "check/elaboration.hpp"

namespace kdlc::check {

struct BoundLayer {
  catalogue::Application application;  // without its path
  std::vector<graph::NodeId> nodes;    // per Application::inputs
  bool has_unknown_function = false;   // its name has been reported: shapes are known, values are not
};

/// nullopt after reporting every argument that does not fit, or when one is unknown.
std::optional<BoundLayer> bind_layer(Body& body, const catalogue::Layer& layer, const ApplicationSite& site,
                                     const Arguments& arguments);

}  // namespace kdlc::check
