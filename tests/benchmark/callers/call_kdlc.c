/* A model that kdlc compiled, built with `--name model`: its typed function, as a C program calls it.
 * MODEL_HEADER is the generated header. With two threads the loop over parts is shared with one helper, which spins. */
#include MODEL_HEADER

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "caller.h"

static const caller_task* task;
static void* arena;
static model_options options;

/* ---- a parallel-for over two threads ---- */

static struct {
  void (*body)(void* context, size_t index);
  void* context;
  size_t count;
  atomic_uint round; /* grows when there is work */
  atomic_uint done;  /* the round that the helper has finished */
} work;

/* Thread 0 or 1 takes every other index, the same ones each time: it finds what it read before in its cache. */
static void do_share(size_t thread) {
  for (size_t index = thread; index < work.count; index += 2) {
    work.body(work.context, index);
  }
}

static void* helper_main(void* unused) {
  unsigned seen = 0;
  (void)unused;
  for (;;) {
    while (atomic_load_explicit(&work.round, memory_order_acquire) == seen) {
      __builtin_ia32_pause();
    }
    do_share(1);
    atomic_store_explicit(&work.done, ++seen, memory_order_release);
  }
  return NULL;
}

static void parallel_for(void* context, size_t count, void (*body)(void* body_context, size_t index),
                         void* body_context) {
  (void)context;
  work.body = body;
  work.context = body_context;
  work.count = count;
  const unsigned round = atomic_fetch_add_explicit(&work.round, 1, memory_order_release) + 1;
  do_share(0);
  while (atomic_load_explicit(&work.done, memory_order_acquire) != round) {
    __builtin_ia32_pause();
  }
}

/* ---- the model ---- */

void caller_open(const caller_task* given) {
  pthread_t helper;
  task = given;
  caller_require(model_check_cpu() == KDLC_OK, "the code is for another processor");
  arena = aligned_alloc(MODEL_ARENA_ALIGN,
                        (MODEL_ARENA_BYTES + 1 + MODEL_ARENA_ALIGN) / MODEL_ARENA_ALIGN * MODEL_ARENA_ALIGN);
  caller_require(arena != NULL, "no memory for the arena");
  if (task->threads > 1) {
    options.struct_bytes = sizeof options;
    options.parallel_for = parallel_for;
    caller_require(pthread_create(&helper, NULL, helper_main, NULL) == 0, "cannot start a thread");
  }
}

void caller_call(void) {
  const int32_t status = model_forward(&model_embedded, arena, MODEL_ARENA_BYTES, task->threads > 1 ? &options : NULL,
                                       (size_t)task->input_shape[0], task->input, task->output);
  caller_require(status == KDLC_OK, "the model gave an error");
}
