// .npz files on the command line.
#include "driver/data_archives.hpp"

#include <algorithm>
#include <iterator>

#include "weights/weights.hpp"

namespace kdlc::driver {

std::vector<std::string> take_archives(std::vector<std::string>& words) {
  std::vector<std::string> archives;
  const auto is_archive = [](const std::string& word) {
    return word.find('=') == std::string::npos && word.ends_with(".npz");
  };
  std::copy_if(words.begin(), words.end(), std::back_inserter(archives), is_archive);
  std::erase_if(words, is_archive);
  return archives;
}

bool read_archives(const std::vector<std::string>& files, const std::vector<std::string>& wanted,
                   std::map<std::string, GivenTensor>& tensors, Report& report) {
  for (const std::string& file : files) {
    auto arrays = weights::read_npz(file, report);
    if (!arrays.has_value()) {
      return false;
    }
    for (const std::string& name : wanted) {
      if (const auto found = arrays->find(name); found != arrays->end()) {
        tensors.try_emplace(name, GivenTensor{std::move(found->second), file});
      }
    }
  }
  return true;
}

}  // namespace kdlc::driver
