// Turns a tensor of a file into the tensor that a weight needs: layout, element type, and what its numbers may be.
#pragma once

#include <cstdint>
#include <optional>

#include "types/tensor_data.hpp"
#include "weights/file_keys.hpp"
#include "weights/safetensors.hpp"

namespace kdlc::weights {

/// What a file's element type is to a weight's.
enum class DTypeFit : std::uint8_t { same, widened, narrowed, different };
DTypeFit fit_of(std::optional<DType> file, DType weight);

/// The shape of each of a weight's tensors in kdl's order of axes: the weight's own, unless two are stacked.
std::vector<std::int64_t> shape_of_part(const std::vector<std::int64_t>& kdl, const Layout& layout);
/// The shape that a weight of shape `kdl`, or each of its two tensors, has in a file of this layout.
std::vector<std::int64_t> shape_in_file(const std::vector<std::int64_t>& kdl, const Layout& layout);

/// The bytes of a tensor of the file; nullopt when they cannot be read.
std::optional<TensorData> read_tensor(const TensorFile& file, const FileTensor& tensor);

/// Axes from the file's order to kdl's; `shape` is that of the part.
TensorData to_kdl_layout(const TensorData& data, const Layout& layout, const std::vector<std::int64_t>& shape);
/// Both tensors of a weight as one of `shape`.
TensorData join_second(TensorData first, const TensorData& second, Layout::Second how,
                       const std::vector<std::int64_t>& shape);

struct Converted {
  TensorData data;
  double largest_change = 0;  // between a number of the file and what the weight holds
};
Converted convert_dtype(TensorData data, DType dtype);

/// Elements that a weight cannot have.
struct Oddity {
  std::int64_t count = 0;
  std::int64_t first_index = 0;  // row-major
  double first_value = 0;
};
Oddity find_not_finite(const TensorData& data);
Oddity find_negative(const TensorData& data);

/// `[0, 3, 2]` from a row-major index.
std::string index_text(std::int64_t index, const std::vector<std::int64_t>& shape);
/// As Shape::to_short_text: `5×5×1×6`, `one number`.
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace kdlc::weights
