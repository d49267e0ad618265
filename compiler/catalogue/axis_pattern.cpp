// The patterns of einsum and rearrange, with words as axes: `n (h w) c -> n h w c`.
#include "catalogue/axis_pattern.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

bool is_word_start(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

bool is_word_part(char letter) {
  return is_word_start(letter) || is_digit(letter);
}

bool is_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

/// Reads from left to right and stops at the first mistake.
class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::variant<AxisPattern, PatternMistake> parse() {
    while (!mistake_ && position_ < text_.size()) {
      read_next();
    }
    if (!mistake_) {
      end_pattern();
    }
    if (mistake_) {
      return std::move(*mistake_);
    }
    return std::move(pattern_);
  }

private:
  [[nodiscard]] bool starts_with(std::string_view sign) const { return text_.substr(position_).starts_with(sign); }

  void read_next() {
    const char letter = text_[position_];
    if (is_space(letter)) {
      ++position_;
    } else if (is_word_start(letter)) {
      read_word();
    } else if (is_digit(letter)) {
      read_number();
    } else if (letter == '(') {
      open_group();
    } else if (letter == ')') {
      close_group();
    } else if (letter == ',') {
      read_comma();
    } else if (starts_with("->")) {
      read_arrow();
    } else if (starts_with("...") || starts_with("…")) {
      fail(take(3), "`...` stands for no axes here", "name every axis");
    } else {
      read_unknown();
    }
  }

  PatternPlace take(std::uint32_t size) {
    const PatternPlace place{position_, position_ + size};
    position_ += size;
    return place;
  }

  PatternPlace take_word() {
    std::uint32_t size = 0;
    while (position_ + size < text_.size() && is_word_part(text_[position_ + size])) {
      ++size;
    }
    return take(size);
  }

  [[nodiscard]] std::string text_at(const PatternPlace& place) const {
    return std::string(text_.substr(place.begin, place.end - place.begin));
  }

  void fail(const PatternPlace& place, std::string text, std::string help = {}) {
    mistake_ = PatternMistake{place, std::move(text), std::move(help)};
  }

  void read_word() {
    const PatternPlace place = take_word();
    PatternWord word{text_at(place), place};
    const auto is_same = [&](const PatternWord& other) { return other.name == word.name; };
    if (side_.find(word.name) != nullptr || (group_ && std::ranges::any_of(group_->words, is_same))) {
      fail(place, fmt::format("`{}` stands twice in one tensor", word.name), "each axis of a tensor has its own word");
      return;
    }
    if (group_) {
      group_->words.push_back(std::move(word));
    } else {
      side_.axes.push_back({{std::move(word)}, place, false});
    }
    check_count(place);
  }

  void read_number() {
    const PatternPlace place = take_word();
    if (text_at(place) != "1") {
      fail(place, fmt::format("`{}` is no word", text_at(place)),
           "sizes are given behind the tensor, `h: 8`; in the pattern only `1` stands for itself");
    } else if (!group_) {
      side_.axes.push_back({{}, place, true});
      check_count(place);
    }
  }

  void open_group() {
    const PatternPlace place = take(1);
    if (group_) {
      fail(place, "parentheses stand in parentheses", "close the first pair before");
      return;
    }
    group_ = PatternAxis{{}, place, true};
  }

  void close_group() {
    const PatternPlace place = take(1);
    if (!group_) {
      fail(place, "no `(` belongs to this `)`");
      return;
    }
    group_->place.end = place.end;
    side_.axes.push_back(std::move(*group_));
    group_.reset();
    check_count(place);
  }

  void check_count(const PatternPlace& place) {
    const std::size_t words = side_.words().size() + (group_ ? group_->words.size() : 0);
    if (std::max(words, side_.axes.size()) > kLargestPatternAxisCount) {
      fail(place, fmt::format("this is more than {} axes", kLargestPatternAxisCount));
    }
  }

  void read_comma() {
    const PatternPlace place = take(1);
    if (group_ || has_arrow_) {
      fail(place, group_ ? "a comma stands in parentheses" : "a comma stands behind `->`",
           group_ ? "words are separated by spaces" : "there is one result");
      return;
    }
    end_side(place.begin);
    pattern_.operands.push_back(std::exchange(side_, {}));
  }

  void read_arrow() {
    const PatternPlace place = take(2);
    if (has_arrow_) {
      fail(place, "a second `->`");
      return;
    }
    if (!end_side(place.begin)) {
      return;
    }
    has_arrow_ = true;
    pattern_.operands.push_back(std::exchange(side_, {}));
  }

  void read_unknown() {
    // The whole character is shown, not its first byte.
    std::uint32_t size = 1;
    while (position_ + size < text_.size() && (static_cast<unsigned char>(text_[position_ + size]) & 0xC0U) == 0x80U) {
      ++size;
    }
    const PatternPlace place = take(size);
    fail(place, fmt::format("`{}` has no meaning here", text_at(place)),
         "a pattern is made of words, `,`, `(`, `)` and one `->`");
  }

  /// False after noting a group that is open.
  bool end_side(std::uint32_t end) {
    if (group_) {
      fail({group_->place.begin, group_->place.begin + 1}, "this `(` is not closed");
      return false;
    }
    side_.place = side_.axes.empty() ? PatternPlace{end, end}
                                     : PatternPlace{side_.axes.front().place.begin, side_.axes.back().place.end};
    return true;
  }

  void end_pattern() {
    const auto end = static_cast<std::uint32_t>(text_.size());
    if (!end_side(end)) {
      return;
    }
    if (!has_arrow_) {
      fail({0, end}, "`->` and the axes of the result are missing");
      return;
    }
    pattern_.result = std::move(side_);
  }

  std::string_view text_;
  std::uint32_t position_ = 0;
  AxisPattern pattern_;
  PatternSide side_;
  std::optional<PatternAxis> group_;  // open now
  bool has_arrow_ = false;
  std::optional<PatternMistake> mistake_;
};

}  // namespace

