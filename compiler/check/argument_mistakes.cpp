// Tensors that a layer has no place for, too few tensors, and tensors in each other's place.
#include "check/argument_mistakes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "check/foreign_words.hpp"
#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::check {

namespace {

struct Synonym {
  std::string_view written;
  std::string_view input;
};
/// What people call the inputs of attention.
constexpr std::array<Synonym, 6> kSynonyms = {
    {{"query", "q"}, {"queries", "q"}, {"key", "k"}, {"keys", "k"}, {"value", "v"}, {"values", "v"}}};

bool is_called(const catalogue::BoundInput& given, std::string_view input) {
  const auto synonym = std::ranges::find(kSynonyms, given.text, &Synonym::written);
  return given.text == input || (synonym != kSynonyms.end() && synonym->input == input);
}

/// The heads with the parentheses around them; nullopt when they are no list of this form.
std::optional<Span> list_span(const SourceSet& sources, const std::vector<Item>& items, std::size_t head_count) {
  Span span = join(items.front().span, items[head_count - 1].span);
  const std::string_view text = sources.file(span.source).text();
  const bool has_parentheses =
      span.begin > 0 && span.end < text.size() && text[span.begin - 1] == '(' && text[span.end] == ')';
  if (!has_parentheses) {
    return std::nullopt;
  }
  --span.begin;
  ++span.end;
  return span;
}

}  // namespace

void report_unknown_setting(Body& body, const catalogue::Layer& layer, const syntax::Argument& argument) {
  const std::string& given = argument.name->text;
  Message& message = body.elaboration.pending.add(argument.name->span, diag::UnknownSetting, given,
                                                  std::string(layer.name), "is unknown");
  for (const catalogue::ForeignName& foreign : layer.foreign_names) {
    if (foreign.theirs == given) {
      message.help(fmt::format("it is called `{}` here", foreign.ours),
                   {argument.name->span, std::string(foreign.ours)});
      return;
    }
  }
  if (const std::optional<std::string_view> advice = advice_for_setting(given, layer.name)) {
    message.help(std::string(*advice));
    return;
  }
  std::vector<std::string> candidates;
  std::string all;
  for (const catalogue::Setting& setting : layer.settings) {
    candidates.emplace_back(setting.name);
    all += fmt::format("{}`{}`", all.empty() ? "" : ", ", setting.name);
  }
  for (const catalogue::InputSpec& input : layer.inputs) {
    candidates.emplace_back(input.name);
  }
  if (const std::optional<std::string> nearest = nearest_name(given, candidates)) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {argument.name->span, *nearest});
  } else {
    message.help(all.empty() ? fmt::format("`{}` has no settings", layer.name)
                             : fmt::format("`{}` has {}", layer.name, all));
  }
}

void report_surplus_tensor(Body& body, const catalogue::Layer& layer, const ApplicationSite& site,
                           const std::vector<Item>& items, std::size_t index, const catalogue::Setting& setting) {
  const auto head_count =
      static_cast<std::size_t>(std::ranges::count_if(items, [](const Item& item) { return item.is_head; }));
  Report& pending = body.elaboration.pending;
  const Item& item = items[index];
  const std::string wanted = layer.inputs.size() == 1 ? "one tensor" : fmt::format("{} tensors", layer.inputs.size());
  if (head_count > 1 && items.front().span == item.span) {
    pending
        .add(item.span, diag::ResultCount, fmt::format("`{}`", item.operand->text),
             fmt::format("{} results", head_count), fmt::format("`{}` takes {}", layer.name, wanted))
        .label(site.span, fmt::format("takes {}", wanted))
        .help("name the results and go on from the one that is meant: `a, b = …`");
    return;
  }
  Message& message =
      pending.add(item.span, diag::SettingNeeded, describe(item.operand->value), std::string(setting.name),
                  std::string(layer.name), fmt::format("a setting, as `{}` works on {}", layer.name, wanted));
  message.at_caret("one tensor too many").label(site.name_span, fmt::format("works on {}", wanted));
  const std::optional<Span> list = list_span(body.elaboration.sources, items, head_count);
  if (list && layer.inputs.size() == 1) {
    const std::string text(body.elaboration.sources.text(*list));
    message.help("did you mean to join their features?", {*list, "concat" + text});
  }
}

void offer_repeated_head(const catalogue::Layer& layer, const Operand& head, Message& message) {
  std::string list;
  std::size_t count = 0;
  for (const catalogue::InputSpec& input : layer.inputs) {
    if (input.arity != catalogue::Arity::optional) {
      list += (list.empty() ? "" : ", ") + head.text;
      ++count;
    }
  }
  message.help(fmt::format("`{}` works on {} tensors; did you mean one for all of them?", layer.name, count),
               {head.span, "(" + list + ")"});
}

void tell_axes_alone(Report& report, std::size_t said, const catalogue::Application& application) {
  std::vector<Message> messages(report.messages().begin() + static_cast<std::ptrdiff_t>(said), report.messages().end());
  for (Message& axes : messages) {
    const auto is_type_of_it = [&](const Message& message) {
      return message.kind == &diag::ElementType && message.span == axes.span;
    };
    if (axes.kind != &diag::AxisCount || std::ranges::none_of(messages, is_type_of_it)) {
      continue;
    }
    const TensorType& type = application.inputs.front().type;
    if (is_integer(type.dtype) && type.shape.axis_count() <= 2) {
      axes.help("whole numbers that name words or classes go through `embedding(…)` or `onehot(…)` first");
    }
    const Span span = axes.span;
    std::erase_if(messages,
                  [&](const Message& message) { return message.kind == &diag::ElementType && message.span == span; });
    report.truncate(said);
    for (Message& message : messages) {
      report.append(std::move(message));
    }
    return;
  }
}

void warn_of_swapped_roles(const catalogue::Application& application, const Arguments& arguments, Report& report) {
  const std::vector<catalogue::InputSpec>& specs = application.layer->inputs;
  const auto is_by_position = [&](std::string_view input) {
    return std::ranges::none_of(arguments.named, [&](const auto* argument) { return argument->name->text == input; });
  };
  for (std::size_t left = 0; left < specs.size(); ++left) {
    for (std::size_t right = left + 1; right < specs.size(); ++right) {
      if (!application.input_index[left] || !application.input_index[right]) {
        continue;
      }
      const catalogue::BoundInput& first = application.inputs[*application.input_index[left]];
      const catalogue::BoundInput& second = application.inputs[*application.input_index[right]];
      if (is_called(first, specs[right].name) && is_called(second, specs[left].name) &&
          is_by_position(specs[left].name) && is_by_position(specs[right].name)) {
        Message& message =
            report.add(first.span, diag::SwappedRoles, first.text, std::string(specs[left].name),
                       std::string(application.layer->name), second.text, std::string(specs[right].name));
        message.label(second.span, fmt::format("stands for `{}`", specs[right].name));
        Help help{"did you mean them the other way round?", {{first.span, second.text}, {second.span, first.text}}};
        message.helps.push_back(std::move(help));
      }
    }
  }
}

}  // namespace kdlc::check
