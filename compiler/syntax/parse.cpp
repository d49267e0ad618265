// Text to tree: lexemes, repair, ANTLR's parser, tree.
#include "syntax/syntax.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "antlr4-runtime.h"

#include "diagnostics/kinds.hpp"
#include "syntax/build_tree.hpp"
#include "syntax/error_strategy.hpp"
#include "syntax/lexemes.hpp"
#include "syntax/repair.hpp"

namespace kdlc::syntax {

namespace {

/// Deeper brackets would let the parser's recursion grow without bound.
constexpr std::size_t kMaxNesting = 256;

std::vector<std::unique_ptr<antlr4::Token>> to_antlr(const Lexemes& lexemes) {
  std::vector<std::unique_ptr<antlr4::Token>> tokens;
  tokens.reserve(lexemes.items.size());
  for (const Lexeme& lexeme : lexemes.items) {
    tokens.push_back(std::make_unique<antlr4::CommonToken>(lexeme.type));
  }
  return tokens;
}

Tree parse_lexemes(const Lexemes& lexemes, Report& report) {
  antlr4::ListTokenSource source(to_antlr(lexemes));
  antlr4::CommonTokenStream stream(&source);
  Grammar parser(&stream);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<ErrorStrategy>(lexemes, report));
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(antlr4::atn::PredictionMode::SLL);
  return TreeBuilder(lexemes, report).tree(parser.sourceFile());
}

/// What stands for a file that was not read.
Tree unread(SourceId source, std::vector<Comment> comments) {
  Tree tree;
  tree.source = source;
  tree.comments = std::move(comments);
  tree.declarations.push_back({.span = Span{source, 0, 0}, .doc = {}, .node = ErrorDecl{}});
  return tree;
}

}  // namespace

Tree parse(const SourceSet& sources, SourceId source, Report& report) {
  const SourceFile& file = sources.file(source);
  if (const std::size_t place = find_non_text(file.text()); place != std::string_view::npos) {
    const auto offset = static_cast<std::uint32_t>(place);
    report.add(Span{source, offset, offset + 1}, diag::NotText, file.path(), place);
    return unread(source, {});
  }
  Lexemes lexemes = read_lexemes(file, source);
  if (const std::optional<Span> place = find_kdl_document(lexemes)) {
    report.add(*place, diag::KdlDocument).help("a model begins with `kdl 1` and `model Name { … }`");
    return unread(source, std::move(lexemes.comments));
  }
  if (lexemes.is_too_long) {
    report.add(Span{source, 0, 0}, diag::FileTooLong, file.path(), kMostLexemes);
    return unread(source, {});
  }
  const std::size_t message_count = report.size();
  repair_tokens(lexemes, report);
  repair_words(lexemes, report);
  repair_structure(lexemes, report);
  // Counted last: now brackets match, so the parser can go no deeper.
  if (const std::optional<Span> place = find_too_deep(lexemes, kMaxNesting)) {
    report.truncate(message_count);  // most of them would speak of the same brackets
    report.add(*place, diag::TooDeep, "brackets", kMaxNesting);
    return unread(source, std::move(lexemes.comments));
  }
  try {
    return parse_lexemes(lexemes, report);
  } catch (const antlr4::RuntimeException& error) {
    report.add(Span{source, 0, 0}, diag::SyntaxMistake, fmt::format("this file cannot be read: {}", error.what()));
    return unread(source, std::move(lexemes.comments));
  }
}

}  // namespace kdlc::syntax
