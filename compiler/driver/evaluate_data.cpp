// Checks a data set against the declared inputs and targets.
#include "driver/evaluate_data.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "driver/data_range.hpp"

namespace kdlc::driver {

namespace {

struct KnownSize {
  std::int64_t value = 0;
  std::string file;
};

std::string type_text(const TensorData& data) {
  return fmt::format("{}[{}]", name_of(data.dtype), fmt::join(data.shape, ", "));
}

bool fits_type(const std::string& name, const TensorType& type, const GivenTensor& given,
               std::map<std::string, KnownSize>& sizes, Report& report) {
  bool fits = given.data.dtype == type.dtype && given.data.shape.size() == type.shape.axis_count();
  for (std::size_t axis = 0; fits && axis < given.data.shape.size(); ++axis) {
    const Dim& declared = type.shape.axes[axis];
    fits = !declared.is_constant() || declared.constant() == given.data.shape[axis];
  }
  if (!fits) {
    report.add(Span{}, diag::DataShape, given.file, type_text(given.data), name, type.to_text());
    return false;
  }
  for (std::size_t axis = 0; axis < given.data.shape.size(); ++axis) {
    const Dim& declared = type.shape.axes[axis];
    if (!declared.is_symbol()) {
      continue;
    }
    const auto [known, is_new] = sizes.try_emplace(declared.to_text(), KnownSize{given.data.shape[axis], given.file});
    if (!is_new && known->second.value != given.data.shape[axis]) {
      report.add(Span{}, diag::DataSizes, declared.to_text(), known->second.value, known->second.file,
                 given.data.shape[axis], given.file);
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<DataSet> order_data(const graph::Graph& graph, const std::vector<check::Training::Target>& targets,
                                  const std::map<std::string, GivenTensor>& data, Session& session) {
  DataSet set;
  std::map<std::string, KnownSize> sizes;
  bool is_fine = true;
  for (const graph::InputInfo& input : graph.inputs) {
    const auto target = std::ranges::find(targets, input.name, &check::Training::Target::name);
    const bool is_target = target != targets.end();
    const std::string what = is_target ? "target" : "input";
    const TensorType& type = graph.node(input.node).type;
    const auto given = data.find(input.name);
    if (given == data.end()) {
      session.report.add(Span{}, diag::InputNotGiven, input.name, type.to_text())
          .help(fmt::format("`--{} {}=FILE.npy`", what, input.name));
      is_fine = false;
      continue;
    }
    const DataRange range = is_target ? DataRange{target->range_begin, target->range_end, target->exempt}
                                      : DataRange{input.range_begin, input.range_end};
    is_fine = fits_type(input.name, type, given->second, sizes, session.report) &&
              fits_range(what, input.name, range, given->second, session.report) && is_fine;
    set.tensors.push_back(&given->second.data);
  }
  for (const auto& [name, size] : sizes) {
    set.sizes[name] = size.value;
  }
  const auto samples = set.sizes.find(Dim::batch().to_text());
  set.samples = samples == set.sizes.end() ? 1 : samples->second;
  return is_fine ? std::optional(std::move(set)) : std::nullopt;
}

}  // namespace kdlc::driver
