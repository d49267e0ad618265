// Where the C library of a target stands on this machine: start files, libc, libgcc.
#include "link/link_inputs.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace kdlc::link {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> find_file(const std::vector<std::string>& folders, const std::string& name) {
  for (const std::string& folder : folders) {
    std::error_code error;
    if (fs::is_regular_file(folder + "/" + name, error)) {
      return folder + "/" + name;
    }
  }
  return std::nullopt;
}

/// Versioned folders of GCC, the newest first: `…/gcc/x86_64-linux-gnu/12`.
std::vector<std::string> gcc_folders(const std::string& architecture) {
  std::vector<std::pair<int, std::string>> versions;
  for (const std::string& root :
       {"/usr/lib/gcc/" + gnu_triple(architecture), "/usr/lib/gcc-cross/" + gnu_triple(architecture),
        "/usr/lib/gcc/" + architecture + "-redhat-linux", "/usr/lib/gcc/" + architecture + "-pc-linux-gnu"}) {
    std::error_code error;
    for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      int version = 0;
      std::from_chars(name.data(), name.data() + name.size(), version);
      versions.emplace_back(version, entry->path().string());
    }
  }
  std::sort(versions.rbegin(), versions.rend());
  std::vector<std::string> folders;
  for (auto& [version, folder] : versions) {
    folders.push_back(std::move(folder));
  }
  return folders;
}

std::vector<std::string> library_folders(const std::string& architecture) {
  const std::string triple = gnu_triple(architecture);
  std::vector<std::string> folders = {"/usr/lib/" + triple, "/lib/" + triple, "/usr/" + triple + "/lib"};
  if (is_own_architecture(architecture)) {
    folders.insert(folders.end(), {"/usr/lib64", "/usr/lib"});
  }
  return folders;
}

}  // namespace

std::string architecture_of(const std::string& triple) {
  const std::string first = triple.substr(0, triple.find('-'));
  return first == "arm64" ? "aarch64" : first == "amd64" ? "x86_64" : first;
}

std::string gnu_triple(const std::string& architecture) {
  return architecture + "-linux-gnu";
}

bool is_own_architecture(const std::string& architecture) {
#if defined(__x86_64__)
  return architecture == "x86_64";
#elif defined(__aarch64__)
  return architecture == "aarch64";
#else
  return false;
#endif
}

std::optional<LinkInputs> find_link_inputs(const std::string& architecture, std::string& missing) {
  const std::vector<std::string> libraries = library_folders(architecture);
  const std::vector<std::string> compilers = gcc_folders(architecture);
  LinkInputs inputs;
  const auto take = [&](std::vector<std::string>& list, const std::vector<std::string>& folders,
                        const std::string& name) {
    const std::optional<std::string> path = find_file(folders, name);
    list.push_back(path.value_or(std::string()));
    missing = !path && missing.empty() ? name : missing;
  };
  missing.clear();
  take(inputs.before, libraries, "rcrt1.o");
  take(inputs.before, libraries, "crti.o");
  take(inputs.before, compilers, "crtbeginS.o");
  inputs.after.emplace_back("--start-group");
  take(inputs.after, libraries, "libc.a");
  take(inputs.after, compilers, "libgcc.a");
  take(inputs.after, compilers, "libgcc_eh.a");
  inputs.after.emplace_back("--end-group");
  take(inputs.after, compilers, "crtendS.o");
  take(inputs.after, libraries, "crtn.o");
  return missing.empty() ? std::optional(inputs) : std::nullopt;
}

std::string c_library_packages(const std::string& architecture) {
  if (is_own_architecture(architecture)) {
    return "libc6-dev libgcc-12-dev";
  }
  const std::string debian = architecture == "aarch64" ? "arm64" : architecture == "x86_64" ? "amd64" : architecture;
  return fmt::format("libc6-dev-{0}-cross libgcc-12-dev-{0}-cross", debian);
}

}  // namespace kdlc::link
