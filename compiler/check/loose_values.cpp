// Offers a value that nothing uses as the cure for a missing link.
#include "check/loose_values.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::check {

void offer_loose_value(Body& body, const ApplicationSite& site, Message& message) {
  if (body.facts == nullptr) {
    return;
  }
  const Local* loose = nullptr;
  for (const Local& local : body.facts->locals) {
    const bool is_value = local.kind == LocalKind::value || local.kind == LocalKind::input;
    const auto found = body.root.names.find(local.name);
    const bool is_tensor = found != body.root.names.end() && found->second.value.is_tensor();
    if (is_value && is_tensor && local.mentions == 0 && local.span.end <= site.span.begin) {
      loose = &local;  // the last one above is the most likely
    }
  }
  if (loose == nullptr) {
    return;
  }
  message.label(loose->span, fmt::format("`{}` is not used anywhere", loose->name));
  const std::string call(body.elaboration.sources.text(site.span));
  if (site.is_stage || call.find('\n') != std::string::npos) {
    message.help(fmt::format("did you mean to start from `{}`?", loose->name));
    return;
  }
  message.help(fmt::format("`{0}` is not used anywhere: did you mean `{0} -> {1}`?", loose->name, call),
               {site.span, fmt::format("{} -> {}", loose->name, call)});
}

void report_tensor_needed(Body& body, const ApplicationSite& site, const Operand& operand, const TensorPlace& place) {
  Message& message = body.elaboration.pending.add(operand.span, diag::TensorNeeded, describe(operand.value),
                                                  std::string(place.layer), std::string(place.input));
  if (is_applicable(operand.value)) {
    message.help(fmt::format("`{}` is not a value: apply it first, `x -> {}`", operand.text, operand.text));
    return;
  }
  if (operand.value.as<List>() != nullptr) {
    message.help("a list beside a tensor is one; alone it needs a name and a type: `const table: f32[3] = [1, 2, 3]`");
    return;
  }
  offer_loose_value(body, site, message);
}

}  // namespace kdlc::check
