// Declarations and bodies of canonical source.
#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "syntax/printer.hpp"

namespace kdlc::syntax {

namespace {

bool has_body(const Decl& decl) {
  return std::holds_alternative<ModelDecl>(decl.node) || std::holds_alternative<BlockDecl>(decl.node) ||
         std::holds_alternative<TrainDecl>(decl.node) || std::holds_alternative<TestDecl>(decl.node);
}

}  // namespace

// Without a source to go by: a blank line around whatever has a body, and between kinds of declarations in a body.
bool Printer::wants_blank_line(const Decl& before, const Decl& decl, bool is_file) const {
  if (file_ != nullptr) {
    return false;
  }
  return has_body(before) || has_body(decl) || (!is_file && before.node.index() != decl.node.index());
}

void Printer::declarations(const std::vector<Decl>& list, bool is_file) {
  const Decl* before = nullptr;
  const auto comments_until = [&](std::uint32_t end, bool is_first) {
    while (next_comment_ < tree_.comments.size() && tree_.comments[next_comment_].span.begin < end) {
      const Comment& comment = tree_.comments[next_comment_++];
      if (!is_first && has_blank_line(position_, comment.span.begin)) {
        blank_line();
      }
      is_first = false;
      begin_line();
      comment_line(comment);
      lines_.pop_back();
    }
    return is_first;
  };
  for (const Decl& decl : list) {
    bool is_first = before == nullptr;
    if (is_known(decl.span)) {
      is_first = comments_until(decl.span.begin, is_first);
      if (!is_first && has_blank_line(position_, decl.span.begin)) {
        blank_line();
      }
    } else if (before != nullptr && wants_blank_line(*before, decl, is_file)) {
      blank_line();
    }
    if (file_ == nullptr) {
      for (const std::string& doc : decl.doc) {
        begin_line();
        write(doc.empty() ? "///" : "/// " + doc);
      }
    }
    begin_line();
    declaration(decl);
    reached(decl.span);
    const bool has_next = &decl != &list.back() && is_known((&decl + 1)->span);
    end_line(has_next ? (&decl + 1)->span.begin : kEndOfFile);
    before = &decl;
  }
  if (is_file) {
    comments_until(kEndOfFile, before == nullptr);
  }
}

void Printer::declaration(const Decl& decl) {
  std::visit([this](const auto& node) { show(node); }, decl.node);
}

void Printer::body(const Body& body) {
  const bool has_comments = is_known(body.span) && has_comment_within(body.span);
  if (body.declarations.empty() && !has_comments) {
    write("{}");
    return;
  }
  write("{");
  if (is_known(body.span)) {
    reached(body.span.begin + 1);
  }
  end_line();
  ++indentation_;
  declarations(body.declarations, false);
  if (is_known(body.span)) {
    bool is_first = body.declarations.empty();
    while (next_comment_ < tree_.comments.size() && tree_.comments[next_comment_].span.begin < body.span.end) {
      const Comment& comment = tree_.comments[next_comment_++];
      if (!is_first && has_blank_line(position_, comment.span.begin)) {
        blank_line();
      }
      is_first = false;
      begin_line();
      comment_line(comment);
      lines_.pop_back();
    }
  }
  --indentation_;
  begin_line();
  write("}");
  reached(body.span);
}

void Printer::show(const ErrorDecl& /*decl*/) {}

void Printer::show(const ImportDecl& decl) {
  write("import " + literal(decl.path, decl.path_span) + (decl.as ? " as " + decl.as->text : ""));
}

void Printer::show(const ModelDecl& decl) {
  write("model " + decl.name.text);
  reached(decl.name.span);
  if (decl.has_parameter_list || !decl.parameters.empty()) {
    parameters(decl.parameters);
  }
  write(" ");
  body(decl.body);
}

void Printer::show(const BlockDecl& decl) {
  write("block " + decl.name.text);
  reached(decl.name.span);
  parameters(decl.parameters);
  for (std::size_t index = 0; index < decl.results.size(); ++index) {
    write((index == 0 ? " -> " : ", ") + flat(decl.results[index]));
    reached(decl.results[index].span);
  }
  write(" ");
  body(decl.body);
}

void Printer::show(const FnDecl& decl) {
  write("fn " + decl.name.text);
  reached(decl.name.span);
  parameters(decl.parameters);
  if (decl.result) {
    write(" -> " + flat(*decl.result));
  }
  value_after_sign(decl.value);
}

std::string Printer::parameter_text(const Parameter& parameter) const {
  std::string text = parameter.name.text;
  if (parameter.type) {
    text += ": " + flat(*parameter.type);
  }
  if (parameter.default_value != nullptr) {
    text += " = " + flat(*parameter.default_value);
  }
  return text;
}

// One parameter a line when they were written so, or when they do not fit.
void Printer::parameters(const std::vector<Parameter>& list) {
  std::size_t length = 0;
  bool is_written_on_lines = false;
  std::uint32_t before = position_;
  for (const Parameter& parameter : list) {
    length += parameter_text(parameter).size() + 2;
    is_written_on_lines =
        is_written_on_lines || (is_known(parameter.span) && has_line_break(before, parameter.span.end));
    before = is_known(parameter.span) ? parameter.span.end : before;
  }
  const bool breaks = !list.empty() && (is_written_on_lines || !fits(length + 3));
  write("(");
  ++indentation_;
  for (std::size_t index = 0; index < list.size(); ++index) {
    if (breaks && !begins_with_soft_word(list[index].name.text)) {
      new_line(list[index].span.begin);
    } else if (breaks && index > 0) {
      write(" ");
    }
    write(parameter_text(list[index]) + (index + 1 == list.size() ? "" : breaks ? "," : ", "));
    reached(list[index].span);
  }
  --indentation_;
  if (breaks) {
    end_line();
    new_line(position_);
  }
  write(")");
}

void Printer::typed_name(const Name& name, const TypeExpr* type) {
  write(name.text);
  reached(name.span);
  if (type != nullptr) {
    write(": ");
    if (is_known(type->span)) {
      stop(StopKind::type, type->span.begin);
    }
    write(flat(*type));
    reached(type->span);
  }
}

void Printer::value_after_sign(const ExprPtr& value) {
  if (value == nullptr) {
    return;
  }
  write(" ");
  if (is_known(value->span)) {
    const std::size_t sign = file_->text().rfind('=', value->span.begin);
    if (sign != std::string_view::npos && sign >= position_) {
      stop(StopKind::sign, static_cast<std::uint32_t>(sign));
    }
  }
  write("=");
  const std::size_t length = flat(*value).size();
  const bool is_one_line = !has_line_break(value->span) && !has_comment_within(value->span);
  const bool is_chain = std::holds_alternative<Chain>(value->node);
  const bool fits_on_next = (indentation_ + 1) * 2 + length <= kLineWidth;
  if (is_one_line && !is_chain && !fits(length + 1) && fits_on_next && !begins_with_soft_word(flat(*value))) {
    ++indentation_;
    new_line(value->span.begin);
    --indentation_;
  } else {
    write(" ");
  }
  expression(*value);
}

void Printer::show(const InputDecl& decl) {
  write("input ");
  typed_name(decl.name, &decl.type);
  write(decl.range ? " in " + flat(*decl.range) : "");
}

void Printer::show(const TargetDecl& decl) {
  write("target ");
  typed_name(decl.name, &decl.type);
  write(decl.range ? " in " + flat(*decl.range) : "");
}

void Printer::show(const OutputDecl& decl) {
  write("output ");
  typed_name(decl.name, decl.type ? &*decl.type : nullptr);
  value_after_sign(decl.value);
}

void Printer::show(const DimDecl& decl) {
  std::string text;
  for (const DimBound& dim : decl.dims) {
    text += (text.empty() ? "dim " : ", ") + dim.name.text;
    text += dim.bound == nullptr ? "" : " <= " + flat(*dim.bound, Level::sum);
  }
  write(text);
}

void Printer::show(const ConstDecl& decl) {
  write("const ");
  typed_name(decl.name, decl.type ? &*decl.type : nullptr);
  value_after_sign(decl.value);
}

void Printer::show(const ParamDecl& decl) {
  write("param ");
  typed_name(decl.name, &decl.type);
  value_after_sign(decl.value);
}

void Printer::show(const LayerDecl& decl) {
  write("layer " + decl.name.text + " = ");
  reached(decl.name.span);
  if (decl.stages.empty()) {
    return;
  }
  const bool is_written = is_known(decl.stages.front().span);
  const bool all_broken = !is_written && !fits(flat(decl.stages).size());
  stage(decl.stages.front());
  stages(std::span(decl.stages).subspan(1), all_broken);
}

void Printer::show(const RequireDecl& decl) {
  write("require ");
  expression(*decl.condition);
  write(decl.message ? ", " + encode_string(*decl.message) : "");
}

void Printer::show(const WeightsDecl& decl) {
  write("weights ");
  expression(*decl.source);
  for (const Argument& argument : decl.arguments) {
    write(fmt::format(", {}: {}", argument.name ? argument.name->text : "", flat(*argument.value)));
    reached(argument.span);
  }
  if (decl.has_renames) {
    renames(decl);
  }
}

void Printer::renames(const WeightsDecl& decl) {
  if (decl.renames.empty()) {
    write(" {}");
    return;
  }
  std::string text;
  for (const Rename& rename : decl.renames) {
    text +=
        (text.empty() ? "" : ", ") + literal(rename.from, rename.from_span) + ": " + literal(rename.to, rename.to_span);
  }
  const Rename& last = decl.renames.back();
  if (is_known(last.to_span) && !has_line_break(position_, last.to_span.end) && fits(text.size() + 5)) {
    write(" { " + text + " }");
    return;
  }
  write(" {");
  ++indentation_;
  for (const Rename& rename : decl.renames) {
    new_line(rename.from_span.begin);
    write(literal(rename.from, rename.from_span) + ": ");
    if (is_known(rename.to_span)) {
      stop(StopKind::type, rename.to_span.begin);
    }
    write(literal(rename.to, rename.to_span));
    reached(rename.to_span);
  }
  --indentation_;
  end_line();
  new_line(position_);
  write("}");
}

void Printer::show(const TrainDecl& decl) {
  write("train ");
  body(decl.body);
}

void Printer::show(const LossDecl& decl) {
  write(decl.name ? "loss " + decl.name->text : "loss ");
  if (decl.name) {
    reached(decl.name->span);
    value_after_sign(decl.value);
  } else {
    expression(*decl.value);
  }
}

void Printer::show(const OptimizerDecl& decl) {
  write("optimizer ");
  expression(*decl.value);
}

void Printer::show(const MetricDecl& decl) {
  write(decl.name ? "metric " + decl.name->text : "metric ");
  if (decl.name) {
    reached(decl.name->span);
    value_after_sign(decl.value);
  } else {
    expression(*decl.value);
  }
}

void Printer::show(const TestDecl& decl) {
  write("test " + literal(decl.title, decl.title_span) + " ");
  reached(decl.title_span);
  body(decl.body);
}

void Printer::show(const ExpectDecl& decl) {
  write("expect ");
  expression(*decl.condition);
  write(decl.within == nullptr ? "" : " within " + flat(*decl.within, Level::sum));
}

void Printer::show(const ReturnDecl& decl) {
  write("return ");
  for (std::size_t index = 0; index < decl.values.size(); ++index) {
    write(index == 0 ? "" : ", ");
    expression(*decl.values[index]);
  }
}

void Printer::show(const BindDecl& decl) {
  for (std::size_t index = 0; index < decl.targets.size(); ++index) {
    write(index == 0 ? "" : ", ");
    const std::optional<TypeExpr>& type = decl.targets[index].type;
    typed_name(decl.targets[index].name, type ? &*type : nullptr);
  }
  value_after_sign(decl.value);
}

}  // namespace kdlc::syntax
