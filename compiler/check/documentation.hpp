// Doc comments: what the `///` lines above declarations say.
#pragma once

#include <string>
#include <vector>

#include "check/check.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

/// The lines of a doc comment as one text.
std::string join_doc(const std::vector<std::string>& lines);

/// What is said of the parts of a model: its inputs and outputs, and the blocks, fns and other models of its file.
std::vector<Documented> find_documented(const syntax::Tree& tree, const syntax::ModelDecl& model);

}  // namespace kdlc::check
