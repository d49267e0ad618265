// Small typed integers that name entities stored in vectors.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/assert.hpp"

namespace kdlc {

/// An index into an IdVector of the same tag; default-constructed it names nothing.
template <class Tag>
struct TypedId {
  static constexpr std::uint32_t kNone = 0xffffffffU;
  std::uint32_t value = kNone;

  [[nodiscard]] constexpr bool has_value() const { return value != kNone; }
  constexpr auto operator<=>(const TypedId&) const = default;
};

/// A vector indexed by one kind of id only.
template <class Id, class T>
class IdVector {
public:
  Id push_back(T item) {
    items_.push_back(std::move(item));
    return Id{static_cast<std::uint32_t>(items_.size() - 1)};
  }
  [[nodiscard]] T& operator[](Id id) {
    KDLC_ASSERT(id.value < items_.size(), "an id names an entity of its own store");
    return items_[id.value];
  }
  [[nodiscard]] const T& operator[](Id id) const {
    KDLC_ASSERT(id.value < items_.size(), "an id names an entity of its own store");
    return items_[id.value];
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  void resize(std::size_t count, const T& item = T{}) { items_.resize(count, item); }
  void reserve(std::size_t count) {
    if constexpr (!std::is_same_v<T, bool>) {
      items_.reserve(count);
    }
  }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }

  /// All ids in order: `for (NodeId id : nodes.ids())`.
  [[nodiscard]] std::vector<Id> ids() const {
    std::vector<Id> result;
    result.reserve(items_.size());
    for (std::size_t index = 0; index < items_.size(); ++index) {
      result.push_back(Id{static_cast<std::uint32_t>(index)});
    }
    return result;
  }

private:
  // std::vector<bool> holds no bools to refer to.
  std::conditional_t<std::is_same_v<T, bool>, std::deque<bool>, std::vector<T>> items_;
};

}  // namespace kdlc

template <class Tag>
struct std::hash<kdlc::TypedId<Tag>> {
  std::size_t operator()(kdlc::TypedId<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.value); }
};
