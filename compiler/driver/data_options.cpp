// Data named on the command line.
#include "driver/data_options.hpp"

#include <algorithm>

#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"
#include "weights/weights.hpp"

namespace kdlc::driver {

std::optional<FileOfName> split_names(std::string_view option, const std::vector<std::string>& words,
                                      const std::vector<std::string>& known, Report& report) {
  FileOfName files;
  bool is_fine = true;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (equals == std::string::npos || name.empty() || equals + 1 == word.size()) {
      report.add(Span{}, diag::OptionValue, "--" + std::string(option), word, "NAME=FILE.npy");
      is_fine = false;
    } else if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const std::string& each : known) {
        list += (list.empty() ? "`" : ", `") + each + "`";
      }
      Message& message = report.add(Span{}, diag::UnknownDataName, "--" + std::string(option) + " " + word,
                                    std::string(option), name, list);
      if (const auto near = nearest_name(name, known); near.has_value()) {
        message.help("did you mean `" + *near + "`?");
      }
      is_fine = false;
    } else if (!files.emplace(name, word.substr(equals + 1)).second) {
      report.add(Span{}, diag::OptionValue, "--" + std::string(option), word, "each name once");
      is_fine = false;
    }
  }
  return is_fine ? std::optional(std::move(files)) : std::nullopt;
}

std::optional<std::map<std::string, GivenTensor>> read_data(const FileOfName& files, Report& report) {
  std::map<std::string, GivenTensor> tensors;
  bool is_fine = true;
  for (const auto& [name, file] : files) {
    std::optional<TensorData> data = weights::read_data(file, name, report);
    if (data.has_value()) {
      tensors.emplace(name, GivenTensor{std::move(*data), file});
    }
    is_fine = is_fine && data.has_value();
  }
  return is_fine ? std::optional(std::move(tensors)) : std::nullopt;
}

}  // namespace kdlc::driver
