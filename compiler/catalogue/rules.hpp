// Words for optimizers and schedules.
#pragma once

#include "catalogue/declare.hpp"
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

/// `lr`: above zero, a number or a schedule.
Setting rate_setting(double default_value);
/// False after K506: several ways to clip, or an average that is used without being made.
bool check_optimizer(const Application& application);
/// False after K506: boundaries that do not rise, or values that do not fit them.
bool check_pieces(const Application& application);

}  // namespace kdlc::catalogue
