// Edits that wire what hangs loose: tried on the text, and offered when the file is sound with them.
#pragma once

#include <functional>
#include <string>

#include "diagnostics/diagnostics.hpp"

namespace kdlc::check {

/// True when a text in the place of the file has no mistake.
using IsSound = std::function<bool(const std::string& text)>;

/// For the only error of a file, a value, input or layer that nothing uses (K210 to K212): puts in front of the helps
/// the first edit below it that makes the file sound.
void offer_wiring(Message& message, const SourceFile& file, const IsSound& is_sound);

}  // namespace kdlc::check
