/* What every caller of a runtime has in common: it loads a model, computes once, then times calls when it is told to.
 *
 *   caller MODEL INPUT OUTPUT INPUT_SHAPE OUTPUT_SHAPE THREADS
 *
 * INPUT is a file of plain floats; the result of the first call is written to OUTPUT in the same way; a shape is
 * 1x28x28x1. Then the caller says `ready`, and answers every line with a number of calls by the seconds that they took.
 */
#ifndef CALLER_H_
#define CALLER_H_

#include <stddef.h>
#include <stdint.h>

#define CALLER_MAX_AXES 8

typedef struct {
  const char* model;
  int threads;
  size_t input_axes, output_axes;
  int64_t input_shape[CALLER_MAX_AXES], output_shape[CALLER_MAX_AXES];
  size_t input_bytes, output_bytes;
  float *input, *output; /* aligned to 64 bytes */
} caller_task;

/* Ends the process with a message when `ok` is 0. */
void caller_require(int ok, const char* message);

/* Each runtime has these two. */
void caller_open(const caller_task* task);
void caller_call(void);

#endif /* CALLER_H_ */
