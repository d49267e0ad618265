// Writes a result beside its place, then renames it.
#include <array>
#include <span>

#include "diagnostics/kinds.hpp"
#include "link/link.hpp"
#include "support/replace_file.hpp"

namespace kdlc::link {

bool write_file(const std::string& path, const std::string& bytes, bool executable, Report& report) {
  const std::array<std::span<const std::byte>, 1> parts = {std::as_bytes(std::span(bytes))};
  if (const std::optional<std::string> problem = replace_file(path, parts, executable)) {
    report.add(Span{}, diag::OutputFile, path, *problem);
    return false;
  }
  return true;
}

}  // namespace kdlc::link
