/* Two models written by hand, as codegen would describe them: what the tests of the executable's main run. */
#include <string.h>

#include "kdlc_abi.h"

static int32_t cpu_is_fine(void) {
  return KDLC_OK;
}
static int32_t cpu_lacks_something(void) {
  return KDLC_E_CPU;
}

/* ---- share: probs = image / sum of image; total = the sum ---- */

static int32_t share_run(const kdlc_weights* weights, void* arena, size_t arena_bytes, const kdlc_options* options,
                         void* state, const size_t* sizes, const void* const* inputs, void* const* outputs) {
  const float* image = inputs[0];
  float *probs = outputs[0], *total = outputs[1];
  if (weights == NULL || arena == NULL || ((uintptr_t)arena & 127) != 0 || options != NULL || state == NULL)
    return KDLC_E_NULL;
  if (arena_bytes < 1000)
    return KDLC_E_ARENA_SIZE;
  memset(arena, 1, arena_bytes);
  for (size_t n = 0; n < sizes[0]; ++n) {
    total[n] = 0;
    for (size_t k = 0; k < 4; ++k)
      total[n] += image[4 * n + k];
    for (size_t k = 0; k < 4; ++k)
      probs[4 * n + k] = image[4 * n + k] / total[n];
  }
  return KDLC_OK;
}

static int32_t refuse_weights(kdlc_weights* weights, const void* bytes, size_t size) {
  (void)weights, (void)bytes, (void)size;
  return KDLC_E_WEIGHTS;
}

static const int64_t share_image_axes[] = {-1, 2, 2, 1};
static const int64_t share_probs_axes[] = {-1, 4};
static const int64_t share_total_axes[] = {-1};
static const kdlc_tensor share_inputs[] = {
    {"image", "Grey, 0 to 1.\nSecond line.", KDLC_F32, 4, share_image_axes, 16, 0, 0}};
static const kdlc_tensor share_outputs[] = {{"probs", "", KDLC_F32, 2, share_probs_axes, 16, 0, 0},
                                            {"total", "", KDLC_F32, 1, share_total_axes, 4, 0, 0}};
static const kdlc_weights share_embedded = {"", 0};

#define SHARE(check)              \
  {KDLC_ABI_VERSION,              \
   1,                             \
   2,                             \
   0,                             \
   "Share",                       \
   "What each pixel has of all.", \
   "x86_64-linux-gnu test",       \
   share_inputs,                  \
   share_outputs,                 \
   NULL,                          \
   1000,                          \
   128,                           \
   3,                             \
   0,                             \
   7,                             \
   &share_embedded,               \
   check,                         \
   refuse_weights,                \
   share_run,                     \
   0,                             \
   NULL,                          \
   NULL,                          \
   0,                             \
   NULL,                          \
   NULL,                          \
   0,                             \
   0,                             \
   NULL,                          \
   1}

const kdlc_model share_model = SHARE(cpu_is_fine);
const kdlc_model elsewhere_model = SHARE(cpu_lacks_something);

/* ---- count: external weights, a declared dim, an input without batch, every kind of type ---- */

static int32_t count_bind(kdlc_weights* weights, const void* bytes, size_t size) {
  const kdlc_packed_header* header = bytes;
  if (((uintptr_t)bytes & 63) != 0 || size != sizeof *header + 8 || memcmp(header->magic, "KDLCPACK", 8) != 0 ||
      header->hash != 42 || header->checksum != 1) {
    return KDLC_E_WEIGHTS;
  }
  weights->data = header + 1;
  weights->hash = header->hash;
  return KDLC_OK;
}

