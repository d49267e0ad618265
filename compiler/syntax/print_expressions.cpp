// Expressions broken over lines where the author broke them, or where a line would be too long.
#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "syntax/printer.hpp"

namespace kdlc::syntax {

void Printer::expression(const Expr& expr) {
  const std::string text = flat(expr);
  const bool is_written_on_lines = has_line_break(expr.span) || has_comment_within(expr.span);
  if (!is_written_on_lines && fits(text.size())) {
    const auto* one_line = std::get_if<Chain>(&expr.node);
    if (one_line == nullptr) {
      write(text);
      reached(expr.span);
      return;
    }
  }
  if (const auto* parts = std::get_if<Chain>(&expr.node)) {
    chain(*parts);
  } else if (const auto* parts_of_if = std::get_if<If>(&expr.node)) {
    choice(*parts_of_if);
  } else if (const auto* call = std::get_if<Call>(&expr.node)) {
    write(flat(*call->callee, Level::postfix));
    items("(", to_items(call->arguments), ")", call->arguments_span);
  } else if (const auto* list = std::get_if<ListExpr>(&expr.node)) {
    items("[", to_items(list->items), "]", expr.span);
  } else if (const auto* tuple = std::get_if<TupleExpr>(&expr.node)) {
    const bool needs_comma = tuple->items.size() == 1 && !tuple->is_parenthesis;
    items("(", to_items(tuple->items), needs_comma ? ",)" : ")", expr.span);
  } else if (const auto* binary = std::get_if<Binary>(&expr.node); binary != nullptr && binary->op != BinaryOp::power) {
    // Long sums break before the operator, at the outermost level only.
    write(flat(*binary->left, level(binary->op) == Level::comparison ? Level::sum : level(binary->op)));
    reached(binary->left->span);
    const std::string right =
        flat(*binary->right, static_cast<Level>(static_cast<std::uint8_t>(level(binary->op)) + 1));
    if (fits(right.size() + 4)) {
      write(" ");
    } else {
      ++indentation_;
      new_line(binary->right->span.begin);
      --indentation_;
    }
    write(fmt::format("{} {}", spelling(binary->op), right));
  } else {
    write(text);
  }
  reached(expr.span);
}

void Printer::chain(const Chain& chain) {
  const bool is_written = is_known(chain.head->span) && is_known(chain.stages.front().arrow_span);
  const std::size_t head_length = flat(*chain.head, Level::logical_or).size();
  if (head_length == 0) {
    return;
  }
  // The lines as the author broke them; when one is too long, every stage gets a line of its own.
  std::size_t length = column() + head_length;
  bool too_long = false;
  std::uint32_t before = chain.head->span.end;
  for (const Stage& stage : chain.stages) {
    const bool breaks = is_written && is_known(stage.span) && has_line_break(before, stage.span.begin);
    const bool is_on_lines = has_line_break(stage.span);
    length = (breaks ? (indentation_ + 1) * 2 + 3 : length + 4) + (is_on_lines ? 0 : flat(stage).size());
    too_long = too_long || length > kLineWidth;
    before = stage.span.end;
  }
  if (std::holds_alternative<Chain>(chain.head->node) || has_line_break(chain.head->span)) {
    const bool needs_parentheses = std::holds_alternative<Chain>(chain.head->node);
    write(needs_parentheses ? "(" : "");
    expression(*chain.head);
    write(needs_parentheses ? ")" : "");
  } else {
    write(flat(*chain.head, Level::logical_or));
    reached(chain.head->span);
  }
  stages(chain.stages, too_long);
}

// Stages with an arrow before each, on the lines on which they were written.
void Printer::stages(std::span<const Stage> list, bool all_broken) {
  for (const Stage& next : list) {
    const bool breaks = is_known(next.span) && (has_line_break(position_, next.span.begin) ||
                                                has_comment_within({tree_.source, position_, next.span.begin}));
    if (breaks || all_broken) {
      ++indentation_;
      new_line(is_known(next.span) ? next.span.begin : position_);
      write("-> ");
      stage(next);
      --indentation_;
      continue;
    }
    write(" ");
    if (is_known(next.arrow_span)) {
      stop(StopKind::arrow, next.arrow_span.begin);
    }
    write("-> ");
    stage(next);
  }
}

void Printer::stage(const Stage& stage) {
  if (const auto* repeat = std::get_if<RepeatStage>(&stage.node)) {
    write(fmt::format("repeat {}{} {{", repeat->variable ? repeat->variable->text + " in " : "", flat(repeat->range)));
    reached(repeat->range.span);
    const std::string inside = flat(repeat->body);
    const bool breaks = (is_known(stage.span) && has_line_break(stage.span)) || !fits(inside.size() + 3);
    if (!breaks) {
      write(" " + inside + " }");
      reached(stage.span);
      return;
    }
    ++indentation_;
    new_line(repeat->body.front().span.begin);
    this->stage(repeat->body.front());
    stages(std::span(repeat->body).subspan(1), !fits(inside.size()));
    --indentation_;
    new_line(stage.span.end);
    write("}");
    reached(stage.span);
    return;
  }
  const auto& apply = std::get<ApplyStage>(stage.node);
  std::string path;
  for (const Name& part : apply.path) {
    path += (path.empty() ? "" : ".") + part.text;
  }
  write(path);
  if (!apply.path.empty()) {
    reached(apply.path.back().span);
  }
  if (apply.arguments) {
    items("(", to_items(*apply.arguments), ")", apply.arguments_span);
    reached(apply.arguments_span);
  }
  if (apply.as) {
    write(" ");
    if (is_known(apply.as->span)) {
      const std::size_t word = file_->text().rfind("as", apply.as->span.begin - 2);
      stop(StopKind::as, static_cast<std::uint32_t>(word));
    }
    write("as " + apply.as->text);
  }
  reached(stage.span);
}

void Printer::choice(const If& choice) {
  write(fmt::format("if {} {{", flat(*choice.condition, Level::logical_or)));
  reached(choice.condition->span);
  branch(*choice.then_value, choice.condition->span.end);
  write(" else ");
  if (const auto* next = std::get_if<If>(&choice.else_value->node)) {
    this->choice(*next);
  } else {
    write("{");
    branch(*choice.else_value, position_);
  }
}

// The value and the `}` after it.
void Printer::branch(const Expr& value, std::uint32_t opened_at) {
  const std::string text = flat(value);
  if (is_known(value.span)) {
    // The tree has no place for the `{`.
    const std::size_t brace = file_->text().rfind('{', value.span.begin);
    opened_at = brace == std::string_view::npos ? opened_at : std::max(opened_at, static_cast<std::uint32_t>(brace));
  }
  const bool breaks = is_known(value.span) ? has_line_break(opened_at, value.span.begin) || has_line_break(value.span)
                                           : !fits(text.size() + 4);
  if (!breaks && fits(text.size() + 3)) {
    write(" " + text + " }");
    reached(value.span);
    return;
  }
  if (is_known(value.span)) {
    reached(std::min(opened_at + 1, value.span.begin));
  }
  ++indentation_;
  new_line(value.span.begin);
  expression(value);
  --indentation_;
  end_line();
  new_line(position_);
  write("}");
}

// Items stay on the lines on which they were written; without such lines they fill lines of a hundred columns.
void Printer::items(std::string_view open, const std::vector<PrintedItem>& list, std::string_view close,
                    const Span& span) {
  write(open);
  const std::string text = flat_items(list);
  const bool is_written = has_line_break(span) || has_comment_within(span);
  if (list.empty() || (!is_written && fits(text.size() + close.size()))) {
    write(text);
    write(close);
    return;
  }
  const bool first_on_line = is_known(list.front().span) && has_line_break(span.begin, list.front().span.begin) &&
                             !begins_with_soft_word(flat(list.front()));
  ++indentation_;
  for (std::size_t index = 0; index < list.size(); ++index) {
    const PrintedItem& next = list[index];
    const bool wants_break = index == 0
                                 ? first_on_line
                                 : (is_known(next.span) && has_line_break(list[index - 1].span.end, next.span.begin)) ||
                                       !fits(flat(next).size() + 3);
    const bool breaks = wants_break && !begins_with_soft_word(flat(next));
    if (index > 0) {
      write(",");
    }
    if (breaks) {
      new_line(next.span.begin);
    } else if (index > 0) {
      write(" ");
    }
    item(next);
  }
  --indentation_;
  if (first_on_line) {
    new_line(span.end - 1);
  }
  write(close);
}

void Printer::item(const PrintedItem& item) {
  if (item.subscript != nullptr) {
    write(flat(*item.subscript));
  } else {
    write(item.name != nullptr ? item.name->text + ": " : "");
    expression(*item.value);
  }
  reached(item.span);
}

}  // namespace kdlc::syntax
