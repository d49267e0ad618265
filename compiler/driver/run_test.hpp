// Running the tests of a model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "driver/session.hpp"
#include "driver/test_program.hpp"

namespace kdlc::driver {

/// A model whose tests run, with what they share: its machine code, made when the first test asks for it.
struct TestedCode {
  const std::string& source_path;
  const check::CheckedModel* model = nullptr;  // none for the tests at the top of a file
  const std::vector<check::Test>& tests;
  std::optional<TestProgram> program = std::nullopt;
  bool has_failed = false;  // it does not compile: said once
};

enum class TestResult : std::uint8_t { passed, failed, not_run };

/// Runs one test and reports every expectation that does not hold (K801).
TestResult run_test(TestedCode& code, const check::Test& test, Session& session);

}  // namespace kdlc::driver
