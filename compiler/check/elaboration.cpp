// Messages said once, limits, and records: what every part of elaboration uses.
#include "check/elaboration.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

constexpr std::size_t kMostApplications = 100'000;
constexpr std::size_t kMostLabels = 3;  // applications named below a message from inside a block

std::string key_of(const Message& message) {
  return fmt::format("{}:{}:{}:{}", message.kind->code, message.span.source.value, message.span.begin,
                     message.span.end);
}

void label_applications(const Elaboration& elaboration, Message& message) {
  std::size_t labelled = 0;
  for (auto frame = elaboration.applications.rbegin(); frame != elaboration.applications.rend(); ++frame) {
    if (labelled++ == kMostLabels) {
      return;
    }
    message.label(frame->span, fmt::format("in `{}`, applied here", frame->name));
  }
}

}  // namespace

std::size_t flush(Elaboration& elaboration) {
  std::size_t error_count = 0;
  for (const Message& pending : elaboration.pending.messages()) {
    error_count += pending.severity == Severity::error ? 1 : 0;
    const auto [entry, is_new] = elaboration.reported->try_emplace(key_of(pending));
    if (!is_new) {
      ++entry->second.repeats;
      continue;
    }
    Message& message = elaboration.report.append(pending);
    label_applications(elaboration, message);
    entry->second.message = elaboration.applications.empty() ? nullptr : &message;
  }
  elaboration.pending = Report();
  return error_count;
}

bool spend(Elaboration& elaboration, const Span& span) {
  if (elaboration.gave_up) {
    return false;
  }
  if (++elaboration.application_count > kMostApplications) {
    elaboration.pending.add(span, diag::TooManyLayers, static_cast<std::int64_t>(kMostApplications), "layers")
        .at_caret("reached here")
        .help("look for a count with zeros too many, or blocks that apply others many times over");
    elaboration.gave_up = true;
    return false;
  }
  return true;
}

RecordScope::RecordScope(Body& body, graph::Record record)
    : builder_(*body.elaboration.builder), previous_(builder_.record()) {
  record.parent = body.record;
  id_ = builder_.graph().records.push_back(std::move(record));
  builder_.set_record(id_);
}

RecordScope::~RecordScope() {
  builder_.set_record(previous_);
}

void RecordScope::finish(const std::vector<Tensor>& results) {
  graph::Record& done = record();
  for (const Tensor& result : results) {
    done.results.push_back(result.node);
    done.result_types.push_back(result.type);
  }
}

}  // namespace kdlc::check
