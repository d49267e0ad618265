// Private to syntax/: mends the token stream before the parser sees it.
//
// Most mistakes are recognised best by the tokens and the layout around them, and a mended stream is the best recovery:
// the parser reads the declaration as it was meant, so nothing after the mistake is lost and nothing is said twice.
// Each step reports what it mends, with the edit that mends the text in the same way.
#pragma once

#include "diagnostics/diagnostics.hpp"
#include "syntax/lexemes.hpp"

namespace kdlc::syntax {

/// Whether the file is a KDL Document (kdl.dev): nodes with values and braces and none of our declarations. Gives the
/// first word of its first node.
std::optional<Span> find_kdl_document(const Lexemes& lexemes);

/// Spelling within and around single tokens: `#` comments, unclosed strings, `=>`, `|>`, `.5`, `&&`, “quotes”.
void repair_tokens(Lexemes& lexemes, Report& report);

/// Words: `modle`, `def`, `let`, `elif`, `f32(…)`, a reserved word as a name, `x image -> …`.
void repair_words(Lexemes& lexemes, Report& report);

/// Brackets, operands and commas that are missing or too many, by the layout.
void repair_structure(Lexemes& lexemes, Report& report);

}  // namespace kdlc::syntax
