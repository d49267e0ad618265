// The compiled main of executables, carried inside kdlc.
#pragma once

#include <span>
#include <string_view>

namespace kdlc::link {

/// The static library of runtime/ for an architecture (`x86_64`, `aarch64`); empty when kdlc was built without one.
std::span<const std::byte> runtime_archive(std::string_view architecture);

}  // namespace kdlc::link
