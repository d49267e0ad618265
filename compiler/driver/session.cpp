// One run of a command: which messages it shows and how it ends.
#include "driver/session.hpp"

#include <algorithm>

#include "diagnostics/kinds.hpp"

namespace kdlc::driver {

namespace {

Policy policy_of(const Arguments& arguments) {
  constexpr std::string_view kOff = "no-";
  Policy policy;
  policy.denied = arguments.denied;
  policy.allowed = arguments.allowed;
  for (const std::string& word : arguments.shown) {
    const bool is_row = find_diagnostic(word) != nullptr;  // a row's own name may begin with `no-`
    if (!is_row && word.starts_with(kOff)) {
      policy.allowed.push_back(word.substr(kOff.size()));
    } else {
      policy.wanted.push_back(word);
    }
  }
  return policy;
}

bool is_usage(std::string_view code) {
  constexpr std::string_view kUsage[] = {
      diag::UnknownModel.code, diag::UnknownDefine.code,   diag::DefineValue.code,    diag::UnknownTarget.code,
      diag::UnknownCpu.code,   diag::NativeElsewhere.code, diag::WouldOverwrite.code, diag::OptionValue.code,
      diag::UnknownTap.code,   diag::ModelNotChosen.code,  diag::FileExists.code,     diag::TunedElsewhere.code};
  return std::find(std::begin(kUsage), std::end(kUsage), code) != std::end(kUsage);
}

/// Files, weights, data and tools: K004 to K009, K6xx, K701, K95x and beyond. A file that could be read and holds
/// something else (K001 to K003) is the model's fault.
bool is_world(std::string_view code) {
  return (code.starts_with("K00") && code >= "K004") || code.starts_with("K6") || code == "K701" || code >= "K950";
}

std::string count_of(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

std::vector<Message> Session::selected() const {
  return select_messages(report, sources, policy_of(arguments));
}

bool Session::has_failed() const {
  const std::vector<Message> messages = selected();
  return std::any_of(messages.begin(), messages.end(),
                     [](const Message& message) { return message.severity == Severity::error; });
}

ExitCode Session::finish() {
  const std::vector<Message> messages = selected();
  for (const Message& message : messages) {
    console.tell(render_text(message, sources, {.colour = console.messages_in_colour()}) + "\n");
  }
  return exit_code_of(messages);
}

ExitCode exit_code_of(const std::vector<Message>& messages) {
  bool is_any_usage = false;
  bool is_any_world = false;
  for (const Message& message : messages) {
    if (message.severity != Severity::error) {
      continue;
    }
    if (is_usage(message.kind->code)) {
      is_any_usage = true;
    } else if (is_world(message.kind->code)) {
      is_any_world = true;
    } else {
      return ExitCode::model_is_wrong;
    }
  }
  return is_any_usage ? ExitCode::wrong_usage : is_any_world ? ExitCode::world_failed : ExitCode::fine;
}

std::string count_messages(const std::vector<Message>& messages) {
  const auto count = [&](Severity severity) {
    return static_cast<std::size_t>(std::count_if(
        messages.begin(), messages.end(), [&](const Message& message) { return message.severity == severity; }));
  };
  std::string text;
  for (const auto& [severity, noun] : {std::pair(Severity::error, "error"), std::pair(Severity::warning, "warning"),
                                       std::pair(Severity::lint, "lint")}) {
    if (const std::size_t number = count(severity); number > 0) {
      text += (text.empty() ? "" : ", ") + count_of(number, noun);
    }
  }
  return text;
}

}  // namespace kdlc::driver
