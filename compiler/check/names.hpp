// What each name in the source stands for and how often it is mentioned: found in the tree, before anything is
// expanded.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

enum class LocalKind : std::uint8_t { setting, input, value, output, layer, param, constant, dim, shape_name };

/// A name that a body defines.
struct Local {
  std::string name;
  LocalKind kind = LocalKind::value;
  Span span;
  std::uint32_t mentions = 0;        // in the body itself
  std::uint32_t train_mentions = 0;  // in `train`
  bool has_tap = false;              // its declaration contains a `tap`
  bool is_of_test = false;           // a test's own, not its model's
};
struct BodyFacts {
  std::deque<Local> locals;  // in order of definition
  bool has_unread_lines =
      false;  // lines skipped after a syntax error, or misplaced: nothing can be said of what is missing
  std::size_t error_count = 0;               // name errors inside
  std::set<std::string> file_mentions = {};  // definitions of the file that it uses
};
/// By body; a tree outlives its facts.
using NameFacts = std::map<const syntax::Body*, BodyFacts>;

/// The names that a file offers, with those that its imports bring: what resolving its bodies needs.
struct FileNames {
  const syntax::Tree* tree = nullptr;
  std::map<std::string, const FileNames*> imports;  // by the name behind `as`; null when it could not be read
};

/// The name that a declaration at the top of a file defines; nullptr for others.
const syntax::Name* name_of_definition(const syntax::Decl& declaration);

/// Reports every unknown, repeated or hiding name (K201 to K204) and unused definitions of the file (K216) once.
/// `is_import`: unused definitions are fine.
struct NameOptions {
  bool is_import = false;
};
void resolve_names(const FileNames& file, NameFacts& facts, Report& report, const NameOptions& options);

}  // namespace kdlc::check
