// What values are called in messages.
#include "check/values.hpp"

#include <fmt/format.h>

#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

std::string join_items(const std::vector<Value>& items) {
  std::string text;
  for (const Value& item : items) {
    text += (text.empty() ? "" : ", ") + to_text(item);
  }
  return text;
}

}  // namespace

Value value_of(const Dim& dim) {
  if (dim.is_constant()) {
    return {dim.constant()};
  }
  return {dim};
}

std::optional<Dim> as_dim(const Value& value) {
  if (const auto* whole = value.as<std::int64_t>()) {
    return Dim(*whole);
  }
  if (const auto* dim = value.as<Dim>()) {
    return *dim;
  }
  return std::nullopt;
}

std::optional<double> as_number(const Value& value) {
  if (const auto* whole = value.as<std::int64_t>()) {
    return static_cast<double>(*whole);
  }
  if (const auto* number = value.as<double>()) {
    return *number;
  }
  return std::nullopt;
}

bool is_setting(const Value& value) {
  if (const auto* list = value.as<List>()) {
    for (const Value& item : list->items) {
      if (!is_setting(item)) {
        return false;
      }
    }
    return true;
  }
  return value.as<std::int64_t>() != nullptr || value.as<double>() != nullptr || value.as<bool>() != nullptr ||
         value.as<Dim>() != nullptr || value.as<Text>() != nullptr;
}

bool is_applicable(const Value& value) {
  return value.as<PreludeLayer>() != nullptr || value.as<PreludeFunction>() != nullptr ||
         value.as<NumberFunction>() != nullptr || value.as<UserFunction>() != nullptr ||
         value.as<UserBlock>() != nullptr || value.as<UserModel>() != nullptr || value.as<SharedLayer>() != nullptr ||
         value.as<PreludeScore>() != nullptr;
}

std::string to_text(const Value& value) {
  return std::visit(Overloaded{
                        [](std::int64_t whole) { return fmt::format("{}", whole); },
                        [](double number) { return fmt::format("{}", number); },
                        [](bool flag) { return std::string(flag ? "true" : "false"); },
                        [](const Dim& dim) { return dim.to_text(); },
                        [](const Text& text) { return text.is_word ? text.text : fmt::format("\"{}\"", text.text); },
                        [](const List& list) { return fmt::format("[{}]", join_items(list.items)); },
                        [](const Tuple& tuple) { return fmt::format("({})", join_items(tuple.items)); },
                        [](const PreludeLayer& layer) { return std::string(layer.layer->name); },
                        [](const PreludeFunction& function) { return std::string(function.activation->name); },
                        [](const NumberFunction& function) { return function.name; },
                        [](const UserFunction& function) { return function.declaration->name.text; },
                        [](const UserBlock& block) { return block.declaration->name.text; },
                        [](const UserModel& model) { return model.declaration->name.text; },
                        [](const auto&) { return std::string("…"); },
                    },
                    value.node);
}

std::string describe(const Value& value) {
  return std::visit(
      Overloaded{
          [](const Unknown&) { return std::string("something unknown"); },
          [](const Tensor& tensor) { return fmt::format("a tensor ({})", tensor.type.to_text()); },
          [](const ConstantTensor& constant) { return fmt::format("the constant `{}`", constant.name); },
          [](std::int64_t whole) { return fmt::format("the number {}", whole); },
          [](double number) { return fmt::format("the number {}", number); },
          [](bool flag) { return fmt::format("the flag `{}`", flag); },
          [](const Dim& dim) { return fmt::format("the size `{}`", dim.to_text()); },
          [](const Text& text) {
            return text.is_word ? fmt::format("the word `{}`", text.text) : fmt::format("the text \"{}\"", text.text);
          },
          [](const List& list) { return fmt::format("the list [{}]", join_items(list.items)); },
          [](const Tuple& tuple) { return fmt::format("a group of {} values", tuple.items.size()); },
          [](const InitializerValue& value_) { return fmt::format("the initializer `{}`", value_.initializer.kind); },
          [](const ScheduleValue& schedule) { return fmt::format("the schedule {}", schedule.value.to_text()); },
          [](const PreludeScore& score) {
            return score.loss != nullptr ? fmt::format("the loss `{}`", score.loss->score.name)
                                         : fmt::format("the metric `{}`", score.metric->score.name);
          },
          [](const PreludeLayer& layer) { return fmt::format("the layer `{}`", layer.layer->name); },
          [](const PreludeFunction& function) { return fmt::format("the function `{}`", function.activation->name); },
          [](const NumberFunction& function) { return fmt::format("the function `{}`", function.name); },
          [](const UserFunction& function) { return fmt::format("the fn `{}`", function.declaration->name.text); },
          [](const UserBlock& block) { return fmt::format("the block `{}`", block.declaration->name.text); },
          [](const UserModel& model) { return fmt::format("the model `{}`", model.declaration->name.text); },
          [](const SharedLayer&) { return std::string("a layer"); },
          [](const Module&) { return std::string("an imported file"); },
      },
      value.node);
}

}  // namespace kdlc::check
