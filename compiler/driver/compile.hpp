// The whole compile, from a file to its object.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "driver/session.hpp"
#include "plan/plan.hpp"

namespace kdlc::driver {

/// Where the compiled code finds its weights.
enum class WeightsPlace : std::uint8_t { embedded, external };

struct CompileOptions {
  WeightsPlace place = WeightsPlace::embedded;
  codegen::Emit emit = codegen::Emit::object;
};

struct Compiled {
  plan::Plan plan;
  codegen::Target target;
  std::string prefix;
  std::optional<check::WeightsClause> weights_clause;
  std::vector<std::byte> packed_weights;  // empty when the caller binds them
  std::string code;                       // an object, or text
};

/// The checked model of a file; nullopt after reporting, or after a dump.
std::optional<check::CheckedModel> check_file(const std::string& path, check::CodeNeeded code_needed, Session& session);

/// The planned model, without weights and code; nullopt after reporting, or after a dump.
std::optional<Compiled> plan_file(const std::string& path, Session& session);

/// The code of a file's model; nullopt after reporting, or after a dump.
std::optional<Compiled> compile_file(const std::string& path, const CompileOptions& options, Session& session);

}  // namespace kdlc::driver
