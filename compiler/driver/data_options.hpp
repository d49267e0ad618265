// Data named on the command line: `--input NAME=FILE`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "driver/run_model.hpp"

namespace kdlc::driver {

using FileOfName = std::map<std::string, std::string>;

/// NAME=FILE options by name, each of `known`; nullopt after reporting those that are not.
std::optional<FileOfName> split_names(std::string_view option, const std::vector<std::string>& words,
                                      const std::vector<std::string>& known, Report& report);
/// The tensors of the files; nullopt after reporting.
std::optional<std::map<std::string, GivenTensor>> read_data(const FileOfName& files, Report& report);

}  // namespace kdlc::driver
