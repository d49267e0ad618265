/* Classifies the held-out digits with a compiled model: what calling an object file made by kdlc looks like.
 *
 *   kdlc build conv.kdl --emit obj -o conv.o
 *   cc -DMODEL=digitsconv -DHEADER='"conv.h"' classify.c conv.o -o classify
 *   ./classify images.npy labels.npy --draw
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include HEADER

/* One program serves both models: MODEL is the prefix of their symbols. A program with one model writes the names out.
 */
#define JOIN_(left, right) left##right
#define JOIN(left, right) JOIN_(left, right)
#define FORWARD JOIN(MODEL, _forward)
#define EMBEDDED JOIN(MODEL, _embedded)
#define DESCRIPTOR JOIN(MODEL, _model)

enum { SIDE = 8, PIXELS = SIDE * SIDE, CLASSES = 10 };

/* The numbers of a .npy file; its header is as long as bytes 8 and 9 say. */
static void* read_npy(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  unsigned char start[10];
  long end;
  char* data;
  if (file == NULL || fread(start, 1, sizeof start, file) != sizeof start || memcmp(start, "\x93NUMPY\x01", 7) != 0) {
    fprintf(stderr, "classify: cannot read %s as a .npy file\n", path);
    exit(3);
  }
  fseek(file, 0, SEEK_END);
  end = ftell(file);
  fseek(file, (long)sizeof start + start[8] + 256L * start[9], SEEK_SET);
  *size = (size_t)(end - ftell(file));
  data = malloc(*size);
  if (data == NULL || fread(data, 1, *size, file) != *size) {
    fprintf(stderr, "classify: %s ends too early\n", path);
    exit(3);
  }
  fclose(file);
  return data;
}

static int best_class(const float* probabilities) {
  int best = 0, digit;
  for (digit = 1; digit < CLASSES; ++digit) {
    if (probabilities[digit] > probabilities[best])
      best = digit;
  }
  return best;
}

/* Some images side by side, two characters a pixel, each with its verdict below. */
static void draw(const float* images, const int32_t* labels, const float* probabilities, const size_t* chosen,
                 size_t count) {
  static const char* const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  size_t row, which, column;
  for (row = 0; row < SIDE; ++row) {
    for (which = 0; which < count; ++which) {
      const float* pixels = images + chosen[which] * PIXELS + row * SIDE;
      for (column = 0; column < SIDE; ++column)
        fputs(shades[(int)(pixels[column] / 16.0f * 4.0f + 0.5f)], stdout);
      fputs("   ", stdout);
    }
    putchar('\n');
  }
  for (which = 0; which < count; ++which) {
    const float* answer = probabilities + chosen[which] * CLASSES;
    const int digit = best_class(answer);
    char verdict[40];
    snprintf(verdict, sizeof verdict, "%d (%.1f %%)%s", digit, 100.0 * answer[digit],
             digit == labels[chosen[which]] ? "" : " WRONG");
    printf("%-19s", verdict);
  }
  printf("\n\n");
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds per image when all images are given in calls of n. */
static double time_per_image(void* arena, const float* images, float* probabilities, size_t count, size_t n) {
  size_t calls = 0, first;
  const double begin = now();
  do {
    for (first = 0; first + n <= count; first += n, ++calls) {
      FORWARD(&EMBEDDED, arena, DESCRIPTOR.arena_bytes, NULL, n, images + first * PIXELS,
              probabilities + first * CLASSES);
    }
  } while (now() - begin < 0.3);
  return (now() - begin) / (double)(calls * n);
}

int main(int argc, char** argv) {
  size_t image_bytes, label_bytes, count, right = 0, index, wrong = 0;
  size_t chosen[6] = {0, 2, 3, 5, 7, 8};
  float *images, *probabilities;
  int32_t* labels;
  void* arena;
  int32_t status;
  if (argc < 3) {
    fprintf(stderr, "usage: classify images.npy labels.npy [--draw]\n");
    return 2;
  }
  images = read_npy(argv[1], &image_bytes);
  labels = read_npy(argv[2], &label_bytes);
  count = image_bytes / (PIXELS * sizeof(float));
  if (label_bytes / sizeof(int32_t) != count) {
    fprintf(stderr, "classify: %zu images, but %zu labels\n", count, label_bytes / sizeof(int32_t));
    return 3;
  }
  probabilities = malloc(count * CLASSES * sizeof(float));
  arena = aligned_alloc(DESCRIPTOR.arena_align,
                        (DESCRIPTOR.arena_bytes / DESCRIPTOR.arena_align + 1) * DESCRIPTOR.arena_align);

  status = FORWARD(&EMBEDDED, arena, DESCRIPTOR.arena_bytes, NULL, count, images, probabilities);
  if (status != 0) {
    fprintf(stderr, "classify: the model returned status %d\n", (int)status);
    return 3;
  }
  for (index = 0; index < count; ++index) {
    const int is_right = best_class(probabilities + index * CLASSES) == labels[index];
    right += (size_t)is_right;
    if (!is_right && wrong < 2)
      chosen[4 + wrong++] = index; /* the last two drawn are mistakes, where there are some */
  }
  if (argc > 3 && strcmp(argv[3], "--draw") == 0)
    draw(images, labels, probabilities, chosen, 6);
  printf("%s: %zu of %zu held-out digits right (%.2f %%)\n", DESCRIPTOR.name, right, count,
         100.0 * (double)right / (double)count);
  printf("  %.3f us per image one by one, %.3f us in batches of 64\n\n",
         1e6 * time_per_image(arena, images, probabilities, count, 1),
         1e6 * time_per_image(arena, images, probabilities, count, 64));
  free(arena);
  free(probabilities);
  free(labels);
  free(images);
  return 0;
}
