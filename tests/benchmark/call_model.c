/* Times a compiled model as a C program calls it: buffers ready, one call after the other.
 * Built into a shared library with -DMODEL=<prefix>_model, so that one process can interleave it with its peers. */
#include <stdlib.h>
#include <time.h>

#include "kdlc_abi.h"

extern const kdlc_model MODEL;

static void* arena;

const kdlc_model* benchmark_model(void) {
  return &MODEL;
}

/* Seconds for `calls` calls with n samples each; negative when a call fails. */
double benchmark_time(size_t n, size_t calls, const void* input, void* output) {
  struct timespec begin, end;
  size_t call;
  if (arena == NULL && MODEL.arena_bytes > 0) {
    arena = aligned_alloc(MODEL.arena_align,
                          (MODEL.arena_bytes + MODEL.arena_align - 1) / MODEL.arena_align * MODEL.arena_align);
  }
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (call = 0; call < calls; ++call) {
    if (MODEL.run(MODEL.embedded, arena, MODEL.arena_bytes, NULL, NULL, &n, &input, &output) != KDLC_OK) {
      return -1;
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}
