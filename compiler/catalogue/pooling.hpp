// Pools: reductions over sliding windows, in one to three dimensions by the input's axes.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The inference and lowering of a pool; its reducer is the maximum for ints too, the mean for floats only.
std::optional<Inferred> infer_maxpool(const Application& application);
std::optional<Inferred> infer_avgpool(const Application& application);
std::vector<graph::NodeId> lower_pool(Lowering& lowering, graph::Reducer reducer);
std::vector<Setting> pool_settings();
std::vector<ForeignName> pool_foreign_names();

/// The same over all axes between N and the channels.
std::optional<Inferred> infer_global_maxpool(const Application& application);
std::optional<Inferred> infer_global_avgpool(const Application& application);
std::vector<graph::NodeId> lower_global_pool(Lowering& lowering, graph::Reducer reducer);
std::vector<Setting> global_pool_settings();

/// How many axes stand between N (and further samples) and the channels: as many as a list in one of the settings has,
/// else all; nullopt after reporting K310 when that is not one, two or three.
std::optional<std::size_t> spatial_axis_count(const Application& application,
                                              std::span<const std::string_view> settings);

}  // namespace kdlc::catalogue
