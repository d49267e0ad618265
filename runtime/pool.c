/* A pool whose threads wait actively for a while, then sleep.
 *
 * The caller writes the job, then raises `round`; every helper sees it, claims its share, runs it and stores the round
 * as done. Two messages between cores a job, no lock on the way, unless somebody sleeps. A share that nobody has
 * claimed when the caller is done with its own is run by the caller: it never waits for a thread that sleeps or has no
 * core. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Pauses of about 20 to 50 nanoseconds each: some tens of microseconds, longer than the gaps between the layers of a
 * model and shorter than anybody minds. */
enum { SPINS = 5000 };
/* Waiting for a helper whose core works on something else. */
enum { SPINS_BEFORE_YIELD = 10000 };

typedef struct helper {
  /* On a line of its own. */
  _Alignas(128) atomic_uint done; /* the last round that it has finished */
  atomic_uint claimed;            /* the last round of which somebody has taken its share */
  kdlc_pool* pool;
  size_t number; /* from 1; the caller is 0 */
  pthread_t thread;
} helper;

struct kdlc_pool {
  _Alignas(128) atomic_uint round;
  /* The job, written before `round` and read behind it. */
  size_t count;
  void (*body)(void*, size_t);
  void* body_context;
  atomic_bool is_closing;

  _Alignas(128) atomic_flag is_busy;
  atomic_uint sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  bool may_spin; /* waiting actively takes nothing from the others: a core for everybody */
  size_t threads;
  helper* helpers; /* threads - 1 */
};

static void spin(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

/* Returns the round that follows `seen`. */
static unsigned wait_for_round(kdlc_pool* pool, unsigned seen) {
  unsigned round = atomic_load_explicit(&pool->round, memory_order_acquire);
  for (int k = 0; round == seen && pool->may_spin && k < SPINS; ++k) {
    spin();
    round = atomic_load_explicit(&pool->round, memory_order_acquire);
  }
  if (round != seen) return round;
  pthread_mutex_lock(&pool->mutex);
  /* Either this thread sees the new round below, or the caller, who raises it before asking, sees a sleeper. */
  atomic_fetch_add(&pool->sleepers, 1);
  while ((round = atomic_load(&pool->round)) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
  return round;
}

static void run_part(const kdlc_pool* pool, size_t thread) {
  for (size_t index = thread; index < pool->count; index += pool->threads) pool->body(pool->body_context, index);
}

/* Whether the caller of this function, and nobody else, is to run the helper's share of the round. Who is late for a
 * round finds it claimed, and must not look at the job. */
static bool claim(helper* of, unsigned round) {
  unsigned before = round - 1;
  return atomic_compare_exchange_strong(&of->claimed, &before, round);
}

static void* help(void* context) {
  helper* self = context;
  kdlc_pool* pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    seen = wait_for_round(pool, seen);
    if (atomic_load(&pool->is_closing)) return NULL;
    if (!claim(self, seen)) continue;
    run_part(pool, self->number);
    atomic_store_explicit(&self->done, seen, memory_order_release);
  }
}

/* Raises the round, and wakes who sleeps. */
static unsigned begin_round(kdlc_pool* pool) {
  const unsigned round = atomic_load_explicit(&pool->round, memory_order_relaxed) + 1;
  atomic_store(&pool->round, round);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
  return round;
}

void kdlc_pool_run(void* context, size_t count, void (*body)(void* body_context, size_t index), void* body_context) {
  kdlc_pool* pool = context;
  if (pool->threads == 1 || count < 2 || atomic_flag_test_and_set_explicit(&pool->is_busy, memory_order_acquire)) {
    for (size_t index = 0; index < count; ++index) body(body_context, index);
    return;
  }
  pool->count = count;
  pool->body = body;
  pool->body_context = body_context;
  const unsigned round = begin_round(pool);
  run_part(pool, 0);
  for (size_t k = 0; k + 1 < pool->threads; ++k) {
    if (claim(&pool->helpers[k], round)) {
      run_part(pool, k + 1);
      atomic_store_explicit(&pool->helpers[k].done, round, memory_order_relaxed);
    }
  }
  for (size_t k = 0; k + 1 < pool->threads; ++k) {
    for (int spins = 0; atomic_load_explicit(&pool->helpers[k].done, memory_order_acquire) != round; ++spins) {
      spin();
      if (spins >= SPINS_BEFORE_YIELD || !pool->may_spin) sched_yield();
    }
  }
  atomic_flag_clear_explicit(&pool->is_busy, memory_order_release);
}

static void join_helpers(kdlc_pool* pool, size_t count) {
  atomic_store(&pool->is_closing, true);
  begin_round(pool);
  for (size_t k = 0; k < count; ++k) pthread_join(pool->helpers[k].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->helpers);
  free(pool);
}

kdlc_pool* kdlc_pool_open(size_t threads) {
  if (threads == 0 || threads > 1024) return NULL;
  void *memory = NULL, *helpers = NULL;
  if (posix_memalign(&memory, 128, sizeof(kdlc_pool)) != 0) return NULL;
  if (posix_memalign(&helpers, 128, threads * sizeof(helper)) != 0) {
    free(memory);
    return NULL;
  }
  kdlc_pool* pool = memory;
  *pool = (kdlc_pool){.threads = threads, .helpers = helpers, .is_busy = ATOMIC_FLAG_INIT};
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  pool->may_spin = cores > 0 && (size_t)cores >= threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  for (size_t k = 0; k + 1 < threads; ++k) {
    helper* self = &pool->helpers[k];
    atomic_init(&self->done, 0);
    atomic_init(&self->claimed, 0);
    self->pool = pool;
    self->number = k + 1;
    if (pthread_create(&self->thread, NULL, help, self) != 0) {
      join_helpers(pool, k);
      return NULL;
    }
  }
  return pool;
}

void kdlc_pool_close(kdlc_pool* pool) {
  if (pool != NULL) join_helpers(pool, pool->threads - 1);
}
