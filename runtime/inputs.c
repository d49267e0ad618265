/* From a file to what an input wants: shape, element type, range. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

enum { TEXT_SIZE = 512 };

bool has_batch(const kdlc_tensor* tensor) {
  return tensor->axis_count > 0 && tensor->axes[0] == -1;
}

size_t sample_bytes(const call* work, const kdlc_tensor* tensor) {
  size_t size = dtype_bytes(tensor->dtype);
  for (int32_t axis = has_batch(tensor) ? 1 : 0; axis < tensor->axis_count; ++axis) {
    const int64_t axis_size = tensor->axes[axis];
    size = multiply(size, axis_size >= 0 ? (size_t)axis_size : work->sizes[-1 - axis_size], tensor->name);
  }
  return size;
}

/* Whether `axes` are the tensor's from axis `first` on; binds declared dims that are not known yet. */
static bool match_axes(const kdlc_tensor* tensor, int32_t first, int32_t axis_count, const int64_t* axes,
                       size_t* sizes) {
  if (tensor->axis_count - first != axis_count) return false;
  for (int32_t axis = 0; axis < axis_count; ++axis) {
    const int64_t wanted = tensor->axes[first + axis];
    if (wanted >= 0 && wanted != axes[axis]) return false;
    if (wanted < -1 && sizes[-1 - wanted] != SIZE_MAX && sizes[-1 - wanted] != (size_t)axes[axis]) return false;
  }
  for (int32_t axis = 0; axis < axis_count; ++axis) {
    const int64_t wanted = tensor->axes[first + axis];
    if (wanted < -1) sizes[-1 - wanted] = (size_t)axes[axis];
  }
  return true;
}

static int32_t without_ones(int32_t axis_count, const int64_t* axes, int64_t* result) {
  int32_t count = 0;
  for (int32_t axis = 0; axis < axis_count; ++axis) {
    if (axes[axis] != 1) result[count++] = axes[axis];
  }
  return count;
}

static bool same_axes(int32_t left_count, const int64_t* left, int32_t right_count, const int64_t* right) {
  return left_count == right_count && memcmp(left, right, (size_t)left_count * sizeof *left) == 0;
}

/* The number of samples in an array of these axes, or SIZE_MAX when they do not fit. One sample may come without its
 * batch axis, and axes of size 1 may be left out or added (28×28 for 28×28×1). */
static size_t count_samples(const kdlc_tensor* tensor, const array* values, size_t* sizes) {
  const int32_t first = has_batch(tensor) ? 1 : 0;
  if (values->axis_count > 0 && first == 1 && match_axes(tensor, 1, values->axis_count - 1, values->axes + 1, sizes)) {
    return (size_t)values->axes[0];
  }
  if (match_axes(tensor, first, values->axis_count, values->axes, sizes)) return 1;
  int64_t wanted[MOST_AXES], found[MOST_AXES];
  for (int32_t axis = first; axis < tensor->axis_count; ++axis) {
    if (tensor->axes[axis] < 0) return SIZE_MAX;
  }
  const int32_t wanted_count = without_ones(tensor->axis_count - first, tensor->axes + first, wanted);
  int32_t found_count = without_ones(values->axis_count, values->axes, found);
  if (same_axes(wanted_count, wanted, found_count, found)) return 1;
  if (first == 0 || values->axis_count == 0) return SIZE_MAX;
  found_count = without_ones(values->axis_count - 1, values->axes + 1, found);
  return same_axes(wanted_count, wanted, found_count, found) ? (size_t)values->axes[0] : SIZE_MAX;
}

/* A table's rows are samples, or the rows of one sample. */
static void shape_table(const kdlc_tensor* tensor, array* values) {
  if (tensor->sample_bytes == 0 || tensor->axis_count > MOST_AXES) return;
  const int64_t elements = tensor->sample_bytes / (int64_t)dtype_bytes(tensor->dtype);
  const int32_t first = has_batch(tensor) ? 1 : 0;
  const int64_t rows = values->axes[0], columns = values->axes[1];
  if (columns == elements && first == 1) {
    values->axes[0] = rows;
  } else if (rows * columns == elements) {
    values->axes[0] = 1;
  } else {
    return;
  }
  for (int32_t axis = first; axis < tensor->axis_count; ++axis) values->axes[axis] = tensor->axes[axis];
  values->axis_count = tensor->axis_count;
}

