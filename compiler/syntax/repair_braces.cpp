// Puts in the braces that a declaration or the end of a body lacks, and finds the `}` too many in the middle of one.
#include "syntax/structure_repair.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace kdlc::syntax {

// A `model` in column 1 while braces are open, or the end of the file.
void StructureRepair::missing_brace_before() {
  if (open_.empty()) {
    return;
  }
  const Lexeme& lexeme = current();
  const bool is_at_end = lexeme.type == Token::EOF;
  const bool is_top_word = lexeme.first_on_line && lexeme.column == 0 && type_before() != Token::COLON &&
                           (lexeme.type == Token::KW_MODEL || lexeme.type == Token::KW_BLOCK ||
                            lexeme.type == Token::KW_IMPORT || lexeme.type == Token::KW_FN);
  // In a file without indentation column 1 says nothing.
  if (!is_at_end && (!is_top_word || !is_indented_body())) {
    return;
  }
  const Lexeme unclosed = suspect_.value_or(open_.back().opener);
  const Span at = end_of_before();
  std::string missing;
  const bool is_opened_by_repair =
      std::any_of(open_.begin(), open_.end(), [](const Bracket& bracket) { return bracket.opener.is_inserted; });
  while (!open_.empty()) {
    missing += "\n}";
    insert(closer_type(open_.back().opener.type));
    open_.pop_back();
  }
  suspect_.reset();
  if (is_opened_by_repair || (is_at_end && is_excused())) {
    return;
  }
  Message& message = mistake(at, is_at_end ? std::string("`}` is missing at the end of the file")
                                           : fmt::format("`}}` is missing before `{}`", lexemes_.text_of(lexeme)));
  message.label(lexemes_.span_of(unclosed), "this `{` is not closed");
  if (missing.size() == 2) {
    message.help("write `}` on a line of its own", Edit{at, missing});
  }
}

// `model A:` or `model A` with its body on the next lines: the brace is put in, and another where the body ends.
bool StructureRepair::brace_of_header(bool is_head) {
  const std::size_t type = current().type;
  const bool is_colon = type == Token::COLON && !is_within_parentheses();
  if (header_ && !is_within_parentheses() && (is_head || is_colon || type == Token::EOF || type == Token::RBRACE)) {
    const bool is_whole = out_.back().begin > header_->begin;
    const Span place = is_colon ? lexemes_.span_of(current()) : end_of_before();
    if (is_whole && (is_colon || is_head)) {
      Message& message = mistake(place, fmt::format("`{{` is missing after `{}`", before_text()));
      message.help(fmt::format("the body of a `{}` stands in braces: `{{ … }}`", lexemes_.text_of(*header_)));
      insert(Token::LBRACE);
      open_.push_back({.opener = out_.back(), .indentation = header_->column});
      open_.back().opener.is_inserted = true;
    }
    header_.reset();
    if (is_whole && is_colon) {
      return true;
    }
  }
  if (type == Token::LBRACE && !is_within_parentheses()) {
    header_.reset();
  }
  const std::size_t next = items_[std::min(place_ + 1, items_.size() - 1)].type;
  const bool has_body = type == Token::KW_MODEL || type == Token::KW_BLOCK ||
                        (type == Token::KW_TRAIN && next == Token::LBRACE) ||
                        (type == Token::KW_TEST && next == Token::STRING);
  if (is_head && has_body) {
    header_ = current();
  }
  return false;
}

bool StructureRepair::is_indented_body() const {
  const Lexeme& opener = open_.front().opener;
  const auto inside = std::find_if(items_.begin(), items_.end(), [&](const Lexeme& lexeme) {
    return lexeme.begin > opener.begin && lexeme.first_on_line;
  });
  return inside != items_.end() && inside->column > 0;
}

// A `}` behind other tokens of its line that ends a whole model, though the next line is indented as if the model
// went on, in a file with more `}` than `{`: that is the one too many, not the last of the file.
void StructureRepair::find_early_brace() {
  std::size_t depth = 0;
  std::optional<std::size_t> candidate;
  std::uint32_t indentation = 0;
  for (std::size_t index = 0; index + 1 < items_.size(); ++index) {
    const Lexeme& lexeme = items_[index];
    if (lexeme.first_on_line && depth == 0) {
      indentation = lexeme.column;
    }
    if (lexeme.type == Token::LBRACE) {
      ++depth;
    } else if (lexeme.type == Token::RBRACE && depth > 0) {
      --depth;
      const Lexeme& next = items_[index + 1];
      if (depth == 0 && !lexeme.first_on_line && next.first_on_line && next.column > indentation && !candidate) {
        candidate = index;
      }
    } else if (lexeme.type == Token::RBRACE && candidate) {
      early_brace_ = candidate;
      const Span span = lexemes_.span_of(items_[*candidate]);
      mistake(span, "a `}` too many: it ends the body in the middle")
          .label(lexemes_.span_of(lexeme), "so this `}` closes nothing")
          .help("remove it", Edit{span, ""});
      return;
    }
  }
}

void StructureRepair::count_braces_due() {
  const std::size_t type = current().type;
  const bool is_due =
      type == Token::KW_REPEAT || type == Token::KW_ELSE || (type == Token::KW_IF && type_before() != Token::KW_ELSE);
  if (is_due && !open_.empty()) {
    ++open_.back().braces_due;
  }
}

}  // namespace kdlc::syntax
