// Front door of syntax/: text to tree, tree to canonical text.
#pragma once

#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"
#include "source/source.hpp"
#include "syntax/tree.hpp"

namespace kdlc::syntax {

/// The tree of a file. Reports every mistake of form (K0xx for the file, K10x) and never fails: what could not be read
/// becomes ErrorDecl or ErrorExpr, on which later stages stay quiet.
Tree parse(const SourceSet& sources, SourceId source, Report& report);

/// Canonical source: one declaration per line, `->` first on continuation lines, all comments kept; ends in one
/// newline. parse(print(t)) gives the same tree but for spans. Assumes a tree without errors.
std::string print(const Tree& tree, const SourceSet& sources);

/// The tree as indented text without spans, one node a line: `--dump=tree`, and equality of trees in tests.
std::string dump(const Tree& tree);

/// An operator as it is written: `+`, `and`.
std::string_view spelling(BinaryOp op);

}  // namespace kdlc::syntax
