// Notes in a test's source that say which messages are expected: `// error K314` on the line of the mistake.
#pragma once

#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"

namespace kdlc::testing {

/// What is wrong between the notes of all files and the messages; empty when each message has its note and each note
/// its message. A note is `// error K314`, `// warning K216`, `// lint K540` or `// note K006`; several stand behind
/// one another:
/// `// error K314, error K202`. `// error K100 +1` or `-2` speaks of another line, for places that no comment can
/// reach. A message without a place belongs to the first line of the first file. `// want K314 5` is an error on
/// line 5.
std::vector<std::string> compare_line_notes(const SourceSet& sources, const std::vector<Message>& messages);

}  // namespace kdlc::testing