static array parse_raw(const kdlc_model* model, const kdlc_tensor* tensor, bytes file, const char* path) {
  array values;
  char text[TEXT_SIZE];
  memset(&values, 0, sizeof values);
  axes_text(text, sizeof text, tensor->axis_count, tensor->axes, model);
  if (tensor->sample_bytes <= 0) {
    fail(EXIT_USAGE, "`%s` is %s%s, and a raw file tells no sizes: give a .npy file", tensor->name,
         dtype_name(tensor->dtype), text);
  }
  if (file.size % (size_t)tensor->sample_bytes != 0 ||
      (!has_batch(tensor) && file.size != (size_t)tensor->sample_bytes)) {
    fail(EXIT_DATA, "`%s` has %zu bytes, but a sample of `%s`, %s%s, has %lld", path, file.size, tensor->name,
         dtype_name(tensor->dtype), text, (long long)tensor->sample_bytes);
  }
  values.dtype = tensor->dtype;
  values.axis_count = tensor->axis_count;
  for (int32_t axis = 0; axis < tensor->axis_count; ++axis) values.axes[axis] = tensor->axes[axis];
  if (has_batch(tensor)) values.axes[0] = (int64_t)(file.size / (size_t)tensor->sample_bytes);
  values.count = file.size / dtype_bytes(tensor->dtype);
  values.data = allocate(file.size, 64);
  memcpy(values.data, file.data, file.size);
  return values;
}

static array parse_file(const kdlc_model* model, const kdlc_tensor* tensor, const char* path) {
  bytes file = read_file(path);
  array values;
  if (is_npy(file) || has_ending(path, ".npy")) {
    values = parse_npy(file, path);
  } else if (has_ending(path, ".csv") || has_ending(path, ".tsv") || has_ending(path, ".txt") ||
             strcmp(path, "-") == 0) {
    values = parse_table(file, path, !dtype_is_float(tensor->dtype));
    shape_table(tensor, &values);
  } else if (has_ending(path, ".bin") || has_ending(path, ".raw")) {
    values = parse_raw(model, tensor, file, path);
  } else {
    fail(EXIT_USAGE, "`%s`: the ending of its name tells no format; known are .npy, .csv (.tsv, .txt) and .bin (.raw)",
         path);
  }
  free(file.data);
  return values;
}

/* Numbers in the input's own type. Floats take any number; whole numbers take whole numbers that fit. */
static void convert(const kdlc_tensor* tensor, array* values, const char* path) {
  if (values->dtype == tensor->dtype) return;
  if (dtype_is_float(values->dtype) && !dtype_is_float(tensor->dtype)) {
    fail(EXIT_DATA, "`%s` holds %s numbers, but `%s` is %s", path, dtype_name(values->dtype), tensor->name,
         dtype_name(tensor->dtype));
  }
  void* data = allocate(multiply(values->count, dtype_bytes(tensor->dtype), path), 64);
  for (size_t index = 0; index < values->count; ++index) {
    if (dtype_is_float(values->dtype)) {
      store_number(tensor->dtype, data, index, load_number(values->dtype, values->data, index));
    } else {
      const int64_t number = load_integer(values->dtype, values->data, index);
      if (!store_integer(tensor->dtype, data, index, number)) {
        fail(EXIT_DATA, "`%s` holds %lld, which does not fit `%s`, %s", path, (long long)number, tensor->name,
             dtype_name(tensor->dtype));
      }
    }
  }
  free(values->data);
  values->data = data;
  values->dtype = tensor->dtype;
}

/* `[2, 5]`: the place of an element counted in row-major order. */
static void place_text(char* text, size_t size, const array* values, size_t element) {
  size_t used = 0, behind = values->count;
  for (int32_t axis = 0; axis < values->axis_count && used < size; ++axis) {
    behind /= (size_t)values->axes[axis];
    used += (size_t)snprintf(text + used, size - used, "%s%zu", axis == 0 ? "[" : ", ", element / behind);
    element %= behind;
  }
  if (used < size) snprintf(text + used, size - used, "%s", values->axis_count == 0 ? "[]" : "]");
}

