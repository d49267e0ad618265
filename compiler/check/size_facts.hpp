// What is known of sizes that are chosen at run time: their bounds, and what `require` promises.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "types/dim.hpp"

namespace kdlc::check {

struct Elaboration;

struct SizeFacts {
  std::map<std::string, std::int64_t> bounds;     // largest value
  std::map<std::string, std::int64_t> multiples;  // smallest value, where it is not 1
  std::vector<Dim> never_negative;                // promised by `require`
};

/// The facts of the model at hand.
SizeFacts size_facts(const Elaboration& elaboration);
/// True when `dim` is 0 or more for every size that the facts admit.
bool is_never_negative(const SizeFacts& facts, const Dim& dim);

}  // namespace kdlc::check
