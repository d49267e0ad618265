// Memory between two inaccessible pages: a read or write beyond it ends the test program.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kdlc::testing {

/// Which guard the buffer touches. The gap that alignment leaves on the other side is filled with canaries.
enum class Guard : std::uint8_t { behind, before };

class GuardedMemory {
public:
  GuardedMemory(std::size_t size, std::size_t align, Guard guard);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  GuardedMemory(GuardedMemory&& other) noexcept;
  GuardedMemory& operator=(GuardedMemory&&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether nothing was written around the buffer, as far as the pages reach.
  [[nodiscard]] bool canaries_alive() const;
  /// From now on a write is an access violation.
  void make_read_only() const;

private:
  std::byte* mapping_ = nullptr;
  std::size_t mapping_bytes_ = 0;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace kdlc::testing
