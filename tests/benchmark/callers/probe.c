/* What one core can do: multiply-adds in registers, and reading from each level of memory. Prints one line of JSON.
 * The best of many short runs is taken: an interruption makes a limit look lower, nothing makes it look higher. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64 };
#elif defined(__AVX__)
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif
typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

enum { LANES = VECTOR_BYTES / 4, RUNS = 60 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The compiler must take `value` for used and changed. */
#if defined(__x86_64__)
#define KEEP(value) __asm__ volatile("" : "+v"(value))
#else
#define KEEP(value) __asm__ volatile("" : "+w"(value))
#endif

/* For each of the independent sums, twelve for multiply-adds and eight for reading: enough to hide their latency. They
 * are named one by one, since an array of them would live in memory. */
#define EACH_OF_8(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define EACH_OF_12(DO) EACH_OF_8(DO) DO(8) DO(9) DO(10) DO(11)
#define DECLARE(index) vector sum##index = {0};
#define MULTIPLY_ADD(index) sum##index = factor * term + sum##index;
#define READ(part) sum##part += data[index + part];
#define KEEP_SUM(index) KEEP(sum##index);

/* FLOP per second. */
static double multiply_add_rate(void) {
  enum { STEPS = 200000 };
  double best = 0;
  for (int run = 0; run < RUNS; ++run) {
    vector factor = {0}, term = {0};
    EACH_OF_12(DECLARE)
    const double begin = now();
    for (int step = 0; step < STEPS; ++step) {
      KEEP(factor);
      KEEP(term);
      EACH_OF_12(MULTIPLY_ADD)
      EACH_OF_12(KEEP_SUM)
    }
    const double rate = 2.0 * LANES * 12 * STEPS / (now() - begin);
    best = rate > best ? rate : best;
  }
  return best;
}

/* Bytes per second of reading `bytes` again and again. */
static double read_rate(const vector* data, size_t bytes) {
  const size_t count = bytes / sizeof(vector);
  const size_t repeats = bytes >= (64U << 20U) ? 1 : (64U << 20U) / bytes;
  double best = 0;
  for (int run = 0; run < (bytes > (32U << 20U) ? 6 : 15); ++run) {
    EACH_OF_8(DECLARE)
    const double begin = now();
    for (size_t repeat = 0; repeat < repeats; ++repeat) {
      for (size_t index = 0; index < count; index += 8) {
        EACH_OF_8(READ)
      }
      EACH_OF_8(KEEP_SUM)
    }
    const double rate = (double)bytes * (double)repeats / (now() - begin);
    best = rate > best ? rate : best;
  }
  return best;
}

int main(void) {
  static const size_t sizes_kib[] = {16, 32, 256, 1024, 1536, 2560, 4096, 16384, 65536, 262144};
  const size_t count = sizeof sizes_kib / sizeof *sizes_kib;
  const size_t largest = sizes_kib[count - 1] << 10U;
  vector* data = mmap(NULL, largest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return 1;
  }
  madvise(data, largest, MADV_HUGEPAGE);
  memset(data, 0, largest);
  printf("{\"vector_bits\": %d, \"flops\": %.4e, \"reading\": [", VECTOR_BYTES * 8, multiply_add_rate());
  for (size_t index = 0; index < count; ++index) {
    printf("%s[%zu, %.4e]", index == 0 ? "" : ", ", sizes_kib[index] << 10U, read_rate(data, sizes_kib[index] << 10U));
    fflush(stdout);
  }
  puts("]}");
  return 0;
}
