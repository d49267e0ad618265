// Where the C library of a target stands on this machine: start files, libc, libgcc.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kdlc::link {

/// What a static-PIE needs besides objects, in the order of the command line.
struct LinkInputs {
  std::vector<std::string> before;  // rcrt1.o, crti.o, crtbeginS.o
  std::vector<std::string> after;   // the libraries as one group, crtendS.o, crtn.o
};

/// `x86_64` or `aarch64` of a triple; `arm64` and `amd64` are the same machines.
std::string architecture_of(const std::string& triple);
/// The triple under which Debian and GCC file an architecture: `x86_64-linux-gnu`.
std::string gnu_triple(const std::string& architecture);
/// True when it is the architecture that kdlc itself runs on.
bool is_own_architecture(const std::string& architecture);

/// The files of the target; nullopt with the first missing name in `missing`.
std::optional<LinkInputs> find_link_inputs(const std::string& architecture, std::string& missing);

/// The Debian packages that bring them.
std::string c_library_packages(const std::string& architecture);

}  // namespace kdlc::link
