// Whole numbers that name places of a tensor: checks of ids, and the numbers 0, 1, 2, … along an axis.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// True when the input holds whole numbers; else reports K320. `purpose` follows the layer in the message: "looks up
/// rows by number".
bool require_whole_numbers(const Application& application, std::size_t input, std::string_view purpose);

/// The numbers of a setting of kind list; none when it holds something else, such as a list.
std::vector<double> numbers_of(const Application& application, std::string_view setting);

/// The most that the size can be, from the bounds of the declared dims; it has one.
std::int64_t largest_size(const graph::Graph& graph, const Dim& size);

/// The constant 0, 1, …, size - 1, cut to its length where the size is known only at run time. The size has an upper
/// bound.
graph::NodeId counting_numbers(graph::Builder& builder, const Dim& size, DType dtype);

/// The constant numbers, an axis among others: [1, …, 1, size, 1, …, 1] with `behind` ones behind it.
graph::NodeId counting_along(graph::Builder& builder, const Dim& size, std::size_t behind, DType dtype);

}  // namespace kdlc::catalogue
