/* The main of every caller; caller.h says what it does. */
#include "caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void caller_require(int ok, const char* message) {
  if (!ok) {
    fprintf(stderr, "%s\n", message);
    exit(1);
  }
}

static size_t read_shape(const char* text, int64_t* shape, size_t* axes) {
  size_t bytes = sizeof(float);
  for (*axes = 0; *axes < CALLER_MAX_AXES; text = strchr(text, 'x') + 1) {
    shape[*axes] = strtol(text, NULL, 10);
    bytes *= (size_t)shape[(*axes)++];
    if (strchr(text, 'x') == NULL) {
      break;
    }
  }
  return bytes;
}

static float* buffer(size_t bytes) {
  float* memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  caller_require(memory != NULL, "no memory for a tensor");
  memset(memory, 0, bytes);
  return memory;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double seconds_of(long calls) {
  const double begin = now();
  for (long call = 0; call < calls; ++call) {
    caller_call();
  }
  return now() - begin;
}

int main(int argc, char** argv) {
  caller_task task;
  caller_require(argc == 7, "MODEL INPUT OUTPUT INPUT_SHAPE OUTPUT_SHAPE THREADS");
  task.model = argv[1];
  task.threads = atoi(argv[6]);
  task.input_bytes = read_shape(argv[4], task.input_shape, &task.input_axes);
  task.output_bytes = read_shape(argv[5], task.output_shape, &task.output_axes);
  task.input = buffer(task.input_bytes);
  task.output = buffer(task.output_bytes);

  FILE* file = fopen(argv[2], "rb");
  caller_require(file != NULL && fread(task.input, 1, task.input_bytes, file) == task.input_bytes,
                 "cannot read the input");
  fclose(file);
  caller_open(&task);
  caller_call();
  file = fopen(argv[3], "wb");
  caller_require(file != NULL && fwrite(task.output, 1, task.output_bytes, file) == task.output_bytes,
                 "cannot write the output");
  fclose(file);
  puts("ready");
  fflush(stdout);

  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    printf("%.9e\n", seconds_of(strtol(line, NULL, 10)));
    fflush(stdout);
  }
  return 0;
}
