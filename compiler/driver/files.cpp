// Reading files and folders named on the command line.
#include "driver/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "diagnostics/kinds.hpp"

namespace kdlc::driver {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestSource = 64ULL << 20U;

/// A file descriptor that closes itself; standard input stays open.
class Descriptor {
public:
  explicit Descriptor(const std::string& path)
      : number_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ > STDIN_FILENO) {
      close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

private:
  int number_;
};

FileContents failure(int error) {
  return {false, "", std::strerror(error)};
}

/// Reads up to `limit` bytes and one more, which tells that there are more.
FileContents read_up_to(const std::string& path, std::uint64_t limit) {
  const Descriptor file(path);
  struct stat status{};
  if (file.number() < 0 || fstat(file.number(), &status) != 0) {
    return failure(errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return failure(EISDIR);
  }
  FileContents contents{true, "", ""};
  constexpr std::size_t kStep = 1U << 16U;
  while (contents.bytes.size() <= limit) {
    const std::size_t size = contents.bytes.size();
    contents.bytes.resize(size + kStep);
    const ssize_t count = read(file.number(), contents.bytes.data() + size, kStep);
    contents.bytes.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno != EINTR) {
      return failure(errno);
    }
    if (count == 0) {
      break;
    }
  }
  return contents;
}

std::uint64_t size_on_disk(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? kLargestSource + 1 : size;
}

}  // namespace

FileContents read_file(const std::string& path) {
  return read_up_to(path, std::numeric_limits<std::uint64_t>::max() - 1);
}

std::optional<SourceId> load_source(const std::string& path, SourceSet& sources, Report& report) {
  FileContents contents = read_up_to(path, kLargestSource);
  const std::string shown_path = path == "-" ? "<stdin>" : path;
  if (!contents.found) {
    report.add(Span{}, diag::FileUnreadable, shown_path, contents.error);
    return std::nullopt;
  }
  if (contents.bytes.size() > kLargestSource) {
    report.add(Span{}, diag::FileTooLarge, shown_path, size_on_disk(path));
    return std::nullopt;
  }
  if (contents.bytes.find_first_not_of(" \t\r\n") == std::string::npos) {
    report.add(Span{}, diag::FileEmpty, shown_path);
    return std::nullopt;
  }
  return sources.add(shown_path, std::move(contents.bytes));
}

void note_header(const syntax::Tree& tree, Report& report) {
  // After a mistake in the syntax the line may be there and not be read.
  if (!tree.version.has_value() && !report.has_errors()) {
    const Span start{tree.source, 0, 0};
    report.add(start, diag::NoHeader).help("write it", {start, "kdl 1\n\n"});
  }
}

std::vector<std::string> find_sources(const std::vector<std::string>& words, Report& report) {
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    std::error_code error;
    if (!fs::is_directory(word, error)) {
      paths.push_back(word);
      continue;
    }
    std::vector<std::string> found;
    auto entries = fs::recursive_directory_iterator(word, fs::directory_options::skip_permission_denied, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
      if (entries->path().extension() == ".kdl" && entries->is_regular_file(error)) {
        found.push_back(entries->path().generic_string());
      }
    }
    if (error) {
      report.add(Span{}, diag::FileUnreadable, word, error.message());
    } else if (found.empty()) {
      report.add(Span{}, diag::NoSources, word);
    }
    std::sort(found.begin(), found.end());
    paths.insert(paths.end(), found.begin(), found.end());
  }
  return paths;
}

std::string beside(const std::string& source_path, const std::string& path) {
  return (fs::path(source_path).parent_path() / path).lexically_normal().generic_string();
}

bool is_same_file(const std::string& left, const std::string& right) {
  std::error_code error;
  return fs::equivalent(left, right, error) && !error;
}

}  // namespace kdlc::driver
