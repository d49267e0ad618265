// Runs the program kdlc and catches what it says.
#include "cli/run_kdlc.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "catch.hpp"

namespace kdlc::testing {

namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// In the child: the three streams, the folder, the program. Never returns.
[[noreturn]] void become_kdlc(const Run& run, const std::string& in, const std::string& out, const std::string& err) {
  dup2(open(in.c_str(), O_RDONLY), STDIN_FILENO);
  dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  if (!run.folder.empty() && chdir(run.folder.c_str()) != 0) {
    _exit(126);
  }
  std::vector<char*> arguments = {const_cast<char*>(KDLC_PROGRAM)};
  for (const std::string& word : run.words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  execv(KDLC_PROGRAM, arguments.data());
  _exit(127);
}

}  // namespace

Outcome run_kdlc(const Run& run) {
  const ScratchFolder streams;
  const std::string in = streams.write("in", run.input);
  const std::string out = run.out_file.empty() ? streams.path("out") : run.out_file;
  const std::string err = streams.path("err");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    become_kdlc(run, in, out, err);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  Outcome outcome;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = run.out_file.empty() ? read_whole(out) : "";
  outcome.err = read_whole(err);
  return outcome;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "kdlc_cli_test.XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& bytes) const {
  fs::create_directories((folder_ / name).parent_path());
  std::ofstream(folder_ / name, std::ios::binary) << bytes;
  return path(name);
}

std::string ScratchFolder::read(const std::string& name) const {
  return read_whole(folder_ / name);
}

std::string npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(117, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

}  // namespace kdlc::testing
