/* Threads that compute together: a parallel-for for the options of a model. */
#ifndef KDLC_POOL_H_
#define KDLC_POOL_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kdlc_pool kdlc_pool;

/* `threads` with the caller's own, which works too. NULL when the system gives no more threads or memory. */
kdlc_pool* kdlc_pool_open(size_t threads);
/* No call may be under way. */
void kdlc_pool_close(kdlc_pool* pool);
/* A kdlc_parallel_for whose context is the pool. Index k runs on thread k modulo the number of threads, so that a part
 * of the work finds what it read the last time in its own cache; on the caller's, where that thread is late. When
 * another call uses the pool, the caller works alone. */
void kdlc_pool_run(void* pool, size_t count, void (*body)(void* body_context, size_t index), void* body_context);

#ifdef __cplusplus
}
#endif

#endif /* KDLC_POOL_H_ */
