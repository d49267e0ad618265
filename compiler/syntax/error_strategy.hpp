// Private to syntax/: where the parser goes after a mistake, and the one message it leaves behind.
#pragma once

#include "antlr4-runtime.h"

#include "diagnostics/diagnostics.hpp"
#include "syntax/lexemes.hpp"

namespace kdlc::syntax {

/// Never guesses tokens: a rule that cannot go on reports (unless the mistake is a consequence of one reported before)
/// and skips to the next declaration head or `}`. Repair has mended the common mistakes before the parser starts.
class ErrorStrategy final : public antlr4::ANTLRErrorStrategy {
public:
  ErrorStrategy(const Lexemes& lexemes, Report& report) : lexemes_(lexemes), report_(report) {}

  void reset(antlr4::Parser* parser) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  void sync(antlr4::Parser* parser) override;
  bool inErrorRecoveryMode(antlr4::Parser* parser) override;
  void reportMatch(antlr4::Parser* parser) override;
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;

private:
  [[nodiscard]] bool is_consequence(antlr4::Parser* parser, std::size_t offending) const;
  [[nodiscard]] bool is_wounded(std::size_t begin, std::size_t offending) const;
  void skip_to_head(antlr4::Parser* parser, std::size_t from, std::size_t open_braces);

  const Lexemes& lexemes_;
  Report& report_;
  std::size_t recovered_at_ = 0;  // the head where the last recovery ended
  bool has_recovered_ = false;
};

/// Where a rule failed, for the words of the message.
struct Failure {
  std::size_t offending = 0;          // index of the token that cannot stand here
  std::size_t decl_begin = 0;         // index of the first token of the declaration around it
  std::size_t rule = 0;               // Grammar::Rule…
  std::vector<std::size_t> expected;  // token types that could stand here, as far as one token tells
};

/// Says what is wrong at a failure of the parser (describe_mistake.cpp).
void report_mistake(const Lexemes& lexemes, const Failure& failure, Report& report);

}  // namespace kdlc::syntax
