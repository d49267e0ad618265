// Words for optimizers and schedules.
#pragma once

#include <optional>

#include "catalogue/declare.hpp"
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

/// `lr`: above zero, a number or a schedule.
Setting rate_setting(double default_value);
/// `beta_1` and `beta_2`: from 0 to below 1.
Setting beta_1_setting(double default_value);
Setting beta_2_setting(double default_value);
/// `eps`, which keeps quotients finite: an update may do without it, a layer not (eps_setting).
Setting rule_eps_setting(double default_value);
/// `weight_decay`; nullopt: none unless given.
Setting weight_decay_setting(std::optional<double> default_value = std::nullopt);
/// False after K506: several ways to clip, or an average that is used without being made.
bool check_optimizer(const Application& application);
/// As check_optimizer; lints a rate (K557) for optimizers whose steps have about the size `lr`, whatever the gradient.
bool check_scaled_optimizer(const Application& application);
/// As check_optimizer; warns of `nesterov` without momentum (K558).
bool check_sgd(const Application& application);
/// False after K506, a rate of 0 for ever; warns of half a warm-up (K558).
bool check_warmup(const Application& application);
/// Lints a rate that rises (K557).
bool check_falling_rate(const Application& application);
/// False after K506: boundaries that do not rise, or values that do not fit them.
bool check_pieces(const Application& application);

}  // namespace kdlc::catalogue
