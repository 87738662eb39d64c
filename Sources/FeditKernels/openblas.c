// OpenBLAS: each block of pixels is gathered into a matrix (im2col) and multiplied by cblas_sgemm, feature and gate in one
// product. All else is the native kernels' own source, compiled for any processor.
//
// The library is loaded when it is first needed, so that commands that need no products do not wait for it, and so that
// what it reads from the environment can be pinned before. It works on one thread in each of the pool's: the blocks then
// depend on the layer alone, and not on the number of threads.
#define VL 4
#define MR 6
#define PORTABLE
#define TRAINING_TABLE ft_portable_training
#define NAME(x) fk_portable_##x
#include "kernels.inc"
#include "training.inc"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// MARK: The library

// The standard C interface to BLAS.
enum { ROW_MAJOR = 101, AS_IS = 111, TRANSPOSED = 112 };
typedef void (*sgemm_function)(
  int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
  float beta, float *c, int ldc);

static sgemm_function blas_sgemm;
static char problem[256], version[128];

static void open_library(void) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  // The same kernels on every processor that has them: its AVX-512 ones give other bits.
  if (fk_is_supported()) setenv("OPENBLAS_CORETYPE", "Haswell", 0);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    snprintf(problem, sizeof problem, "%s", why ? why : "libopenblas.so.0 cannot be loaded");
    return;
  }
  blas_sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
  char *(*core)(void) = (char *(*)(void))dlsym(library, "openblas_get_corename");
  if (!blas_sgemm || !set_threads || !config || !core) {
    snprintf(problem, sizeof problem, "libopenblas.so.0 is not OpenBLAS with its C interface");
    return;
  }
  set_threads(1);
  char number[64] = "";
  if (sscanf(config(), "OpenBLAS %63s", number) != 1) number[0] = 0;
  snprintf(version, sizeof version, "%s %s", number, core());
}

static pthread_once_t opened = PTHREAD_ONCE_INIT;

const char *fk_openblas_problem(void) {
  pthread_once(&opened, open_library);
  return problem[0] ? problem : NULL;
}

const char *fk_openblas_version(void) {
  pthread_once(&opened, open_library);
  return version;
}

static void multiply(
  bool ta, bool tb, long m, long n, long k, const float *a, long lda, const float *b, long ldb, float *c, long ldc,
  bool accumulate) {
  if (fk_openblas_problem()) abort();
  blas_sgemm(
    ROW_MAJOR, ta ? TRANSPOSED : AS_IS, tb ? TRANSPOSED : AS_IS, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb,
    accumulate ? 1 : 0, c, (int)ldc);
}

// MARK: Working memory

typedef struct {
  float *start;
  size_t count;
} buffer;

static pthread_key_t buffers;
static pthread_once_t keyed = PTHREAD_ONCE_INIT;

static void forget(void *memory) {
  buffer *own = memory;
  free(own->start);
  free(own);
}
static void make_key(void) {
  if (pthread_key_create(&buffers, forget)) abort();
}

// A thread's own memory, freed with it; what it held before is lost.
static float *working_memory(size_t count) {
  pthread_once(&keyed, make_key);
  buffer *own = pthread_getspecific(buffers);
  if (!own) {
    own = calloc(1, sizeof *own);
    if (!own || pthread_setspecific(buffers, own)) abort();
  }
  if (own->count < count) {
    free(own->start);
    own->count = (count + 1023) / 1024 * 1024;
    own->start = aligned_alloc(64, own->count * 4);
    if (!own->start) abort();
  }
  return own->start;
}

