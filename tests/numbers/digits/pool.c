/* Four threads call one model at once, all with the same pool, under the thread sanitizer, which sees the pool: all get
 * the bits of a call without threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv_threads.h"
#include "pool.h"

enum { CALLERS = 4, CALLS = 100, IMAGES = 37, PIXELS = 64, CLASSES = 10 };

static float images[IMAGES * PIXELS];
static float expected[IMAGES * CLASSES];
static kdlc_options options = {sizeof options, NULL, NULL, NULL, NULL};

static int32_t classify(const kdlc_options* how, size_t n, float* probabilities) {
  void* arena = NULL;
  int32_t status = -1;
  if (posix_memalign(&arena, CONVTHREADS_ARENA_ALIGN, CONVTHREADS_ARENA_BYTES) == 0) {
    status = convthreads_forward(&convthreads_embedded, arena, CONVTHREADS_ARENA_BYTES, how, n, images, probabilities);
  }
  free(arena);
  return status;
}

static void* run(void* failures) {
  for (int call = 0; call < CALLS; ++call) {
    float probabilities[IMAGES * CLASSES];
    const size_t n = call % 2 == 0 ? IMAGES : 1;
    if (classify(&options, n, probabilities) != 0 ||
        memcmp(probabilities, expected, n * CLASSES * sizeof *expected) != 0) {
      ++*(int*)failures;
    }
  }
  return NULL;
}

static void count(void* counts, size_t index) {
  ++((int*)counts)[index];
}

/* Every index once, whatever the number of threads; jobs one after the other, with and without sleep in between. */
static int counts_all(size_t threads) {
  int counts[7] = {0};
  kdlc_pool* pool = kdlc_pool_open(threads);
  if (pool == NULL)
    return 0;
  for (int job = 0; job < 1000; ++job)
    kdlc_pool_run(pool, (size_t)(job % 8), count, counts);
  kdlc_pool_close(pool);
  for (int index = 0; index < 7; ++index) {
    if (counts[index] != 125 * (7 - index))
      return 0;
  }
  return 1;
}

int main(void) {
  pthread_t callers[CALLERS];
  int failures[CALLERS] = {0};
  int total = 0;
  for (size_t threads = 1; threads <= 5; ++threads)
    total += counts_all(threads) ? 0 : 1;
  for (int index = 0; index < IMAGES * PIXELS; ++index)
    images[index] = (float)(index * 7 % 17);
  if (classify(NULL, IMAGES, expected) != 0)
    return 1;
  kdlc_pool* pool = kdlc_pool_open(CONVTHREADS_THREADS);
  options.parallel_for = kdlc_pool_run;
  options.parallel_context = pool;
  for (int index = 0; index < CALLERS; ++index) {
    if (pthread_create(&callers[index], NULL, run, &failures[index]) != 0)
      return 1;
  }
  for (int index = 0; index < CALLERS; ++index) {
    pthread_join(callers[index], NULL);
    total += failures[index];
  }
  kdlc_pool_close(pool);
  printf("%d of %d calls gave other bits\n", total, CALLERS * CALLS);
  return total == 0 ? 0 : 1;
}