std::vector<PatternWord> PatternSide::words() const {
  std::vector<PatternWord> all;
  for (const PatternAxis& axis : axes) {
    all.insert(all.end(), axis.words.begin(), axis.words.end());
  }
  return all;
}

const PatternWord* PatternSide::find(std::string_view name) const {
  for (const PatternAxis& axis : axes) {
    const auto word = std::ranges::find(axis.words, name, &PatternWord::name);
    if (word != axis.words.end()) {
      return &*word;
    }
  }
  return nullptr;
}

std::variant<AxisPattern, PatternMistake> parse_axis_pattern(std::string_view text) {
  return Parser(text).parse();
}

Setting pattern_setting(std::string_view doc) {
  return {.name = "pattern",
          .kind = SettingKind::text,
          .default_value = std::nullopt,
          .range = {},
          .words = {},
          .doc = doc};
}

std::optional<AxisPattern> read_pattern(const Application& application) {
  const std::string text = application.text_of("pattern");
  std::variant<AxisPattern, PatternMistake> read = parse_axis_pattern(text);
  if (const auto* mistake = std::get_if<PatternMistake>(&read)) {
    Message& message = report_malformed_pattern(application, mistake->place, mistake->text);
    if (!mistake->help.empty()) {
      message.help(mistake->help);
    }
    return std::nullopt;
  }
  return std::get<AxisPattern>(std::move(read));
}

Span span_in_pattern(const Application& application, const PatternPlace& place) {
  const BoundSetting& bound = application.setting("pattern");
  if (!bound.text_begin) {
    return bound.span;
  }
  // A side without words is shown by the character behind it.
  const std::uint32_t end = std::max(place.end, place.begin + 1);
  return {.source = bound.span.source, .begin = *bound.text_begin + place.begin, .end = *bound.text_begin + end};
}

Message& report_malformed_pattern(const Application& application, const PatternPlace& place, const std::string& text) {
  return application.report->add(span_in_pattern(application, place), diag::PatternMalformed,
                                 std::string(application.layer->name), text);
}

Message& report_pattern_mismatch(const Application& application, const PatternPlace& place, const std::string& text) {
  return application.report->add(span_in_pattern(application, place), diag::PatternMismatch,
                                 std::string(application.layer->name), text);
}

bool names_every_axis(const Application& application, const PatternSide& side, const BoundInput& input) {
  if (side.axes.size() == input.type.shape.axis_count()) {
    return true;
  }
  report_pattern_mismatch(
      application, side.place,
      fmt::format("{} named for {}", side.axes.size() == 1 ? "1 axis is" : fmt::format("{} axes are", side.axes.size()),
                  named_with_axes(input)))
      .label(input.span, input.type.shape.to_text());
  return false;
}

bool carries_samples(const Application& application, const BoundInput& input) {
  return input.type.shape.has_batch() && !application.whole_batch;
}

std::string PatternLetters::of(const PatternSide& side) {
  std::string labels;
  for (const PatternWord& word : side.words()) {
    const auto next = static_cast<graph::AxisLabel>('a' + static_cast<int>(letters_.size()));
    labels += letters_.try_emplace(word.name, next).first->second;
  }
  return labels;
}

}  // namespace kdlc::catalogue
