// Writes a file whole or not at all: beside its place, then renamed over it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace kdlc {

/// Writes the parts one behind the other into a new file in the folder of `path`, then renames it to `path`. Returns
/// the system's words when that fails, and leaves nothing behind. A path that names no regular file (`/dev/stdout`, a
/// pipe) is written in place.
std::optional<std::string> replace_file(const std::string& path, std::span<const std::span<const std::byte>> parts,
                                        bool executable);

}  // namespace kdlc
