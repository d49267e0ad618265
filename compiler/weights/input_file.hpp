// A file read by ranges, never trusted: every read is checked against its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kdlc::weights {

class InputFile {
public:
  /// nullopt with `error` in the system's words when there is no such regular file.
  static std::optional<InputFile> open(const std::string& path, std::string& error);
  /// Bytes in memory, read as a file is.
  static InputFile of_bytes(std::vector<std::byte> bytes);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  /// False when the range is not wholly inside the file, or cannot be read.
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> destination) const;

private:
  InputFile(int descriptor, std::uint64_t size_bytes) : descriptor_(descriptor), size_bytes_(size_bytes) {}
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
  std::vector<std::byte> bytes_;  // when there is no descriptor
};

}  // namespace kdlc::weights
