// A file read by ranges. Reading, not mapping: a file cut short by another process gives an error, not a signal.
#include "weights/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kdlc::weights {

std::optional<InputFile> InputFile::open(const std::string& path, std::string& error) {
  // O_NONBLOCK: a pipe without a writer must not stop us; it is refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    error = std::strerror(errno);
    return std::nullopt;
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    error = S_ISDIR(status.st_mode) ? "it is a folder" : "it is no regular file";
    ::close(descriptor);
    return std::nullopt;
  }
  return InputFile(descriptor, static_cast<std::uint64_t>(status.st_size));
}

InputFile InputFile::of_bytes(std::vector<std::byte> bytes) {
  InputFile file(-1, bytes.size());
  file.bytes_ = std::move(bytes);
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_),
      bytes_(std::move(other.bytes_)) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool InputFile::read(std::uint64_t offset, std::span<std::byte> destination) const {
  if (offset > size_bytes_ || destination.size() > size_bytes_ - offset) {
    return false;
  }
  if (descriptor_ < 0) {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), destination.size(), destination.begin());
    return true;
  }
  constexpr std::size_t kLargestRead = std::size_t{1} << 30;
  while (!destination.empty()) {
    const std::size_t wanted = std::min(destination.size(), kLargestRead);
    const ssize_t got = ::pread(descriptor_, destination.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    destination = destination.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace kdlc::weights
