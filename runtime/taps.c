/* Taps: values inside the model, which it shows to a callback while it runs. */
#include <string.h>

#include "runtime.h"

/* A kdlc_tap: samples first to first + n - 1 of the call at hand. */
static void keep_tap(void* context, const char* name, size_t first, size_t n, const void* data) {
  const tap_sink* sink = context;
  const call* work = sink->work;
  for (int32_t index = 0; index < work->model->tap_count; ++index) {
    const kdlc_tensor* tensor = &work->model->taps[index];
    if (strcmp(tensor->name, name) != 0) continue;
    const size_t size = sample_bytes(work, tensor);
    const size_t place = has_batch(tensor) ? sink->first + first : 0;
    memcpy((char*)work->taps[index].data + place * size, data, n * size);
  }
}

const kdlc_options* call_options(kdlc_options* options, tap_sink* sink) {
  const call* work = sink->work;
  if (work->taps == NULL && work->pool == NULL) return NULL;
  memset(options, 0, sizeof *options);
  options->struct_bytes = sizeof *options;
  if (work->taps != NULL) {
    options->tap = keep_tap;
    options->tap_context = sink;
  }
  if (work->pool != NULL) {
    options->parallel_for = kdlc_pool_run;
    options->parallel_context = work->pool;
  }
  return options;
}

void print_taps(const call* work) {
  char axes[512];
  for (int32_t index = 0; index < work->model->tap_count; ++index) {
    const array* values = &work->taps[index];
    double lowest = 0, highest = 0, sum = 0;
    size_t finite = 0, nans = 0;
    for (size_t k = 0; k < values->count; ++k) {
      const double value = load_number(values->dtype, values->data, k);
      if (value != value) ++nans;
      if (value - value != 0) continue; /* NaN or infinite */
      lowest = finite == 0 || value < lowest ? value : lowest;
      highest = finite == 0 || value > highest ? value : highest;
      sum += value;
      ++finite;
    }
    printf("tap %s: %s%s\n", work->model->taps[index].name, dtype_name(values->dtype),
           axes_text(axes, sizeof axes, values->axis_count, values->axes, work->model));
    if (finite > 0) printf("  min %.6g, max %.6g, mean %.6g", lowest, highest, sum / (double)finite);
    printf("%s; %zu NaN, %zu Inf\n  first", finite > 0 ? "" : "  no finite value", nans, values->count - finite - nans);
    for (size_t k = 0; k < values->count && k < 8; ++k) printf(" %.6g", load_number(values->dtype, values->data, k));
    printf(values->count > 8 ? " ... (%zu values)\n" : "\n", values->count);
  }
}
