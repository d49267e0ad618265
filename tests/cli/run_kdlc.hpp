// Runs the program kdlc and catches what it says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kdlc::testing {

struct Outcome {
  int exit_code = -1;  // 128 + the signal when it was killed
  std::string out;
  std::string err;
};

struct Run {
  std::vector<std::string> words;
  std::string input = "";             // standard input
  std::filesystem::path folder = "";  // working directory
  std::string out_file = "";          // where standard output goes instead of `Outcome::out`
};

Outcome run_kdlc(const Run& run);
inline Outcome call_kdlc(std::vector<std::string> words) {
  return run_kdlc({.words = std::move(words)});
}

bool contains(const std::string& text, const std::string& part);

/// A folder of its own, removed at the end.
class ScratchFolder {
public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Writes a file and gives its path.
  std::string write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string read(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
  std::filesystem::path folder_;
};

/// A .npy file of little-endian float32; `shape` as Python writes it.
std::string npy(const std::string& shape, const std::vector<float>& values);

}  // namespace kdlc::testing
