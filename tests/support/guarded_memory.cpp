// Guard pages and canaries around test buffers.
#include "support/guarded_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "catch.hpp"

namespace kdlc::testing {
namespace {

constexpr std::byte kCanary{0xa5};

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}
std::size_t round_up(std::size_t size, std::size_t unit) {
  return (size + unit - 1) / unit * unit;
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t size, std::size_t align, Guard guard) : size_(size) {
  const std::size_t page = page_bytes();
  const std::size_t inner = round_up(std::max<std::size_t>(size, 1), page);
  mapping_bytes_ = inner + 2 * page;
  void* mapping = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(mapping != MAP_FAILED);
  mapping_ = static_cast<std::byte*>(mapping);
  REQUIRE(mprotect(mapping_, page, PROT_NONE) == 0);
  REQUIRE(mprotect(mapping_ + page + inner, page, PROT_NONE) == 0);
  std::fill_n(mapping_ + page, inner, kCanary);
  data_ = mapping_ + page + (guard == Guard::behind ? inner - round_up(size, align) : 0);
}

GuardedMemory::GuardedMemory(GuardedMemory&& other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_bytes_(other.mapping_bytes_),
      data_(other.data_),
      size_(other.size_) {}

GuardedMemory::~GuardedMemory() {
  if (mapping_ != nullptr) {
    munmap(mapping_, mapping_bytes_);
  }
}

bool GuardedMemory::canaries_alive() const {
  const std::byte* begin = mapping_ + page_bytes();
  const std::byte* end = mapping_ + mapping_bytes_ - page_bytes();
  const auto is_canary = [](std::byte value) { return value == kCanary; };
  const std::byte* data = data_;
  return std::all_of(begin, data, is_canary) && std::all_of(data + size_, end, is_canary);
}

void GuardedMemory::make_read_only() const {
  REQUIRE(mprotect(mapping_ + page_bytes(), mapping_bytes_ - 2 * page_bytes(), PROT_READ) == 0);
}

}  // namespace kdlc::testing
