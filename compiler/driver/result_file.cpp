// Writing results: whole or not at all, and never over what was read.
#include "driver/result_file.hpp"

#include <filesystem>

#include "diagnostics/kinds.hpp"
#include "driver/bind_weights.hpp"
#include "driver/files.hpp"
#include "link/link.hpp"

namespace kdlc::driver {

bool write_result(const std::string& path, std::string_view bytes, Session& session) {
  return link::write_file(path, std::string(bytes), false, session.report);
}

std::string named_after(const std::string& source_path, const std::string& ending) {
  const std::string stem = source_path == "-" ? "model" : std::filesystem::path(source_path).stem().generic_string();
  // `net.nn.kdl` is named `net` too.
  return (stem.ends_with(".nn") ? stem.substr(0, stem.size() - 3) : stem) + ending;
}

bool may_write(const std::string& path, const std::string& source_path,
               const std::optional<check::WeightsClause>& clause, Session& session) {
  for (std::uint32_t index = 0; index < session.sources.size(); ++index) {
    if (is_same_file(path, session.sources.file(SourceId{index}).path())) {
      session.report.add(Span{}, diag::WouldOverwrite, path, "a source of this model");
      return false;
    }
  }
  const auto weights = choose_weights(source_path, clause, session);
  if (weights.has_value() && weights->kind == WeightsSource::Kind::file && is_same_file(path, weights->path)) {
    session.report.add(Span{}, diag::WouldOverwrite, path, "the weights file of this model");
    return false;
  }
  return true;
}

}  // namespace kdlc::driver
