// How the rooms that must read files are given them: a function handed down from driver/, so that tests feed text.
#pragma once

#include <functional>
#include <string>

namespace kdlc {

struct FileContents {
  bool found = false;
  std::string bytes;
  std::string error;  // why it could not be read, in the system's words
};
using ReadFile = std::function<FileContents(const std::string& path)>;

}  // namespace kdlc
