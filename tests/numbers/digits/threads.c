/* Eight threads call one compiled model at once, each with its own arena, under the thread sanitizer: all get the bits
 * that one thread gets. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv.h"

enum { THREADS = 8, CALLS = 200, IMAGES = 37, PIXELS = 64, CLASSES = 10 };

static float images[IMAGES * PIXELS];
static float expected[IMAGES * CLASSES];

static int32_t classify(float* probabilities) {
  void* arena = NULL;
  int32_t status = -1;
  if (posix_memalign(&arena, DIGITSCONV_ARENA_ALIGN, DIGITSCONV_ARENA_BYTES) == 0) {
    status =
        digitsconv_forward(&digitsconv_embedded, arena, DIGITSCONV_ARENA_BYTES, NULL, IMAGES, images, probabilities);
  }
  free(arena);
  return status;
}

static void* run(void* failures) {
  for (int call = 0; call < CALLS; ++call) {
    float probabilities[IMAGES * CLASSES];
    if (classify(probabilities) != 0 || memcmp(probabilities, expected, sizeof expected) != 0) {
      ++*(int*)failures;
    }
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  int failures[THREADS] = {0};
  int total = 0;
  for (int index = 0; index < IMAGES * PIXELS; ++index)
    images[index] = (float)(index * 7 % 17);
  if (classify(expected) != 0)
    return 1;
  for (int index = 0; index < THREADS; ++index) {
    if (pthread_create(&threads[index], NULL, run, &failures[index]) != 0)
      return 1;
  }
  for (int index = 0; index < THREADS; ++index) {
    pthread_join(threads[index], NULL);
    total += failures[index];
  }
  printf("%d of %d calls gave other bits\n", total, THREADS * CALLS);
  return total == 0 ? 0 : 1;
}
