// Names and settings that other frameworks have and this language says in another way.
#include "check/foreign_words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace kdlc::check {

namespace {

/// PyTorch's layers that are told first how wide their input is. With as many arguments as that, the first one goes.
struct ToldWidth {
  std::string_view name;
  std::size_t least_arguments;
};
constexpr std::array kToldWidths = {
    ToldWidth{"Linear", 2},
    ToldWidth{"Conv1d", 3},
    ToldWidth{"Conv2d", 3},
    ToldWidth{"Conv3d", 3},
    ToldWidth{"ConvTranspose1d", 3},
    ToldWidth{"ConvTranspose2d", 3},
    ToldWidth{"ConvTranspose3d", 3},
    ToldWidth{"LSTM", 2},
    ToldWidth{"GRU", 2},
    ToldWidth{"BatchNorm1d", 1},
    ToldWidth{"BatchNorm2d", 1},
    ToldWidth{"BatchNorm3d", 1},
    ToldWidth{"LayerNorm", 1},
    ToldWidth{"RMSNorm", 1},
};

bool is_size(const syntax::Expr& expression) {
  return std::holds_alternative<syntax::IntLiteral>(expression.node) ||
         std::holds_alternative<syntax::NameRef>(expression.node) ||
         std::holds_alternative<syntax::Binary>(expression.node);
}

/// `-1`, `x.shape[0]` and their like: the samples, which no shape of this language counts.
bool is_minus_one(const syntax::Expr& expression) {
  const auto* unary = std::get_if<syntax::Unary>(&expression.node);
  const auto* number = unary == nullptr ? nullptr : std::get_if<syntax::IntLiteral>(&unary->operand->node);
  return unary != nullptr && unary->op == syntax::UnaryOp::negate && number != nullptr && number->value == 1;
}

/// PyTorch's losses that take scores and apply the softmax or sigmoid themselves.
constexpr std::array<std::string_view, 6> kTakeScores = {"CrossEntropyLoss",    "cross_entropy",
                                                         "BCEWithLogitsLoss",   "binary_cross_entropy_with_logits",
                                                         "SoftmaxCrossEntropy", "softmax_cross_entropy"};

/// From the first argument to before the second one, or all of it.
Edit without_first(const std::vector<syntax::Argument>& call) {
  Span span = call.front().span;
  span.end = call.size() > 1 ? call[1].span.begin : span.end;
  return {span, ""};
}

struct Advice {
  std::string_view written;
  std::string_view words;
};
constexpr std::array kNameAdvice = {
    Advice{"unsqueeze", "an axis of one is written into the shape: `reshape(28, 28, 1)`, without N"},
    Advice{"expand_dims", "an axis of one is written into the shape: `reshape(28, 28, 1)`, without N"},
    Advice{"squeeze", "an axis of one goes by `reshape` without it, or by a slice, `x[:, 0]`"},
    Advice{"matmul", "a product of matrices is written `a @ b`"},
    Advice{"bmm", "a product of matrices is written `a @ b`"},
    Advice{"nn", "layers have one short name here: `dense`, `conv2d`, `relu`"},
    Advice{"torch", "layers and functions have one short name here: `concat`, `relu`"},
    Advice{"tf", "layers and functions have one short name here: `concat`, `relu`"},
    Advice{"keras", "layers have one short name here: `dense`, `conv2d`, `relu`"},
    Advice{"layers", "layers have one short name here: `dense`, `conv2d`, `relu`"},
    Advice{"TimeDistributed", "a layer takes further axes behind N as more samples by itself: leave it out"},
    Advice{"Bidirectional", "`lstm`, `gru` and `rnn` take `direction: both`"},
    Advice{"Sequential", "a chain is written `input -> dense(8) -> relu`"},
};
constexpr std::array kSettingAdvice = {
    Advice{"mask_zero", "a mask is a value of its own: the layer that reads it takes `mask: ids != 0`"},
    Advice{"input_shape", "the sizes of an input stand in its `input` line"},
    Advice{"input_dim", "the sizes of an input stand in its `input` line"},
    Advice{"input_length", "the sizes of an input stand in its `input` line"},
    Advice{"batch_size", "N is any number of samples; it is given where the model is run"},
    Advice{"data_format", "channels stand last; `transpose(0, 2, 3, 1)` turns an image"},
    Advice{"name", "`as` names a layer: `dense(8) as hidden`"},
    Advice{"num_classes", "the number of classes is read from the output"},
};

template <class Table>
std::optional<std::string_view> find_advice(const Table& table, std::string_view written) {
  const auto found = std::ranges::find(table, written, &Advice::written);
  return found == table.end() ? std::nullopt : std::optional(found->words);
}

}  // namespace

Help help_with_our_name(std::string_view name, const Span& span, std::string_view ours,
                        const std::vector<syntax::Argument>* call) {
  Help help{fmt::format("it is called `{}` here", ours), {{span, std::string(ours)}}};
  if (call == nullptr || call->empty() || call->front().name) {
    return help;
  }
  const auto told = std::ranges::find(kToldWidths, name, &ToldWidth::name);
  const auto given = static_cast<std::size_t>(
      std::ranges::count_if(*call, [](const syntax::Argument& argument) { return !argument.name.has_value(); }));
  const syntax::Expr& first = *call->front().value;
  if (told != kToldWidths.end() && given >= told->least_arguments && is_size(first)) {
    help.text += ", and sees by itself how wide its input is";
    help.edits.push_back(without_first(*call));
  } else if (std::ranges::find(kTakeScores, name) != kTakeScores.end() &&
             std::ranges::none_of(*call, [](const auto& argument) { return argument.name.has_value(); })) {
    Span behind = call->back().span;
    behind.begin = behind.end;
    help.text += ", and is told that it gets scores";
    help.edits.push_back({behind, ", from_logits: true"});
  } else if (name == "view" && given > 1 && is_minus_one(first)) {
    help.text += ", and leaves N alone";
    help.edits.push_back(without_first(*call));
  }
  return help;
}

std::optional<std::string_view> advice_for_name(std::string_view name) {
  return find_advice(kNameAdvice, name);
}

std::optional<std::string_view> advice_for_setting(std::string_view setting, std::string_view layer) {
  if (setting == "momentum" && layer.find("adam") != std::string_view::npos) {
    return "the momentum of adam and its kin is `beta_1`";
  }
  return find_advice(kSettingAdvice, setting);
}

}  // namespace kdlc::check
