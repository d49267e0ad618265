// Edits of the source that mend a loss or metric.
#include "check/score_edits.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace kdlc::check {

namespace {

bool is_word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

std::string_view file_text(const TrainState& state, const Span& span) {
  return state.sources->file(span.source).text();
}

/// Where the text before `end`, without white space at its end, ends.
std::size_t skip_space_back(std::string_view text, std::size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) {
    --end;
  }
  return end;
}

Span part_of(const Span& span, std::size_t begin, std::size_t end) {
  Span part = span;
  part.begin = static_cast<std::uint32_t>(begin);
  part.end = static_cast<std::uint32_t>(end);
  return part;
}

}  // namespace

std::optional<Edit> append_argument(const TrainState& state, const ScoreCheck& check, std::string_view argument) {
  const Span& span = check.application.span;
  const std::string_view text = state.sources->text(span);
  if (!text.ends_with(')') || !text.starts_with(state.sources->text(check.name_span))) {
    return std::nullopt;
  }
  return Edit{part_of(span, span.end - 1, span.end - 1), fmt::format(", {}", argument)};
}

std::optional<Edit> remove_argument(const TrainState& state, const ScoreCheck& check, std::string_view setting) {
  const auto& settings = check.application.layer->settings;
  const auto place = std::ranges::find(settings, setting, &catalogue::Setting::name);
  if (place == settings.end() || !check.application.setting(setting).given) {
    return std::nullopt;
  }
  const catalogue::BoundSetting& bound = check.application.setting(setting);
  const std::string_view text = file_text(state, bound.span);
  std::size_t begin = skip_space_back(text, bound.span.begin);
  if (begin == 0 || text[begin - 1] != ':') {
    return std::nullopt;
  }
  begin = skip_space_back(text, begin - 1);
  if (!text.substr(0, begin).ends_with(setting)) {
    return std::nullopt;
  }
  begin = skip_space_back(text, begin - setting.size());
  if (begin == 0 || text[begin - 1] != ',') {
    return std::nullopt;
  }
  return Edit{part_of(bound.span, begin - 1, bound.span.end), ""};
}

std::optional<Edit> replace_activation(const TrainState& state, const ScoreCheck& check, std::string_view activation) {
  const Meaning& meaning = check.output.meaning;
  if (meaning.activation.empty() || meaning.activation == "linear") {
    return std::nullopt;
  }
  const std::string_view text = state.sources->text(meaning.span);
  std::optional<std::size_t> found;
  for (std::size_t at = text.find(meaning.activation); at != std::string_view::npos;
       at = text.find(meaning.activation, at + 1)) {
    const std::size_t end = at + meaning.activation.size();
    const bool is_alone = (at == 0 || !is_word_letter(text[at - 1])) &&
                          (end == text.size() || (!is_word_letter(text[end]) && text[end] != '('));
    if (is_alone && found) {
      return std::nullopt;  // which of them is not clear
    }
    found = is_alone ? std::optional(at) : found;
  }
  if (!found) {
    return std::nullopt;
  }
  const std::size_t begin = meaning.span.begin + *found;
  return Edit{part_of(meaning.span, begin, begin + meaning.activation.size()), std::string(activation)};
}

Edit rename_score(const ScoreCheck& check, std::string_view name) {
  return {check.name_span, std::string(name)};
}

void help_with(Message& message, std::string words, const std::vector<std::optional<Edit>>& edits) {
  Help help{std::move(words), {}};
  for (const std::optional<Edit>& edit : edits) {
    if (!edit) {
      help.edits.clear();
      break;
    }
    help.edits.push_back(*edit);
  }
  message.helps.push_back(std::move(help));
}

}  // namespace kdlc::check
