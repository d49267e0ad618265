// The files of one check: the one that was asked for and what it imports.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "check/elaboration.hpp"

namespace kdlc::check {

struct LoadedFile {
  std::string path;
  std::unique_ptr<syntax::Tree> owned;  // of an imported file
  const syntax::Tree* tree = nullptr;
  FileNames names;
  Scope scope;  // blocks, fns, models, consts and imports
};
struct FileSet {
  std::deque<LoadedFile> files;  // imported ones before those that import them
};

/// Reads and parses everything that `tree` imports, directly or not (K701, K702). Returns the file of `tree`.
const LoadedFile& load_imports(FileSet& files, const syntax::Tree& tree, SourceSet& sources, const Options& options,
                               Report& report);
/// Fills the scopes: definitions of each file, constants evaluated.
void define_files(FileSet& files, const SourceSet& sources, const Options& options, const NameFacts& facts,
                  std::map<std::string, ReportedOnce>& reported, Report& report);

}  // namespace kdlc::check
