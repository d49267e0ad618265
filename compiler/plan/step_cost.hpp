// How long a step takes, roughly: enough to tell what is worth a second thread.
#pragma once

#include "plan/step_context.hpp"

namespace kdlc::plan {

/// Nanoseconds on one core of today with every size at its bound, data in the caches.
double step_nanoseconds(const Step& step, const Machine& machine, const SizeBounds& bounds);

}  // namespace kdlc::plan
