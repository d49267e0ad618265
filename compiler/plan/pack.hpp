// The packed weights of a plan: their identity and their bytes.
#pragma once

#include <cstdint>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// FNV-1a over the names, types and expressions of all that is prepared: an object and a packed file with one hash fit.
std::uint64_t hash_of(const Plan& plan);

}  // namespace kdlc::plan
