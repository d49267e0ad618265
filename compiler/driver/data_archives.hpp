// .npz files on the command line: `--input data.npz`, whose arrays bring their names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "driver/run_model.hpp"

namespace kdlc::driver {

/// Takes the words that name a .npz file and nothing else out of `words`.
std::vector<std::string> take_archives(std::vector<std::string>& words);

/// Adds the arrays that are called like one of `wanted` and not there yet; false after reporting.
bool read_archives(const std::vector<std::string>& files, const std::vector<std::string>& wanted,
                   std::map<std::string, GivenTensor>& tensors, Report& report);

}  // namespace kdlc::driver
