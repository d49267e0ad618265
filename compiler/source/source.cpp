// Source files, their lines, and places in them.
#include "source/source.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "support/assert.hpp"

namespace kdlc {

Span join(const Span& first, const Span& last) {
  if (!first.is_known()) {
    return last;
  }
  if (!last.is_known()) {
    return first;
  }
  KDLC_ASSERT(first.source == last.source, "joined spans are of one file");
  return {first.source, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  KDLC_ASSERT(text_.size() < std::numeric_limits<std::uint32_t>::max(), "a source file is smaller than 4 GiB");
  line_starts_.push_back(0);
  for (std::size_t offset = 0; offset < text_.size(); ++offset) {
    if (text_[offset] == '\n') {
      line_starts_.push_back(static_cast<std::uint32_t>(offset + 1));
    }
  }
}

std::string_view SourceFile::text(const Span& span) const {
  const std::size_t begin = std::min<std::size_t>(span.begin, text_.size());
  const std::size_t end = std::clamp<std::size_t>(span.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

LineColumn SourceFile::position(std::uint32_t offset) const {
  const auto clamped = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), clamped);
  const auto line = static_cast<std::uint32_t>(after - line_starts_.begin());
  LineColumn place{line, 1};
  for (std::uint32_t byte = line_starts_[line - 1]; byte < clamped; ++byte) {
    const bool continues_character = (static_cast<unsigned char>(text_[byte]) & 0xC0U) == 0x80U;
    place.column += continues_character ? 0U : 1U;
  }
  return place;
}

std::uint32_t SourceFile::line_count() const {
  return static_cast<std::uint32_t>(line_starts_.size());
}

std::string_view SourceFile::line(std::uint32_t line) const {
  const std::uint32_t begin = line_start(line);
  std::uint32_t end = line < line_count() ? line_start(line + 1) : static_cast<std::uint32_t>(text_.size());
  if (end > begin && text_[end - 1] == '\n') {
    --end;
    if (end > begin && text_[end - 1] == '\r') {
      --end;
    }
  }
  return std::string_view(text_).substr(begin, end - begin);
}

std::uint32_t SourceFile::line_start(std::uint32_t line) const {
  KDLC_ASSERT(line >= 1 && line <= line_count(), "a line number is one of the file");
  return line_starts_[line - 1];
}

SourceId SourceSet::add(std::string path, std::string text) {
  files_.emplace_back(std::move(path), std::move(text));
  return SourceId{static_cast<std::uint32_t>(files_.size() - 1)};
}

const SourceFile& SourceSet::file(SourceId id) const {
  KDLC_ASSERT(id.value < files_.size(), "a source id names a file of this set");
  return files_[id.value];
}

std::string_view SourceSet::text(const Span& span) const {
  return span.is_known() ? file(span.source).text(span) : std::string_view();
}

namespace {

/// The length of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), or 0.
std::size_t well_formed_length(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t index) -> unsigned {
    return at + index < bytes.size() ? static_cast<unsigned char>(bytes[at + index]) : 0U;
  };
  const auto continues = [&](std::size_t index, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(index) >= low && byte(index) <= high;
  };
  const unsigned lead = byte(0);
  if (lead >= 0x01 && lead <= 0x7F) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool second = continues(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool second = continues(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t find_non_text(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = well_formed_length(bytes, at);
    if (length == 0) {
      return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace kdlc
