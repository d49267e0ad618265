// Writes a file whole or not at all: beside its place, then renamed over it.
#include "support/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kdlc {
namespace {

std::string words_of(int error_number) {
  return std::strerror(error_number);
}

/// False with errno set when not every byte could be written.
bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_parts(int descriptor, std::span<const std::span<const std::byte>> parts) {
  for (const std::span<const std::byte> part : parts) {
    if (!write_all(descriptor, part)) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> write_in_place(const std::string& path, std::span<const std::span<const std::byte>> parts) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return words_of(errno);
  }
  const bool written = write_parts(descriptor, parts);
  const int error_number = errno;
  ::close(descriptor);
  return written ? std::nullopt : std::optional(words_of(error_number));
}

/// The mode of a new file: what the caller's umask leaves. Reading the umask means setting it for a moment.
mode_t new_file_mode(bool executable) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return (executable ? 0777U : 0666U) & ~mask;
}

}  // namespace

std::optional<std::string> replace_file(const std::string& path, std::span<const std::span<const std::byte>> parts,
                                        bool executable) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return words_of(EISDIR);
    }
    if (!S_ISREG(status.st_mode)) {
      return write_in_place(path, parts);
    }
  }
  std::string beside = path + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return words_of(errno);
  }
  // A full disk may show only when the file is closed.
  bool done = write_parts(descriptor, parts) && ::fchmod(descriptor, new_file_mode(executable)) == 0;
  int error_number = errno;
  if (::close(descriptor) != 0 && done) {
    done = false;
    error_number = errno;
  }
  if (done && std::rename(beside.c_str(), path.c_str()) != 0) {
    done = false;
    error_number = errno;
  }
  if (!done) {
    ::unlink(beside.c_str());
    return words_of(error_number);
  }
  return std::nullopt;
}

}  // namespace kdlc
