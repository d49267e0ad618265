// Joins lambdas into one visitor of a std::variant.
#pragma once

namespace kdlc {

/// `std::visit(Overloaded{[](const A&) {…}, [](const auto&) {…}}, variant)`
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace kdlc
