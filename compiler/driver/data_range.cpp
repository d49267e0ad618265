// The places of numbers in data, and the range in which a model declares them.
#include "driver/data_range.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::driver {

std::string index_text(const std::vector<std::int64_t>& shape, std::int64_t element) {
  std::vector<std::int64_t> place(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; element /= shape[axis]) {
    place[axis] = element % shape[axis];
  }
  return fmt::format("[{}]", fmt::join(place, ", "));
}

bool fits_range(std::string_view what, const std::string& name, const DataRange& range, const GivenTensor& given,
                Report& report) {
  if (!range.begin || !range.end) {
    return true;
  }
  const auto begin = static_cast<double>(*range.begin);
  const auto end = static_cast<double>(*range.end);
  for (std::int64_t element = 0; element < given.data.element_count(); ++element) {
    const double number = given.data.at(element);
    const bool is_exempt = range.exempt && number == static_cast<double>(*range.exempt);
    if (!(number >= begin && number < end) && !is_exempt) {
      report.add(Span{}, diag::DataOutsideRange, given.file, fmt::format("{}", number),
                 index_text(given.data.shape, element), std::string(what), name,
                 fmt::format("{}..{}", *range.begin, *range.end));
      return false;
    }
  }
  return true;
}

}  // namespace kdlc::driver
