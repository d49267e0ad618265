// Writing results: whole or not at all, and never over what was read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "check/check.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

/// Writes a file beside its place, then renames; false after reporting.
bool write_result(const std::string& path, std::string_view bytes, Session& session);

/// The stem of a source in the current folder, with another ending: `models/net.kdl` → `net.o`.
std::string named_after(const std::string& source_path, const std::string& ending);

/// False after reporting that `path` is a source of this compile or its weights file.
bool may_write(const std::string& path, const std::string& source_path,
               const std::optional<check::WeightsClause>& clause, Session& session);

}  // namespace kdlc::driver
