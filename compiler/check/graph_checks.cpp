// What hangs loose in a body: values, inputs, layers and weights that nothing uses (K210 to K214, K219).
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

std::string_view kind_text(LocalKind kind) {
  switch (kind) {
    case LocalKind::setting:
      return "setting";
    case LocalKind::input:
      return "input";
    case LocalKind::value:
      return "value";
    case LocalKind::output:
      return "output";
    case LocalKind::layer:
      return "layer";
    case LocalKind::param:
      return "param";
    case LocalKind::constant:
      return "const";
    case LocalKind::dim:
      return "dim";
    case LocalKind::shape_name:
      return "shape name";
  }
  KDLC_UNREACHABLE("all kinds are listed");
}

Message* add_message(Elaboration& elaboration, const Local& local) {
  Report& pending = elaboration.pending;
  switch (local.kind) {
    case LocalKind::value:
      return &pending.add(local.span, diag::DanglingValue, local.name);
    case LocalKind::input:
      return &pending.add(local.span, diag::UnusedInput, local.name);
    case LocalKind::layer:
      return &pending.add(local.span, diag::UnusedLayer, local.name);
    case LocalKind::param:
    case LocalKind::constant:
      return &pending.add(local.span, diag::UnusedWeight, std::string(kind_text(local.kind)), local.name);
    case LocalKind::setting:
      return &pending.add(local.span, diag::UnusedParameter, local.name);
    case LocalKind::output:
    case LocalKind::dim:
    case LocalKind::shape_name:
      return nullptr;
  }
  KDLC_UNREACHABLE("all kinds are listed");
}

/// Once for a block, however often it is applied.
void note_unreached(Elaboration& elaboration, const Local& local) {
  for (const Unreached& known : elaboration.unreached) {
    if (known.span == local.span) {
      return;
    }
  }
  elaboration.unreached.push_back({local.name, std::string(kind_text(local.kind)), local.span});
}

}  // namespace

void check_dangling(Elaboration& elaboration, const BodyFacts& facts) {
  for (const Local& local : facts.locals) {
    const bool can_hang =
        local.kind != LocalKind::output && local.kind != LocalKind::dim && local.kind != LocalKind::shape_name;
    if (!can_hang || local.mentions != 0 || local.has_tap) {
      continue;
    }
    const bool is_parameter = local.kind == LocalKind::setting;
    if (is_parameter && (local.train_mentions != 0 || local.name.front() == '_')) {
      continue;
    }
    if (local.train_mentions != 0 || local.name.front() == '_') {
      note_unreached(elaboration, local);
      continue;
    }
    Message* message = add_message(elaboration, local);
    if (message == nullptr) {
      continue;
    }
    message->at_caret("not used by any line below");
    if (is_parameter) {
      message->help(fmt::format("use it, delete it, or call it `_{}`", local.name));  // callers may give it by name
      continue;
    }
    message->help(fmt::format("use it, delete it, or call it `_{}` to keep it", local.name),
                  {local.span, "_" + local.name});
    if (elaboration.options.warn_dangling) {
      message->severity = Severity::warning;
    }
  }
}

}  // namespace kdlc::check