static void openblas_sgemm(
  bool ta, bool tb, long m, long n, long k, const float *a, long lda, const float *b, long ldb, float *c, long ldc,
  bool accumulate) {
  if (m <= 0 || n <= 0) return;
  if (k > 0) {
    multiply(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  } else if (!accumulate) {
    for (long i = 0; i < m; i++) memset(c + i * ldc, 0, (size_t)n * 4);
  }
}

// MARK: Layers

// A group's weights are one matrix, row by row: all rows of its segments, nn columns.
static void openblas_pack(
  const float *source, long row_stride, long column_stride, long rows, long valid, long column, long first_row,
  long total_rows, long nn, float *packed) {
  (void)total_rows;
  for (long r = 0; r < rows; r++)
    for (long i = 0; i < valid; i++)
      packed[(first_row + r) * nn + column + i] = source[r * row_stride + i * column_stride];
}

// What a pixel of the grid reads of all segments, one after the other.
static float *gather(const fk_layer *layer, const fk_group *group, int y, int x, float *to) {
  const fk_segment *s = layer->segments + group->first_segment;
  for (int i = 0; i < group->segments; i++, s++) {
    const float *from = pixel(&layer->in[s->source], y * layer->stride + s->dy, x * layer->stride + s->dx, NULL);
    if (from)
      memcpy(to, from + s->k0, (size_t)s->kn * 4);
    else
      memset(to, 0, (size_t)s->kn * 4);
    to += s->kn;
  }
  return to;
}

enum { MOST_ROWS = 768 };

static void openblas_stage_product(
  const fk_layer *layer, const fk_tile *tiles, long count, int group, int n0, int n1, float *scratch) {
  const fk_group *g = layer->groups + group;
  const fk_portable_layout l = layout_of(layer, count);
  const long most = MOST_ROWS / l.pixels;
  long k = 0;
  for (int i = 0; i < g->segments; i++) k += layer->segments[g->first_segment + i].kn;
  for (long t0 = 0; t0 < count; t0 += most) {
    long block = count - t0 < most ? count - t0 : most;
    float *a = working_memory((size_t)(block * l.pixels * k)), *to = a;
    for (long t = t0; t < t0 + block; t++) {
      int y0 = first_row(layer, tiles[t]), x0 = first_column(layer, tiles[t]);
      for (int p = 0; p < l.pixels; p++) to = gather(layer, g, y0 + p / layer->tile, x0 + p % layer->tile, to);
    }
    openblas_sgemm(
      false, false, block * l.pixels, n1 - n0, k, a, k, layer->segments[g->first_segment].weights + n0, g->nn,
      scratch + t0 * l.pixels * l.n + g->n0 + n0, l.n, false);
  }
}

static void openblas_run_tiles(const fk_layer *layer, const fk_tile *tiles, long count, float *scratch) {
  for (int g = 0; g < layer->group_count; g++)
    openblas_stage_product(layer, tiles, count, g, 0, layer->groups[g].nn, scratch);
  fk_portable_stage_output(layer, tiles, count, 0, count, scratch, scratch + layout_of(layer, count).total);
}

const fk_table fk_openblas_table = {
  .nr = 1,
  .exp = fk_portable_exp,
  .tanh = fk_portable_tanh,
  .sigmoid = fk_portable_sigmoid,
  .sgemm = openblas_sgemm,
  .pack = openblas_pack,
  .run_tiles = openblas_run_tiles,
  .scratch_floats = fk_portable_scratch_floats,
  .tail_floats = fk_portable_tail_floats,
  .stage_input = fk_portable_stage_input,
  .stage_product = openblas_stage_product,
  .stage_output = fk_portable_stage_output,
};

// MARK: Training

static void openblas_training_pack(
  const float *source, long row_stride, long column_stride, long rows, long n, long first_row, long total_rows,
  float *packed) {
  openblas_pack(source, row_stride, column_stride, rows, n, 0, first_row, total_rows, n, packed);
}

static void openblas_convolve(const ft_convolution *c, long first, long last) {
  const long n = c->n, k = (long)c->taps * c->channels;
  for (long p0 = first; p0 < last; p0 += MOST_ROWS) {
    long count = last - p0 < MOST_ROWS ? last - p0 : MOST_ROWS;
    float *in[MOST_ROWS], *out[MOST_ROWS];
    pixel_pointers(&c->in, &c->grid, p0, count, in);
    pixel_pointers(&c->out, &c->grid, p0, count, out);
    float *a = working_memory((size_t)(count * (k + n))), *sums = a + count * k, *to = a;
    for (long p = 0; p < count; p++)
      for (int t = 0; t < c->taps; t++, to += c->channels)
        memcpy(to, in[p] + c->offsets[t], (size_t)c->channels * 4);
    openblas_sgemm(false, false, count, n, k, a, k, c->weights, n, sums, n, false);
    for (long p = 0; p < count; p++) {
      const float *sum = sums + p * n;
      switch (c->start) {
        case FT_ACCUMULATE:
          for (long j = 0; j < n; j++) out[p][j] += sum[j];
          break;
        case FT_BIAS:
          for (long j = 0; j < n; j++) out[p][j] = sum[j] + c->bias[j];
          break;
        default: memcpy(out[p], sum, (size_t)n * 4);
      }
    }
  }
}

static void openblas_correlate(const ft_correlation *c, int tap, long first, long last, float *out) {
  const long m = c->m, n = c->n;
  ft_view moved = c->x;
  moved.data += c->offsets[tap];
  if (first >= last) memset(out, 0, (size_t)(m * n) * 4);
  for (long p0 = first; p0 < last; p0 += MOST_ROWS) {
    long count = last - p0 < MOST_ROWS ? last - p0 : MOST_ROWS;
    float *x[MOST_ROWS], *y[MOST_ROWS];
    pixel_pointers(&moved, &c->grid, p0, count, x);
    pixel_pointers(&c->y, &c->grid, p0, count, y);
    float *a = working_memory((size_t)(count * (m + n))), *b = a + count * m;
    for (long p = 0; p < count; p++) {
      memcpy(a + p * m, x[p], (size_t)m * 4);
      memcpy(b + p * n, y[p], (size_t)n * 4);
    }
    openblas_sgemm(true, false, m, n, count, a, m, b, n, out, n, p0 > first);
  }
}

const ft_table ft_openblas_training = {
  .vl = 1,
  .pack = openblas_training_pack,
  .convolve = openblas_convolve,
  .winograd = fk_portable_training_winograd,
  .correlate = openblas_correlate,
  .gated_forward = fk_portable_gated_forward,
  .gated_backward = fk_portable_gated_backward,
  .self_gated_forward = fk_portable_self_gated_forward,
  .self_gated_backward = fk_portable_self_gated_backward,
  .leaky_forward = fk_portable_leaky_forward,
  .leaky_backward = fk_portable_leaky_backward,
  .l1 = fk_portable_l1,
  .leaky_mask = fk_portable_leaky_mask,
  .pool = fk_portable_pool,
  .unpool = fk_portable_unpool,
  .add = fk_portable_add,
  .sum_of_squares = fk_portable_sum_of_squares,
  .adam_step = fk_portable_adam_step,
};
