#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

#if defined(__x86_64__)
int fk_is_supported(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
  return fk_is_supported() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#else
int fk_is_supported(void) { return 0; }
static int has_avx512(void) { return 0; }
#endif

int fk_has_isa(int isa) {
  switch (isa) {
    case FK_AVX512: return has_avx512();
    case FK_AVX2: return fk_is_supported();
    case FK_OPENBLAS: return !fk_openblas_problem();
    default: return 0;
  }
}

static _Atomic int chosen;

void fk_use_isa(int isa) { atomic_store(&chosen, isa); }

int fk_best_isa(void) {
  int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (!isa) {
    const char *wish = getenv("FEDIT_KERNELS");
    isa = has_avx512() && !(wish && strcmp(wish, "avx2") == 0) ? FK_AVX512
          : fk_is_supported()                                 ? FK_AVX2
                                                              : FK_OPENBLAS;
    atomic_store(&chosen, isa);
  }
  return isa;
}

static const fk_table *table(int isa) {
#if defined(__x86_64__)
  if (isa == FK_AVX512) return &fk_avx512_table;
  if (isa == FK_AVX2) return &fk_avx2_table;
#endif
  (void)isa;
  return &fk_openblas_table;
}

void *fk_allocate(size_t bytes) {
  if (bytes == 0) bytes = 1;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  if (bytes >= (size_t)4 << 20) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void fk_free(void *memory, size_t bytes) {
  if (memory) munmap(memory, bytes ? bytes : 1);
}

void fk_keep_freed_memory(void) {
#ifdef __GLIBC__
  // 32 MiB is the most that glibc takes.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

void fk_sgemm_on(
  int isa, bool ta, bool tb, long m, long n, long k, const float *a, long lda, const float *b, long ldb, float *c,
  long ldc, bool accumulate) {
  table(isa)->sgemm(ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

void fk_sgemm(
  bool ta, bool tb, long m, long n, long k, const float *a, long lda, const float *b, long ldb, float *c,
  long ldc, bool accumulate) {
  fk_sgemm_on(fk_best_isa(), ta, tb, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

void fk_exp(int isa, const float *x, float *y, long count) { table(isa)->exp(x, y, count); }
void fk_tanh(int isa, const float *x, float *y, long count) { table(isa)->tanh(x, y, count); }
void fk_sigmoid(int isa, const float *x, float *y, long count) { table(isa)->sigmoid(x, y, count); }

size_t fk_scratch_floats(const fk_layer *layer, long tiles) { return table(layer->isa)->scratch_floats(layer, tiles); }
size_t fk_tail_floats(const fk_layer *layer) { return table(layer->isa)->tail_floats(layer); }
void fk_run_tiles(const fk_layer *layer, const fk_tile *tiles, long count, float *scratch) {
  table(layer->isa)->run_tiles(layer, tiles, count, scratch);
}
void fk_stage_input(
  const fk_layer *layer, const fk_tile *tiles, long count, long first, long last, float *scratch) {
  table(layer->isa)->stage_input(layer, tiles, count, first, last, scratch);
}
void fk_stage_product(
  const fk_layer *layer, const fk_tile *tiles, long count, int group, int n0, int n1, float *scratch) {
  table(layer->isa)->stage_product(layer, tiles, count, group, n0, n1, scratch);
}
void fk_stage_output(
  const fk_layer *layer, const fk_tile *tiles, long count, long first, long last, float *scratch, float *tail) {
  table(layer->isa)->stage_output(layer, tiles, count, first, last, scratch, tail);
}

void fk_pack(
  int isa, const float *source, long row_stride, long column_stride, long rows, long valid, long column, long first_row,
  long total_rows, long nn, float *packed) {
  table(isa)->pack(
    source, row_stride, column_stride, rows, valid, column, first_row, total_rows, nn, packed);
}

// The weights' transforms, one dimension: G, with the points and the scaling of kernels.inc's forward and
// backward. Row i is (1, p, p², …) / ∏(p − q) over the other finite points q; the last row is ∞'s.
enum { MAX_POINTS = 7, MAX_TAPS = 4 };

static void weight_transform(int points, int taps, double g[MAX_POINTS][MAX_TAPS]) {
  static const double a = 0.70710678118654752440, b = 1.41421356237309504880;
  static const double at4[] = {0, 1, -1}, at6[] = {0, a, -a, b, -b}, at7[] = {0.3125, -0.3125, 0.875, -0.875, 2, -2};
  const double *at = points == 4 ? at4 : points == 6 ? at6 : at7;
  for (int i = 0; i < points - 1; i++) {
    double scale = 1, power = 1;
    for (int j = 0; j < points - 1; j++)
      if (j != i) scale *= at[i] - at[j];
    for (int t = 0; t < taps; t++, power *= at[i]) g[i][t] = power / scale;
  }
  for (int t = 0; t < taps; t++) g[points - 1][t] = t == taps - 1;
  // F(2×2, 3×3) in its usual signs.
  if (points == 4)
    for (int t = 0; t < taps; t++) g[0][t] = -g[0][t];
}

void fk_pack_winograd(
  int isa, int tile, int taps, const float *const *windows, long column_stride, long valid, long column, long nn,
  float *const *blocks, const long *rows, const long *totals, long row) {
  const int points = tile + taps - 1, nr = table(isa)->nr;
  double g[MAX_POINTS][MAX_TAPS];
  weight_transform(points, taps, g);
  enum { LANES = 16 };
  for (long i0 = 0; i0 < valid; i0 += LANES) {
    long lanes = valid - i0 < LANES ? valid - i0 : LANES;
    double d[MAX_TAPS][MAX_TAPS][LANES] = {{{0}}}, t[MAX_POINTS][MAX_TAPS][LANES];
    for (int y = 0; y < taps; y++)
      for (int x = 0; x < taps; x++) {
        const float *from = windows[y * taps + x];
        if (!from) continue;
        for (long i = 0; i < lanes; i++) d[y][x][i] = from[(i0 + i) * column_stride];
      }
    for (int p = 0; p < points; p++)
      for (int x = 0; x < taps; x++) {
        for (int i = 0; i < LANES; i++) t[p][x][i] = g[p][0] * d[0][x][i];
        for (int y = 1; y < taps; y++)
          for (int i = 0; i < LANES; i++) t[p][x][i] += g[p][y] * d[y][x][i];
      }
    for (int p = 0; p < points * points; p++) {
      if (!blocks[p]) continue;
      const double *w = g[p % points];
      double u[LANES];
      for (int i = 0; i < LANES; i++) u[i] = t[p / points][0][i] * w[0];
      for (int x = 1; x < taps; x++)
        for (int i = 0; i < LANES; i++) u[i] += t[p / points][x][i] * w[x];
      for (long i = 0; i < lanes; i++) {
        long c = column + i0 + i, panel = c / nr * nr;
        long width = nn - panel >= nr ? nr : nn - panel;
        blocks[p][panel * totals[p] + (rows[p] + row) * width + (c - panel)] = (float)u[i];
      }
    }
  }
}

void fk_assemble(
  const float *image, const float *sketch, const float *color, const float *mask, const float *noise,
  const float *set, float octave, const float *mirror, const float *mirror_set, int channels, int size, fk_map out,
  int first, int last, uint8_t *changed) {
  const bool sees_set = channels >= 11, sees_mirror = channels >= 15 && mirror && mirror_set;
  for (int y = first; y < last; y++)
    for (int x = 0; x < size; x++) {
      long p = (long)y * size + x;
      float *to = out.data + (long)y * out.row_stride + (long)x * out.pixel_stride;
      float m = mask[p], erased = 1 - m, colored = sees_set ? set[p] * m : m;
      float v[15] = {
        image[p * 3] * erased, image[p * 3 + 1] * erased, image[p * 3 + 2] * erased, sketch[p] * m,
        color[p * 3] * colored, color[p * 3 + 1] * colored, color[p * 3 + 2] * colored, m, noise[p] * m,
        colored, octave * m,
      };
      if (sees_mirror) {
        v[14] = mirror_set[p] * m;
        for (int c = 0; c < 3; c++) v[11 + c] = mirror[p * 3 + c] * v[14];
      }
      const size_t bytes = channels * sizeof(float);
      if (changed) changed[p] = memcmp(to, v, bytes) != 0;
      memcpy(to, v, bytes);
    }
}
