/* A model that kdlc compiled, built with `--name model`: its typed function, as a C program calls it.
 * MODEL_HEADER is the generated header. Several threads are those of the pool that kdlc gives its executables. */
#include MODEL_HEADER

#include <stdlib.h>

#include "caller.h"
#include "pool.h"

static const caller_task* task;
static void* arena;
static model_options options;

void caller_open(const caller_task* given) {
  task = given;
  caller_require(model_check_cpu() == KDLC_OK, "the code is for another processor");
  arena = aligned_alloc(MODEL_ARENA_ALIGN,
                        (MODEL_ARENA_BYTES + 1 + MODEL_ARENA_ALIGN) / MODEL_ARENA_ALIGN * MODEL_ARENA_ALIGN);
  caller_require(arena != NULL, "no memory for the arena");
  if (task->threads > 1) {
    options.struct_bytes = sizeof options;
    options.parallel_for = kdlc_pool_run;
    options.parallel_context = kdlc_pool_open((size_t)task->threads);
    caller_require(options.parallel_context != NULL, "cannot start a thread");
  }
}

void caller_call(void) {
  const int32_t status = model_forward(&model_embedded, arena, MODEL_ARENA_BYTES, task->threads > 1 ? &options : NULL,
                                       (size_t)task->input_shape[0], task->input, task->output);
  caller_require(status == KDLC_OK, "the model gave an error");
}
