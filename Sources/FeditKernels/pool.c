#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#else
#define PAUSE() ((void)0)
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "FeditKernels.h"

// Workers wait for the next job by spinning for a moment, since a network has dozens of short ones, then by
// sleeping.
enum { MAX_THREADS = 256, SPINS = 4000 };

struct fk_pool {
  int workers;
  pthread_t threads[MAX_THREADS];
  pthread_mutex_t jobs, lock;
  pthread_cond_t wake, finished;
  _Atomic unsigned generation;
  _Atomic int running;
  _Atomic long next;
  _Atomic int numbers;
  int stop, sleeping_owner;
  void (*work)(void *, long, int);
  void *context;
  long items;
};

static void share(fk_pool *pool, int thread) {
  for (;;) {
    long item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (item >= pool->items) return;
    pool->work(pool->context, item, thread);
  }
}

static void *worker(void *argument) {
  fk_pool *pool = argument;
  int number = 1 + atomic_fetch_add(&pool->numbers, 1);
  unsigned seen = 0;
  for (;;) {
    for (int i = 0; i < SPINS && atomic_load_explicit(&pool->generation, memory_order_acquire) == seen; i++)
      PAUSE();
    if (atomic_load_explicit(&pool->generation, memory_order_acquire) == seen) {
      pthread_mutex_lock(&pool->lock);
      while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->lock);
      pthread_mutex_unlock(&pool->lock);
    }
    seen++;
    if (pool->stop) return NULL;
    share(pool, number);
    if (atomic_fetch_sub(&pool->running, 1) == 1) {
      pthread_mutex_lock(&pool->lock);
      if (pool->sleeping_owner) pthread_cond_signal(&pool->finished);
      pthread_mutex_unlock(&pool->lock);
    }
  }
}

static void announce(fk_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->generation, 1);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->lock);
}

static void await(fk_pool *pool) {
  for (int i = 0; i < SPINS && atomic_load_explicit(&pool->running, memory_order_acquire) > 0; i++) PAUSE();
  if (atomic_load_explicit(&pool->running, memory_order_acquire) == 0) return;
  pthread_mutex_lock(&pool->lock);
  pool->sleeping_owner = 1;
  while (atomic_load(&pool->running) > 0) pthread_cond_wait(&pool->finished, &pool->lock);
  pool->sleeping_owner = 0;
  pthread_mutex_unlock(&pool->lock);
}

fk_pool *fk_pool_create(int threads) {
  if (threads < 1) threads = 1;
  if (threads > MAX_THREADS) threads = MAX_THREADS;
  fk_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pthread_mutex_init(&pool->jobs, NULL);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->finished, NULL);
  for (; pool->workers < threads - 1; pool->workers++)
    if (pthread_create(&pool->threads[pool->workers], NULL, worker, pool)) {
      fk_pool_destroy(pool);
      return NULL;
    }
  return pool;
}

void fk_pool_destroy(fk_pool *pool) {
  if (!pool) return;
  pool->stop = 1;
  announce(pool);
  for (int i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], NULL);
  pthread_mutex_destroy(&pool->jobs);
  pthread_mutex_destroy(&pool->lock);
  pthread_cond_destroy(&pool->wake);
  pthread_cond_destroy(&pool->finished);
  free(pool);
}

int fk_pool_threads(const fk_pool *pool) { return pool->workers + 1; }

void fk_pool_run(fk_pool *pool, void (*work)(void *context, long item, int thread), void *context, long items) {
  if (items <= 0) return;
  if (pool->workers == 0) {
    // Nothing is shared, so that any number of callers may run side by side.
    for (long i = 0; i < items; i++) work(context, i, 0);
    return;
  }
  pthread_mutex_lock(&pool->jobs);
  if (items == 1) {
    for (long i = 0; i < items; i++) work(context, i, 0);
  } else {
    pool->work = work;
    pool->context = context;
    pool->items = items;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->running, pool->workers);
    announce(pool);
    share(pool, 0);
    await(pool);
  }
  pthread_mutex_unlock(&pool->jobs);
}
