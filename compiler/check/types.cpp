// Declared types: `f32[N, T, 64]` evaluated, and compared with the type that a value has.
#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/shape_chains.hpp"
#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::check {

namespace {

/// Quiet about a type that could not be parsed.
std::optional<DType> evaluate_dtype(Body& body, const syntax::TypeExpr& type) {
  if (type.base.text.empty()) {
    return std::nullopt;
  }
  if (std::optional<DType> dtype = dtype_from_name(type.base.text)) {
    return dtype;
  }
  const std::vector<std::string> known = {"f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "bool"};
  Message& message = body.elaboration.pending.add(type.base.span, diag::UnknownName, type.base.text);
  message.at_caret("not an element type");
  const std::string& text = type.base.text;
  const bool is_long_float = text == "float32" || text == "float";
  const std::optional<std::string> nearest = is_long_float                      ? std::optional<std::string>("f32")
                                             : text == "int" || text == "int32" ? std::optional<std::string>("i32")
                                                                                : nearest_name(text, known);
  if (nearest) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {type.base.span, *nearest});
  } else {
    message.help("element types are f16, bf16, f32, f64, i8, i16, i32, i64, u8 and bool");
  }
  return std::nullopt;
}

bool mentions_batch(const Dim& dim) {
  for (const std::string& symbol : dim.symbols()) {
    if (symbol == "N") {
      return true;
    }
  }
  return false;
}

/// One axis of a declaration; nullopt after reporting.
std::optional<Dim> evaluate_axis(Body& body, const syntax::TypeExpr& type, std::size_t axis) {
  const syntax::AxisExpr& written = (*type.shape)[axis];
  const Operand operand = evaluate_operand(body, *written.size);
  Report& pending = body.elaboration.pending;
  if (operand.value.is_unknown()) {
    return std::nullopt;
  }
  if (const auto* number = operand.value.as<double>()) {
    pending.add(written.span, diag::NotWhole, fmt::format("{}", *number), fmt::format("axis {}", axis),
                std::string(body.elaboration.sources.text(type.span)));
    return std::nullopt;
  }
  const std::optional<Dim> dim = as_dim(operand.value);
  if (!dim || (dim->is_constant() && dim->constant() < 1)) {
    pending.add(written.span, diag::NotCompileTime, describe(operand.value), "a size of 1 or more");
    return std::nullopt;
  }
  if (mentions_batch(*dim) && !(axis == 0 && dim->is_batch())) {
    Message& message =
        pending.add(written.span, diag::BatchPlace, std::string(body.elaboration.sources.text(type.span)));
    message.at_caret(axis == 0 ? "N stands alone" : "N comes first");
    message.help("N is the batch; declare a size of your own with `dim`");
    return std::nullopt;
  }
  return dim;
}

bool require_shape(Body& body, const syntax::TypeExpr& type) {
  if (type.shape) {
    return true;
  }
  body.elaboration.pending
      .add(type.span, diag::NotCompileTime, fmt::format("`{}` without a shape", type.base.text), "a tensor type")
      .help("one number is written with empty brackets", {type.span, type.base.text + "[]"});
  return false;
}

/// True when the axis is a name that nothing defines yet: it stands for what the caller brings.
bool is_free_name(const Body& body, const syntax::Expr& axis) {
  const auto* name = std::get_if<syntax::NameRef>(&axis.node);
  return name != nullptr && name->name != "N" && find_name(*body.scope, name->name) == nullptr;
}

void report_axis_count(Body& body, const TensorType& type, std::size_t wanted, const PatternSite& site) {
  const SourceSet& sources = body.elaboration.sources;
  body.elaboration.pending
      .add(site.given, diag::AxisCount, fmt::format("{} ({} axes)", type.to_text(), type.shape.axis_count()), site.name,
           fmt::format("{} axes", wanted))
      .label(site.declared, fmt::format("declared as `{}`", sources.text(site.declared)));
}

