/* Measures a call: the median and the fastest of many timings, each long enough for the clock. */
#include <stdlib.h>
#include <time.h>

#include "runtime.h"

enum { MOST_TIMINGS = 20000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double time_calls(const call* work, size_t calls) {
  const double begin = now();
  for (size_t k = 0; k < calls; ++k) run_samples(work, 0, work->sizes[0]);
  return (now() - begin) / (double)calls;
}

static int compare(const void* left, const void* right) {
  const double a = *(const double*)left, b = *(const double*)right;
  return (a > b) - (a < b);
}

static void print_time(double seconds) {
  if (seconds < 1e-6) {
    printf("%.1f ns", 1e9 * seconds);
  } else if (seconds < 1e-3) {
    printf("%.2f us", 1e6 * seconds);
  } else if (seconds < 1) {
    printf("%.3f ms", 1e3 * seconds);
  } else {
    printf("%.3f s", seconds);
  }
}

void measure(const call* work, double seconds) {
  const size_t n = work->sizes[0];
  double* timings = allocate(MOST_TIMINGS * sizeof *timings, 64);
  size_t count = 0, calls = 1;
  /* As many calls a timing as take 20 microseconds; this warms up too. */
  while (time_calls(work, calls) * (double)calls < 20e-6 && calls < (size_t)1 << 30) calls *= 2;
  const double begin = now();
  do {
    timings[count++] = time_calls(work, calls);
  } while (count < MOST_TIMINGS && now() - begin < seconds);
  const double elapsed = now() - begin;
  qsort(timings, count, sizeof *timings, compare);
  const double median = timings[count / 2], samples = n > 0 ? (double)n : 1;
  printf("n = %zu: median ", n);
  print_time(median);
  printf(" a call (");
  print_time(median / samples);
  printf(" a sample), fastest ");
  print_time(timings[0]);
  printf("; %.6g samples a second; %zu calls in %.2f s\n", samples / median, count * calls, elapsed);
  free(timings);
}