static void check_range(const kdlc_tensor* tensor, const array* values, const char* path) {
  if (tensor->range_begin == tensor->range_end) return;
  for (size_t index = 0; index < values->count; ++index) {
    const double number = load_number(values->dtype, values->data, index);
    if (!(number >= (double)tensor->range_begin && number < (double)tensor->range_end)) {
      char place[TEXT_SIZE];
      place_text(place, sizeof place, values, index);
      fail(EXIT_DATA, "`%s` holds %.15g at %s, but `%s` is in %lld..%lld", path, number, place, tensor->name,
           (long long)tensor->range_begin, (long long)tensor->range_end);
    }
  }
}

/* Sizes such as `T - 2` may mention every dim. */
static bool mentions_dim(const kdlc_model* model, const kdlc_tensor* tensor, int32_t dim) {
  for (int32_t axis = 0; axis < tensor->axis_count; ++axis) {
    if (tensor->axes[axis] == -2 - dim || tensor->axes[axis] <= -2 - model->dim_count) return true;
  }
  return false;
}

array load_input(const kdlc_model* model, const kdlc_tensor* tensor, const char* path, size_t* sizes) {
  array values = parse_file(model, tensor, path);
  const size_t samples = count_samples(tensor, &values, sizes);
  if (samples == SIZE_MAX) {
    char wanted[TEXT_SIZE], found[TEXT_SIZE];
    axes_text(wanted, sizeof wanted, tensor->axis_count, tensor->axes, model);
    axes_text(found, sizeof found, values.axis_count, values.axes, model);
    char known[TEXT_SIZE];
    size_t end = 0;
    known[0] = '\0';
    for (int32_t dim = 0; dim < model->dim_count && end < sizeof known; ++dim) {
      if (sizes[1 + dim] == SIZE_MAX || !mentions_dim(model, tensor, dim)) continue;
      end += (size_t)snprintf(known + end, sizeof known - end, ", and `%s` is %zu in another input",
                              model->dims[dim].name, sizes[1 + dim]);
    }
    fail(EXIT_DATA, "`%s` has the shape %s, but `%s` is %s%s%s", path, found, tensor->name, dtype_name(tensor->dtype),
         wanted, known);
  }
  if (has_batch(tensor)) {
    if (sizes[0] != SIZE_MAX && sizes[0] != samples) {
      fail(EXIT_DATA, "`%s` has %zu sample%s of `%s`, but another input has %zu", path, samples,
           samples == 1 ? "" : "s", tensor->name, sizes[0]);
    }
    sizes[0] = samples;
  }
  for (int32_t dim = 0; dim < model->dim_count; ++dim) {
    if (sizes[1 + dim] != SIZE_MAX && model->dims[dim].bound > 0 && sizes[1 + dim] > (size_t)model->dims[dim].bound) {
      fail(EXIT_DATA, "`%s` makes `%s` %zu, but the model takes at most %lld", path, model->dims[dim].name,
           sizes[1 + dim], (long long)model->dims[dim].bound);
    }
  }
  convert(tensor, &values, path);
  check_range(tensor, &values, path);
  return values;
}

array made_up_input(const call* work, const kdlc_tensor* tensor) {
  array values;
  uint64_t state = 1;
  memset(&values, 0, sizeof values);
  const size_t size = multiply(sample_bytes(work, tensor), has_batch(tensor) ? work->sizes[0] : 1, tensor->name);
  values.dtype = tensor->dtype;
  values.count = size / dtype_bytes(tensor->dtype);
  values.data = allocate(size, 64);
  for (size_t index = 0; index < values.count; ++index) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    if (dtype_is_float(tensor->dtype)) {
      store_number(tensor->dtype, values.data, index, (double)(state >> 40) / 16777216.0);
    } else {
      const int64_t span = tensor->range_end - tensor->range_begin;
      store_integer(tensor->dtype, values.data, index,
                    tensor->range_begin + (int64_t)(state >> 33) % (span > 0 ? span : 2));
    }
  }
  return values;
}
