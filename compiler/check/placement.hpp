// Where each kind of declaration may stand (K110 to K112): the grammar accepts any of them anywhere.
#pragma once

#include "check/names.hpp"

namespace kdlc::check {

/// Reports misplaced declarations of the whole file and notes in `facts` the bodies of which something cannot be said.
void check_placement(const syntax::Tree& tree, const SourceSet& sources, NameFacts& facts, Report& report);

/// True for what belongs to the top of a file.
bool may_stand_in_file(const syntax::Decl& declaration);

/// The word that opens a declaration: `output`.
std::string_view word_of(const syntax::Decl& declaration);

}  // namespace kdlc::check