/// Compares axis `given` of `type` with its declaration; unknown ones are quiet.
bool match_axis(Body& body, const syntax::TypeExpr& pattern, std::size_t axis, const Dim& given,
                const PatternSite& site) {
  const syntax::AxisExpr& written = (*pattern.shape)[axis];
  if (site.binds_names && is_free_name(body, *written.size)) {
    if (given.is_batch()) {
      return true;  // reported as another number of axes or another axis
    }
    body.root.names[std::get<syntax::NameRef>(written.size->node).name] = {value_of(given), written.span};
    return true;
  }
  const std::optional<Dim> declared = evaluate_axis(body, pattern, axis);
  return !declared || *declared == given;
}

void report_difference(Body& body, const syntax::TypeExpr& pattern, const TensorType& type, std::size_t axis,
                       const PatternSite& site) {
  const std::string declared(body.elaboration.sources.text(pattern.span));
  const syntax::AxisExpr& written = (*pattern.shape)[axis];
  Message& message = body.elaboration.pending.add(site.given, diag::TypeDiffers, site.name, type.to_text(), declared);
  message.at_caret(type.to_text());
  message.label(written.span, fmt::format("`{}` is declared here", body.elaboration.sources.text(written.span)));
}

}  // namespace

std::optional<TensorType> evaluate_type(Body& body, const syntax::TypeExpr& type) {
  const std::optional<DType> dtype = evaluate_dtype(body, type);
  if (!dtype || !require_shape(body, type)) {
    return std::nullopt;
  }
  TensorType result{*dtype, {}};
  bool is_known = true;
  for (std::size_t axis = 0; axis < type.shape->size(); ++axis) {
    if ((*type.shape)[axis].size == nullptr) {
      body.elaboration.pending.add((*type.shape)[axis].span, diag::NotCompileTime, "`...`", "the size of an axis")
          .help("`...` stands in the types of parameters and results, where a value brings its axes");
      return std::nullopt;
    }
    const std::optional<Dim> dim = evaluate_axis(body, type, axis);
    is_known = is_known && dim.has_value();
    result.shape.axes.push_back(dim.value_or(Dim(1)));
  }
  return is_known ? std::optional(result) : std::nullopt;
}

namespace {

bool matches(Body& body, const syntax::TypeExpr& pattern, const TensorType& type, const PatternSite& site) {
  const std::optional<DType> dtype = evaluate_dtype(body, pattern);
  if (!dtype || !require_shape(body, pattern)) {
    return false;
  }
  const std::string declared(body.elaboration.sources.text(pattern.span));
  if (*dtype != type.dtype) {
    Report& pending = body.elaboration.pending;
    Message& message =
        site.binds_names
            ? pending.add(site.given, diag::ElementType, type.to_text(), site.name, fmt::format("`{}`", declared))
            : pending.add(site.given, diag::TypeDiffers, site.name, type.to_text(), declared);
    message.label(site.declared, fmt::format("declared as {}", name_of(*dtype)));
    return false;
  }
  const std::size_t axis_count = type.shape.axis_count();
  const std::size_t written_count = pattern.shape->size();
  std::size_t ellipsis = written_count;
  for (std::size_t axis = 0; axis < written_count; ++axis) {
    ellipsis = (*pattern.shape)[axis].size == nullptr && ellipsis == written_count ? axis : ellipsis;
  }
  const bool has_ellipsis = ellipsis != written_count;
  const std::size_t needed = has_ellipsis ? written_count - 1 : written_count;
  if (has_ellipsis ? axis_count < needed : axis_count != needed) {
    report_axis_count(body, type, needed, site);
    return false;
  }
  for (std::size_t axis = 0; axis < written_count; ++axis) {
    if (axis == ellipsis) {
      continue;
    }
    const std::size_t given = axis < ellipsis ? axis : axis_count - (written_count - axis);
    if (!match_axis(body, pattern, axis, type.shape.axes[given], site)) {
      report_difference(body, pattern, type, axis, site);
      return false;
    }
  }
  return true;
}

}  // namespace

bool match_type(Body& body, const syntax::TypeExpr& pattern, const TensorType& type, const PatternSite& site) {
  const std::size_t said = body.elaboration.pending.size();
  const bool fits = matches(body, pattern, type, site);
  if (!fits) {
    note_chains(body.elaboration, said, {&site.node, 1});
  }
  return fits;
}

}  // namespace kdlc::check
