/* Results for a person to read: the best classes where an output is a distribution, else numbers. */
#include <string.h>

#include "runtime.h"

enum { MOST_VALUES = 16 }; /* of a sample, printed in full */

/* Probabilities of at least two classes: none negative, and a sum of 1. */
static bool is_distribution(int32_t dtype, const void* data, size_t count) {
  double sum = 0;
  if (!dtype_is_float(dtype) || count < 2) return false;
  for (size_t index = 0; index < count; ++index) {
    const double value = load_number(dtype, data, index);
    if (!(value >= 0 && value <= 1.001)) return false;
    sum += value;
  }
  return sum > 0.99 && sum < 1.01;
}

/* The largest number of `data` that stands behind the one at `previous` in the order of sizes (SIZE_MAX: the largest of
 * all). */
static size_t next_best(int32_t dtype, const void* data, size_t count, size_t previous) {
  size_t best = SIZE_MAX;
  for (size_t index = 0; index < count; ++index) {
    const double value = load_number(dtype, data, index);
    if (previous != SIZE_MAX) {
      const double limit = load_number(dtype, data, previous);
      if (value > limit || (value == limit && index <= previous)) continue;
    }
    if (value != value) continue; /* NaN is no class */
    if (best == SIZE_MAX || value > load_number(dtype, data, best)) best = index;
  }
  return best;
}

static void print_classes(int32_t dtype, const void* data, size_t count, size_t top, bool as_percent) {
  size_t index = SIZE_MAX;
  for (size_t place = 0; place < top && place < count; ++place) {
    index = next_best(dtype, data, count, index);
    if (index == SIZE_MAX) break;
    const double value = load_number(dtype, data, index);
    printf(as_percent ? "%sclass %zu (%.2f %%)" : "%sclass %zu (%.6g)", place == 0 ? "" : ", ", index,
           as_percent ? 100 * value : value);
  }
  putchar('\n');
}

static void print_value(int32_t dtype, const void* data, size_t index) {
  if (dtype_is_float(dtype)) {
    printf("%.6g", load_number(dtype, data, index));
  } else if (dtype == KDLC_BOOL) {
    printf("%s", load_integer(dtype, data, index) != 0 ? "true" : "false");
  } else {
    printf("%lld", (long long)load_integer(dtype, data, index));
  }
}

static void print_values(int32_t dtype, const void* data, size_t count) {
  const size_t shown = count <= MOST_VALUES ? count : MOST_VALUES / 2;
  for (size_t index = 0; index < shown; ++index) {
    if (index > 0) putchar(' ');
    print_value(dtype, data, index);
  }
  if (shown < count) {
    double lowest = load_number(dtype, data, 0), highest = lowest, sum = 0;
    for (size_t index = 0; index < count; ++index) {
      const double value = load_number(dtype, data, index);
      lowest = value < lowest ? value : lowest;
      highest = value > highest ? value : highest;
      sum += value;
    }
    printf(" ... (%zu values from %.6g to %.6g, mean %.6g)", count, lowest, highest, sum / (double)count);
  }
  putchar('\n');
}

void print_outputs(const call* work, const arguments* wanted) {
  const kdlc_model* model = work->model;
  const size_t n = work->sizes[0];
  for (size_t sample = 0; sample < n; ++sample) {
    for (int32_t index = 0; index < model->output_count; ++index) {
      const kdlc_tensor* tensor = &model->outputs[index];
      const size_t size = sample_bytes(work, tensor);
      const size_t count = size / dtype_bytes(tensor->dtype);
      if (wanted->output_paths[index] != NULL || (!has_batch(tensor) && sample > 0)) continue;
      const char* data = (const char*)work->outputs[index].data + (has_batch(tensor) ? sample * size : 0);
      const bool classes = is_distribution(tensor->dtype, data, count);
      if (n > 1 && has_batch(tensor)) printf("sample %zu: ", sample);
      printf("%s = ", tensor->name);
      if (classes || (wanted->top > 0 && count > 1)) {
        print_classes(tensor->dtype, data, count, wanted->top > 0 ? wanted->top : 1, classes);
      } else {
        print_values(tensor->dtype, data, count);
      }
    }
  }
}
