// Edits that wire what hangs loose: tried on the text, and offered when the file is sound with them.
//
// A value that nothing uses is mostly one that a line below should have read in place of an earlier one; a layer is one
// that a chain below should have passed through. So every word below that could be a value is replaced in turn, and the
// check itself says which of these texts is sound.
#include "check/loose_repairs.hpp"

#include <cctype>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

constexpr std::size_t kMostTries = 24;
constexpr std::size_t kLargestFile = 100'000;

bool is_word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// The position behind a comment or string that starts here; `position` itself when none does.
std::size_t skip_comment_or_string(std::string_view text, std::size_t position) {
  const auto behind = [&](std::string_view end_mark, std::size_t from) {
    const std::size_t found = text.find(end_mark, from);
    return found == std::string_view::npos ? text.size() : found + end_mark.size();
  };
  if (text.substr(position).starts_with("//")) {
    return behind("\n", position);
  }
  if (text.substr(position).starts_with("/*")) {
    return behind("*/", position);
  }
  return text[position] == '"' ? behind("\"", position + 1) : position;
}

/// The words of the text from `begin` on that do not name a setting or follow `as`.
std::vector<Span> find_words(const SourceFile& file, SourceId source, std::uint32_t begin) {
  const std::string_view text = file.text();
  std::vector<Span> words;
  std::string_view previous;
  for (std::size_t position = begin; position < text.size() && words.size() < 8 * kMostTries;) {
    if (const std::size_t behind = skip_comment_or_string(text, position); behind != position) {
      position = behind;
    } else if (!is_word_letter(text[position])) {
      ++position;
    } else {
      std::size_t end = position;
      while (end < text.size() && is_word_letter(text[end])) {
        ++end;
      }
      const std::string_view word = text.substr(position, end - position);
      const bool is_name = std::isdigit(static_cast<unsigned char>(word.front())) == 0;
      if (is_name && previous != "as" && !text.substr(end).starts_with(":")) {
        words.push_back(
            {.source = source, .begin = static_cast<std::uint32_t>(position), .end = static_cast<std::uint32_t>(end)});
      }
      previous = word;
      position = end;
    }
  }
  return words;
}

/// True when the word is defined above the place: only such a name can be a value there.
bool is_defined_above(std::string_view text, std::string_view word, std::uint32_t place) {
  const std::string binding = fmt::format("{} =", word);
  const std::string input = fmt::format("input {}:", word);
  const std::string_view above = text.substr(0, place);
  return above.find(binding) != std::string_view::npos || above.find(input) != std::string_view::npos;
}

std::string with_edit(std::string_view text, const Edit& edit) {
  std::string edited(text);
  edited.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  return edited;
}

}  // namespace

void offer_wiring(Message& message, const SourceFile& file, const IsSound& is_sound) {
  const bool is_layer = message.kind->code == diag::UnusedLayer.code;
  const bool is_value = message.kind->code == diag::DanglingValue.code || message.kind->code == diag::UnusedInput.code;
  const std::string_view text = file.text();
  if ((!is_layer && !is_value) || text.size() > kLargestFile) {
    return;
  }
  const std::string name(text.substr(message.span.begin, message.span.end - message.span.begin));
  std::size_t tries = 0;
  for (const Span& word : find_words(file, message.span.source, message.span.end)) {
    const std::string used(text.substr(word.begin, word.end - word.begin));
    if (used == name || !is_defined_above(text, used, word.begin) || tries == kMostTries) {
      continue;
    }
    ++tries;
    const Edit edit{word, is_layer ? fmt::format("{} -> {}", used, name) : name};
    if (is_sound(with_edit(text, edit))) {
      message.label(word, is_layer ? fmt::format("`{}` fits behind it", name) : fmt::format("`{}` fits here", name));
      message.helps.insert(message.helps.begin(), Help{fmt::format("did you mean `{}`?", edit.replacement), {edit}});
      return;
    }
  }
}

}  // namespace kdlc::check
