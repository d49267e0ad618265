// reshape: the numbers of a sample under other axes.
#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

void report_dims(const Application& application, std::string_view rule) {
  const BoundSetting& bound = application.setting("dims");
  application.report->add(bound.span, diag::SettingRange, bound.value.to_text(), "dims", "reshape", std::string(rule));
}

/// The axes as written, -1 included; nullopt after reporting K341.
std::optional<std::vector<Dim>> written_dims(const Application& application) {
  const SettingValue& value = application.setting("dims").value;
  const auto* list = std::get_if<SettingList>(&value.value);
  // `reshape([3, 3])` is `reshape(3, 3)`.
  if (list != nullptr && list->size() == 1 && std::holds_alternative<SettingList>((*list)[0].value)) {
    list = &std::get<SettingList>((*list)[0].value);
  }
  std::vector<Dim> dims;
  int computed = 0;
  const SettingList single = {value};
  for (const SettingValue& item : list != nullptr ? *list : single) {
    if (item.is_none()) {
      continue;
    }
    const auto* number = std::get_if<std::int64_t>(&item.value);
    const auto* dim = std::get_if<Dim>(&item.value);
    if (number == nullptr && dim == nullptr) {
      report_dims(application, "a list of sizes");
      return std::nullopt;
    }
    dims.push_back(number != nullptr ? Dim(*number) : *dim);
    if (dims.back() == Dim(-1)) {
      ++computed;
    } else if (dims.back().is_constant() && dims.back().constant() < 1) {
      report_dims(application, "sizes of at least 1, or -1 for one axis that is computed");
      return std::nullopt;
    } else if (dims.back().mentions_batch()) {
      report_dims(application, "the sizes of a sample: N stays as it is");
      return std::nullopt;
    }
  }
  if (computed > 1) {
    report_dims(application, "sizes with at most one -1");
    return std::nullopt;
  }
  return dims;
}

/// `total / known` when that is a size for every value of the symbols.
std::optional<Dim> exact_quotient(const Shape& sample, const std::vector<Dim>& dims) {
  // Sizes that both sides have cancel first, so that T / T needs no arithmetic.
  std::vector<Dim> remaining = sample.axes;
  Dim known = 1;
  for (const Dim& dim : dims) {
    const auto place = std::ranges::find(remaining, dim);
    if (place != remaining.end()) {
      remaining.erase(place);
    } else if (dim != Dim(-1)) {
      known = known * dim;
    }
  }
  const Dim total = Shape{remaining}.element_count();
  if (known == total) {
    return Dim(1);
  }
  if (known == Dim(0)) {
    return std::nullopt;
  }
  const Dim quotient = floor_divide(total, known);
  return quotient * known == total ? std::optional(quotient) : std::nullopt;
}

std::optional<Inferred> infer(const Application& application) {
  const auto dims = written_dims(application);
  if (!dims) {
    return std::nullopt;
  }
  const BoundInput& x = application.inputs[0];
  const Shape sample = x.type.shape.without_batch();
  const bool computes = std::ranges::find(*dims, Dim(-1)) != dims->end();
  const auto quotient = exact_quotient(sample, *dims);
  if (!quotient || (!computes && *quotient != Dim(1))) {
    Dim wanted = 1;
    for (const Dim& dim : *dims) {
      wanted = dim == Dim(-1) ? wanted : wanted * dim;
    }
    const std::string target = Shape{*dims}.to_text();
    application.report
        ->add(application.span, diag::ReshapeCount, target,
              computes ? "a multiple of " + wanted.to_text() : wanted.to_text(), fmt::format("`{}`", x.text),
              sample.element_count().to_text())
        .label(x.span, fmt::format("{}: {}", sample.to_short_text(), sample.element_count().to_text()));
    return std::nullopt;
  }
  TensorType type{.dtype = x.type.dtype, .shape = {*dims}};
  std::ranges::replace(type.shape.axes, Dim(-1), *quotient);
  if (x.type.shape.has_batch()) {
    type.shape.axes.insert(type.shape.axes.begin(), Dim::batch());
  }
  return Inferred{.results = {type}, .weights = {}, .details = type.shape.to_short_text()};
}

}  // namespace

extern const Layer layer_reshape = {
    .name = "reshape",
    .summary = "the numbers of a sample, row by row, under other axes; N stays, one size may be -1",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {{.name = "dims",
                  .kind = SettingKind::size,
                  .default_value = no_value(),
                  .doc = "the sizes without N; none for one number a sample",
                  .collects = true}},
    .foreign_names = {{"target_shape", "dims"}, {"shape", "dims"}},
    .known_elsewhere_as = {"Reshape", "view"},
    .infer = infer,
    .lower =
        [](Lowering& lowering) {
          return std::vector{lowering.builder.reshape(lowering.inputs[0], lowering.inferred.results[0].shape)};
        },
};

}  // namespace kdlc::catalogue
