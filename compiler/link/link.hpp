// Front door of link/: objects to executables and headers; code in memory for `run`.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/codegen.hpp"
#include "diagnostics/diagnostics.hpp"
#include "plan/plan.hpp"

struct kdlc_model;  // runtime/kdlc_abi.h

namespace kdlc::link {

struct HeaderOptions {
  std::string prefix;
  bool embedded_weights = true;
};
/// The C header of an object: C99, self-contained, documented from the model's doc comments.
std::string write_header(const plan::Plan& plan, const HeaderOptions& options);

/// The C identifier prefix of a model name: its ASCII letters and digits in lower case; `model` stands in front of one
/// that begins with a digit, is empty, or clashes with the types of every header (`kdlc`).
std::string symbol_prefix(const std::string& model_name);

struct ExecutableOptions {
  codegen::Target target;
  std::string prefix;  // of the object's symbols: its `<prefix>_model` is what the main runs
  std::string output_path;
};
/// Links the object with the runtime's main into a static-PIE at output_path (written beside, then renamed). False
/// after reporting K95x.
bool link_executable(const std::string& object_bytes, const ExecutableOptions& options, Report& report);

/// Writes bytes beside the path, then renames; false after reporting. `executable` sets the mode.
bool write_file(const std::string& path, const std::string& bytes, bool executable, Report& report);

/// An object loaded into this process.
class LoadedModel {
public:
  /// nullptr after reporting.
  static std::unique_ptr<LoadedModel> load(const std::string& object_bytes, const std::string& prefix, Report& report);
  ~LoadedModel();
  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;

  [[nodiscard]] const kdlc_model& model() const;
  /// The address of a defined symbol; nullptr when there is none.
  [[nodiscard]] void* symbol(const std::string& name) const;

private:
  struct State;
  explicit LoadedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kdlc::link
