// Links an object with the runtime's main into a static-PIE, which runs on any Linux of its architecture.
#include <stdlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "link/link.hpp"
#include "link/link_inputs.hpp"
#include "link/run_program.hpp"
#include "link/runtime_archives.hpp"
#include "support/assert.hpp"
#include "support/replace_file.hpp"

namespace kdlc::link {
namespace {

namespace fs = std::filesystem;

/// A folder beside the output, so that the last step is a rename within one file system; removed with all that is in
/// it.
class WorkFolder {
public:
  explicit WorkFolder(const std::string& output_path) : path_(output_path + ".XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      problem_ = std::strerror(errno);
      path_.clear();
    }
  }
  ~WorkFolder() {
    if (!path_.empty()) {
      std::error_code ignored;
      fs::remove_all(path_, ignored);
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

private:
  std::string path_;
  std::string problem_;
};

std::optional<std::string> find_lld() {
  const std::string folder = own_folder();
  for (const char* name :
       {"ld.lld", "ld.lld-20", "ld.lld-19", "ld.lld-18", "ld.lld-17", "ld.lld-16", "ld.lld-15", "ld.lld-14"}) {
    if (std::optional<std::string> path = find_program(name, folder)) {
      return path;
    }
  }
  return std::nullopt;
}

/// The C compiler of the target, as a linker that knows its own library.
std::optional<std::string> find_compiler(const std::string& architecture) {
  if (std::optional<std::string> path = find_program(gnu_triple(architecture) + "-gcc", "")) {
    return path;
  }
  return is_own_architecture(architecture) ? find_program("cc", "") : std::nullopt;
}

struct Files {
  std::string object;
  std::string archive;
  std::string output;
};

std::vector<std::string> lld_command(const std::string& lld, const LinkInputs& inputs, const Files& files,
                                     const std::string& alias) {
  std::vector<std::string> command = {lld,
                                      "-static",
                                      "-pie",
                                      "--no-dynamic-linker",
                                      "-z",
                                      "text",
                                      "-z",
                                      "relro",
                                      "-z",
                                      "now",
                                      "-z",
                                      "noexecstack",
                                      "--eh-frame-hdr",
                                      "--gc-sections",
                                      "--build-id=none",
                                      alias,
                                      "-o",
                                      files.output};
  command.insert(command.end(), inputs.before.begin(), inputs.before.end());
  command.insert(command.end(), {files.object, files.archive});
  command.insert(command.end(), inputs.after.begin(), inputs.after.end());
  return command;
}

std::vector<std::string> compiler_command(const std::string& compiler, const Files& files, const std::string& alias) {
  return {compiler,       "-static-pie", "-Wl,-z,noexecstack", "-Wl,--gc-sections", "-Wl,--build-id=none",
          "-Wl," + alias, "-o",          files.output,         files.object,        files.archive};
}

/// The command to run; nullopt after reporting what is not installed.
std::optional<std::vector<std::string>> choose_command(const std::string& architecture, const Files& files,
                                                       const std::string& alias, Report& report) {
  const std::optional<std::string> lld = find_lld();
  std::string missing;
  const std::optional<LinkInputs> inputs = find_link_inputs(architecture, missing);
  if (lld && inputs) {
    return lld_command(*lld, *inputs, files, alias);
  }
  if (const std::optional<std::string> compiler = find_compiler(architecture)) {
    return compiler_command(*compiler, files, alias);
  }
  if (!lld) {
    report.add(Span{}, diag::NoLinker, gnu_triple(architecture)).help("on Debian and Ubuntu: `apt install lld-19`");
  }
  if (!inputs) {
    report.add(Span{}, diag::NoCLibrary, gnu_triple(architecture), fmt::format("`{}`", missing))
        .help(fmt::format("on Debian and Ubuntu: `apt install {}`", c_library_packages(architecture)));
  }
  return std::nullopt;
}

/// The first lines of what a linker said.
std::string first_lines(const std::string& words, std::size_t count) {
  std::size_t end = 0;
  while (count-- > 0 && end < words.size()) {
    end = std::min(words.find('\n', end), words.size() - 1) + 1;
  }
  std::string result = words.substr(0, end);
  while (!result.empty() && result.back() == '\n') {
    result.pop_back();
  }
  return result;
}

bool write_bytes(const std::string& path, std::span<const std::byte> bytes, Report& report) {
  const std::array<std::span<const std::byte>, 1> parts = {bytes};
  if (const std::optional<std::string> problem = replace_file(path, parts, false)) {
    report.add(Span{}, diag::OutputFile, path, *problem);
    return false;
  }
  return true;
}

}  // namespace

bool link_executable(const std::string& object_bytes, const ExecutableOptions& options, Report& report) {
  KDLC_ASSERT(!options.prefix.empty(), "an executable is linked with the prefix of its object's symbols");
  const std::string architecture = architecture_of(options.target.triple);
  const std::span<const std::byte> archive = runtime_archive(architecture);
  if (archive.empty()) {
    report.add(Span{}, diag::NoRuntime, options.target.triple).help("`--emit obj` gives the object and its header");
    return false;
  }
  std::error_code error;
  if (fs::is_directory(options.output_path, error)) {
    report.add(Span{}, diag::OutputFile, options.output_path, "it is a folder");
    return false;
  }
  const WorkFolder folder(options.output_path);
  if (!folder.problem().empty()) {
    report.add(Span{}, diag::OutputFile, options.output_path, folder.problem());
    return false;
  }
  const Files files{folder.file("model.o"), folder.file("runtime.a"), folder.file("executable")};
  const std::string alias = fmt::format("--defsym=kdlc_main_model={}_model", options.prefix);
  const std::optional<std::vector<std::string>> command = choose_command(architecture, files, alias, report);
  if (!command || !write_bytes(files.object, std::as_bytes(std::span(object_bytes)), report) ||
      !write_bytes(files.archive, archive, report)) {
    return false;
  }
  const ProgramResult result = run_program(*command);
  if (result.exit_code != 0) {
    report.add(Span{}, diag::LinkFailed, command->front(), fmt::format("it ended with {}", result.exit_code))
        .note(first_lines(result.words, 8));
    return false;
  }
  fs::rename(files.output, options.output_path, error);
  if (error) {
    report.add(Span{}, diag::OutputFile, options.output_path, error.message());
    return false;
  }
  return true;
}

}  // namespace kdlc::link
