// Settings that a layer does not have, tensors that it has no place for, too few tensors, and tensors in each other's
// place.
#pragma once

#include "check/elaboration.hpp"

namespace kdlc::check {

/// K309 with the name that is ours, or the nearest.
void report_unknown_setting(Body& body, const catalogue::Layer& layer, const syntax::Argument& argument);

/// Reports the head `items[index]`, a tensor, that stands where the layer takes the setting `setting`: too many results
/// (K302), or a list of tensors for a layer of one (K307).
void report_surplus_tensor(Body& body, const catalogue::Layer& layer, const ApplicationSite& site,
                           const std::vector<Item>& items, std::size_t index, const catalogue::Setting& setting);

/// "`attention` needs 3 tensors: `(x, x, x) -> …`", where the first head alone was given.
void offer_repeated_head(const catalogue::Layer& layer, const Operand& head, Message& message);

/// Of a tensor with another element type and other axes only the axes are told: what converts it would not help.
void tell_axes_alone(Report& report, std::size_t said, const catalogue::Application& application);

/// K301 where two tensors have each other's names: `(q, v, k) -> attention`. What is given by name is meant.
void warn_of_swapped_roles(const catalogue::Application& application, const Arguments& arguments, Report& report);

}  // namespace kdlc::check