/* total[n] = factor × scale × sum of ids; flipped = not flags; echo = ids as half numbers. */
static int32_t count_run(const kdlc_weights* weights, void* arena, size_t arena_bytes, const kdlc_options* options,
                         void* state, const size_t* sizes, const void* const* inputs, void* const* outputs) {
  const int32_t* ids = inputs[0];
  const double* scale = inputs[1];
  const uint8_t* flags = inputs[2];
  double* total = outputs[0];
  uint8_t* flipped = outputs[1];
  int64_t* echo = outputs[2];
  double factor;
  (void)arena, (void)arena_bytes, (void)options, (void)state;
  if (sizes[1] > 4)
    return KDLC_E_SIZE;
  memcpy(&factor, weights->data, sizeof factor);
  for (size_t n = 0; n < sizes[0]; ++n) {
    total[n] = 0;
    for (size_t t = 0; t < sizes[1]; ++t) {
      if (ids[n * sizes[1] + t] == 9)
        return KDLC_E_INDEX;
      total[n] += factor * *scale * ids[n * sizes[1] + t];
      echo[n * sizes[1] + t] = ids[n * sizes[1] + t];
    }
    for (size_t k = 0; k < 2; ++k)
      flipped[2 * n + k] = !flags[2 * n + k];
  }
  return KDLC_OK;
}

static const int64_t count_ids_axes[] = {-1, -2};
static const int64_t count_flags_axes[] = {-1, 2};
static const int64_t count_total_axes[] = {-1};
static const kdlc_tensor count_inputs[] = {{"ids", "", KDLC_I32, 2, count_ids_axes, 0, 0, 10},
                                           {"scale", "", KDLC_F64, 0, NULL, 8, 0, 0},
                                           {"top", "", KDLC_BOOL, 2, count_flags_axes, 2, 0, 0}};
static const kdlc_tensor count_outputs[] = {{"total", "", KDLC_F64, 1, count_total_axes, 8, 0, 0},
                                            {"flipped", "", KDLC_BOOL, 2, count_flags_axes, 2, 0, 0},
                                            {"echo", "", KDLC_I64, 2, count_ids_axes, 0, 0, 0}};
static const kdlc_dim count_dims[] = {{"T", 4}};

const kdlc_model count_model = {KDLC_ABI_VERSION,
                                3,
                                3,
                                1,
                                "Count",
                                "",
                                "x86_64-linux-gnu test",
                                count_inputs,
                                count_outputs,
                                count_dims,
                                0,
                                64,
                                2,
                                8,
                                42,
                                NULL,
                                cpu_is_fine,
                                count_bind,
                                count_run,
                                0,
                                NULL,
                                NULL,
                                0,
                                NULL,
                                NULL,
                                0,
                                0,
                                NULL,
                                1};

/* ---- sums: y = what a stream has been given so far; two streams ---- */

static int32_t sums_run(const kdlc_weights* weights, void* arena, size_t arena_bytes, const kdlc_options* options,
                        void* state, const size_t* sizes, const void* const* inputs, void* const* outputs) {
  const float* x = inputs[0];
  float *y = outputs[0], *sums = state;
  (void)weights, (void)arena, (void)arena_bytes, (void)options;
  if (sizes[0] > 2)
    return KDLC_E_SIZE;
  for (size_t n = 0; n < sizes[0]; ++n) {
    sums[n] += x[n];
    y[n] = sums[n];
  }
  return KDLC_OK;
}

static int32_t sums_reset(void* state, size_t stream) {
  (void)state, (void)stream;
  return KDLC_OK;
}

static const kdlc_tensor sums_inputs[] = {{"x", "", KDLC_F32, 1, share_total_axes, 4, 0, 0}};
static const kdlc_tensor sums_outputs[] = {{"y", "", KDLC_F32, 1, share_total_axes, 4, 0, 0}};

const kdlc_model sums_model = {KDLC_ABI_VERSION,
                               1,
                               1,
                               0,
                               "Sums",
                               "",
                               "x86_64-linux-gnu test",
                               sums_inputs,
                               sums_outputs,
                               NULL,
                               0,
                               64,
                               2,
                               0,
                               7,
                               &share_embedded,
                               cpu_is_fine,
                               refuse_weights,
                               sums_run,
                               0,
                               NULL,
                               NULL,
                               0,
                               NULL,
                               NULL,
                               2,
                               8,
                               sums_reset,
                               1};
