// Source files and places in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "support/typed_id.hpp"

namespace kdlc {

struct SourceTag;
using SourceId = TypedId<SourceTag>;

/// A half-open range of bytes of one file. Default-constructed: no place at all (a message about the command line).
struct Span {
  SourceId source;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] bool is_known() const { return source.has_value(); }
  bool operator==(const Span&) const = default;
};

/// From the start of `first` to the end of `last`; both in one file.
Span join(const Span& first, const Span& last);

struct LineColumn {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in characters (UTF-8 code points), as editors count
};

class SourceFile {
public:
  SourceFile(std::string path, std::string text);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::string_view text(const Span& span) const;
  [[nodiscard]] LineColumn position(std::uint32_t offset) const;
  [[nodiscard]] std::uint32_t line_count() const;
  /// Line `line` (from 1) without its line end (\n or \r\n).
  [[nodiscard]] std::string_view line(std::uint32_t line) const;
  /// The offset at which line `line` (from 1) starts.
  [[nodiscard]] std::uint32_t line_start(std::uint32_t line) const;

private:
  std::string path_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

/// All files of one compile; outlives everything that holds spans.
class SourceSet {
public:
  SourceId add(std::string path, std::string text);
  [[nodiscard]] const SourceFile& file(SourceId id) const;
  [[nodiscard]] std::size_t size() const { return files_.size(); }
  /// The text under a span.
  [[nodiscard]] std::string_view text(const Span& span) const;

private:
  std::deque<SourceFile> files_;
};

/// The offset of the first byte that is not UTF-8 (or is a NUL), or npos when all is text.
std::size_t find_non_text(std::string_view bytes);

}  // namespace kdlc
