// Reading files and folders named on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "source/source.hpp"
#include "support/file_access.hpp"
#include "syntax/tree.hpp"

namespace kdlc::driver {

/// The bytes of a file, or why it cannot be read. `-` is standard input.
FileContents read_file(const std::string& path);

/// Adds a source; nullopt after reporting that it is missing, unreadable, a folder, empty, or too large.
std::optional<SourceId> load_source(const std::string& path, SourceSet& sources, Report& report);

/// A note when the text does not say in which version of the language it is (K010).
void note_header(const syntax::Tree& tree, Report& report);

/// The files meant by the words of a command line: each file itself, each folder's .kdl files in order, `-` for
/// standard input.
std::vector<std::string> find_sources(const std::vector<std::string>& words, Report& report);

/// A path written in a source: relative to the folder of that source.
std::string beside(const std::string& source_path, const std::string& path);

/// True when both name one existing file.
bool is_same_file(const std::string& left, const std::string& right);

}  // namespace kdlc::driver
