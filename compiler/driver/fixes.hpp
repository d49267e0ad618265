// check --fix: the edits of messages, applied to the files that they are for.
#pragma once

#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

/// One edited text of a source.
struct FixedSource {
  std::string path;
  std::string text;
  std::vector<std::string> changes;  // what was done, one line each: `net.kdl:4:30: K309: write `stride``
};

/// Applies the first sure edit of every message to the sources whose paths are in `paths`. An edit that touches an
/// earlier one is left for the next round. Gives only sources that change.
std::vector<FixedSource> fix_sources(const std::vector<Message>& messages, const SourceSet& sources,
                                     const std::vector<std::string>& paths);

}  // namespace kdlc::driver
