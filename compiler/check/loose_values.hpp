// Offers a value that nothing uses as the cure for a missing link.
#pragma once

#include "check/elaboration.hpp"

namespace kdlc::check {

/// "`a` is not used anywhere: did you mean `a -> dense(1)`?", when the body has such a value above the site.
void offer_loose_value(Body& body, const ApplicationSite& site, Message& message);

/// K305: `operand` stands where a layer's input needs a tensor.
struct TensorPlace {
  std::string_view layer;
  std::string_view input;
};
void report_tensor_needed(Body& body, const ApplicationSite& site, const Operand& operand, const TensorPlace& place);

}  // namespace kdlc::check
