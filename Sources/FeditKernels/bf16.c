// The training kernels with bfloat16 products and float32 sums, for processors with AVX512-BF16. One instruction
// multiplies 32 pairs and adds them to 16 sums; so values lie in pairs along the index that is summed over.
#include <immintrin.h>
#include <string.h>

#include "internal.h"
#include "training.h"

int ft_has_bf16(void) {
  return fk_best_isa() == FK_AVX512 && __builtin_cpu_supports("avx512bf16");
}

#pragma clang attribute push( \
  __attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw,avx512bf16"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum { LANES = 16, PANEL = 32, ROWS = 12, BLOCK = 96, PIXELS = 128, PAIRS_IN_L1 = 192 };

INLINE __mmask16 lanes(long count) { return count >= LANES ? 0xffff : (__mmask16)((1u << (count > 0 ? count : 0)) - 1); }

void ft_to_bf16(const float *from, uint16_t *to, long count) {
  long i = 0;
  for (; i + LANES <= count; i += LANES)
    _mm256_storeu_si256((void *)(to + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from + i)));
  if (i < count) {
    __mmask16 some = lanes(count - i);
    _mm256_mask_storeu_epi16(
      to + i, some, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(some, from + i)));
  }
}

// To the nearest, ties to even, as the instruction rounds.
INLINE uint16_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

size_t ft_packed_pairs(long pairs, long n) { return (size_t)pairs * (size_t)((n + LANES - 1) / LANES * LANES); }

void ft_pack_bf16(
  const float *source, long row_stride, long column_stride, long rows, long n, long first_pair, long total_pairs,
  uint32_t *packed) {
  for (long j = 0; j < n;) {
    const long width = n - j > LANES ? PANEL : LANES;
    uint32_t *to = packed + first_pair * width;
    for (long r = 0; r < rows; r += 2) {
      const float *from = source + r * row_stride + j * column_stride;
      for (long i = 0; i < width; i++) {
        uint32_t low = 0, high = 0;
        if (j + i < n) {
          low = rounded(from[i * column_stride]);
          if (r + 1 < rows) high = rounded(from[i * column_stride + row_stride]);
        }
        to[r / 2 * width + i] = low | high << 16;
      }
    }
    packed += total_pairs * width;
    j += width;
  }
}

// The pointers to a run of a grid's pixels, `size` bytes a value.
INLINE void pixel_pointers(const ft_view *view, const ft_grid *grid, long first, long count, long size, char **to) {
  long width = grid->width, x = first % width, rest = first / width;
  long y = rest % grid->height, image = rest / grid->height;
  for (long i = 0; i < count; i++) {
    to[i] = (char *)view->data + (image * view->image + y * view->row + x * view->pixel) * size;
    if (++x == width) {
      x = 0;
      if (++y == grid->height) y = 0, image++;
    }
  }
}

INLINE __m512bh pair(const void *at) {
  int bits;
  memcpy(&bits, at, 4);
  return (__m512bh)_mm512_set1_epi32(bits);
}

// The sums of `rows` pixels and nv·16 outputs stay in registers over all taps given.
INLINE void convolve_micro(
  const int rows, const int nv, char *const *in, const long *offsets, long taps, long pairs, const uint32_t *b,
  char *const *out, long column, long valid, int start, const float *bias) {
  __m512 sum[ROWS][2];
  UNROLL for (int v = 0; v < nv; v++) {
    __m512 first = start == FT_BIAS ? _mm512_maskz_loadu_ps(lanes(valid - v * LANES), bias + column + v * LANES)
                                    : _mm512_setzero_ps();
    UNROLL for (int r = 0; r < rows; r++)
      sum[r][v] = start == FT_ACCUMULATE
                    ? _mm512_maskz_loadu_ps(lanes(valid - v * LANES), (float *)out[r] + column + v * LANES)
                    : first;
  }
  for (long t = 0; t < taps; t++) {
    const long offset = offsets[t] * 2;
    for (long k = 0; k < pairs; k++) {
      __m512bh w[2];
      UNROLL for (int v = 0; v < nv; v++) w[v] = (__m512bh)_mm512_loadu_si512(b + v * LANES);
      b += nv * LANES;
      UNROLL for (int r = 0; r < rows; r++) {
        __m512bh x = pair(in[r] + offset + k * 4);
        UNROLL for (int v = 0; v < nv; v++) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], x, w[v]);
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < nv; v++)
      _mm512_mask_storeu_ps((float *)out[r] + column + v * LANES, lanes(valid - v * LANES), sum[r][v]);
}

// x[p][i]·y[p][j] summed over pairs of pixels for `rows` values of i and nv·16 of j.
INLINE void correlate_micro(
  const int rows, const int nv, const uint32_t *x, long m, const uint32_t *y, long n, long pairs, float *out,
  long stride, long valid, int accumulate) {
  __m512 sum[ROWS][2];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < nv; v++)
      sum[r][v] = accumulate ? _mm512_maskz_loadu_ps(lanes(valid - v * LANES), out + r * stride + v * LANES)
                             : _mm512_setzero_ps();
  for (long p = 0; p < pairs; p++, x += m, y += n) {
    __m512bh w[2];
    UNROLL for (int v = 0; v < nv; v++) w[v] = (__m512bh)_mm512_loadu_si512(y + v * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512bh value = pair(x + r);
      UNROLL for (int v = 0; v < nv; v++) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], value, w[v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < nv; v++)
      _mm512_mask_storeu_ps(out + r * stride + v * LANES, lanes(valid - v * LANES), sum[r][v]);
}

typedef void (*convolve_kernel)(
  char *const *, const long *, long, long, const uint32_t *, char *const *, long, long, int, const float *);
typedef void (*correlate_kernel)(
  const uint32_t *, long, const uint32_t *, long, long, float *, long, long, int);

#define MICRO(r, v)                                                                                          \
  static void convolve_##r##_##v(                                                                            \
    char *const *in, const long *offsets, long taps, long pairs, const uint32_t *b, char *const *out,        \
    long column, long valid, int start, const float *bias) {                                                 \
    convolve_micro(r, v, in, offsets, taps, pairs, b, out, column, valid, start, bias);                      \
  }                                                                                                          \
  static void correlate_##r##_##v(                                                                           \
    const uint32_t *x, long m, const uint32_t *y, long n, long pairs, float *out, long stride, long valid,   \
    int accumulate) {                                                                                        \
    correlate_micro(r, v, x, m, y, n, pairs, out, stride, valid, accumulate);                                \
  }
#define TWELVE(M, v) \
  M(1, v) M(2, v) M(3, v) M(4, v) M(5, v) M(6, v) M(7, v) M(8, v) M(9, v) M(10, v) M(11, v) M(12, v)
#define CONVOLVE_NAME(r, v) convolve_##r##_##v,
#define CORRELATE_NAME(r, v) correlate_##r##_##v,
TWELVE(MICRO, 1)
TWELVE(MICRO, 2)
static const convolve_kernel convolve_kernels[2][ROWS] = {{TWELVE(CONVOLVE_NAME, 1)}, {TWELVE(CONVOLVE_NAME, 2)}};
static const correlate_kernel correlate_kernels[2][ROWS] = {
  {TWELVE(CORRELATE_NAME, 1)}, {TWELVE(CORRELATE_NAME, 2)}};

// The products of `count` pixels with a panel of weights, a block of rows at a time.
INLINE void convolve_rows(
  const convolve_kernel *kernels, long count, char *const *in, const long *offsets, long taps, long pairs,
  const uint32_t *panel, char *const *out, long column, long valid, int start, const float *bias) {
  const long blocks = (count + ROWS - 1) / ROWS;
  for (long i = 0, r = 0; i < blocks; i++) {
    const long next = count * (i + 1) / blocks;
    kernels[next - r - 1](in + r, offsets, taps, pairs, panel, out + r, column, valid, start, bias);
    r = next;
  }
}

void ft_convolve_bf16(const ft_convolution *c, long first, long last) {
  const long n = c->n, taps = c->taps, pairs = (c->channels + 1) / 2;
  // So many taps at a time that a panel of their weights stays in L1.
  long parts = (taps * pairs + PAIRS_IN_L1 - 1) / PAIRS_IN_L1;
  if (parts < 1) parts = 1;
  if (parts > taps) parts = taps > 0 ? taps : 1;
  for (long p0 = first; p0 < last; p0 += BLOCK) {
    const long count = last - p0 < BLOCK ? last - p0 : BLOCK;
    char *in[BLOCK], *out[BLOCK];
    pixel_pointers(&c->in, &c->grid, p0, count, 2, in);
    pixel_pointers(&c->out, &c->grid, p0, count, 4, out);
    long t0 = 0;
    for (long part = 0; part < parts; part++) {
      const long t1 = taps * (part + 1) / parts;
      const int start = part ? FT_ACCUMULATE : c->start;
      const uint32_t *panel = (const uint32_t *)c->weights;
      for (long j = 0; j < n;) {
        const long width = n - j > LANES ? PANEL : LANES;
        const long valid = n - j < width ? n - j : width;
        convolve_rows(
          convolve_kernels[width > LANES], count, in, c->offsets + t0, t1 - t0, pairs, panel + t0 * pairs * width,
          out, j, valid, start, c->bias);
        panel += taps * pairs * width;
        j += width;
      }
      t0 = t1;
    }
  }
}

void ft_pair_rows(const float *from, uint32_t *to, long pairs, long width) {
  for (long p = 0; p < pairs; p++, from += 2 * width, to += width)
    for (long i = 0; i < width; i++) to[i] = rounded(from[i]) | (uint32_t)rounded(from[width + i]) << 16;
}

void ft_winograd_products_bf16(const ft_winograd *w, const float *v, float *m, long count, uint16_t *rounded) {
  const long k = w->channels, n = w->n, pairs = k / 2, offset = 0;
  ft_to_bf16(v, rounded, 36 * k * count);
  for (int p = 0; p < 36; p++)
    for (long t0 = 0; t0 < count; t0 += BLOCK) {
      const long some = count - t0 < BLOCK ? count - t0 : BLOCK;
      char *in[BLOCK], *out[BLOCK];
      for (long t = 0; t < some; t++) {
        in[t] = (char *)(rounded + (p * count + t0 + t) * k);
        out[t] = (char *)(m + (p * count + t0 + t) * n);
      }
      for (long k0 = 0; k0 < pairs; k0 += PAIRS_IN_L1) {
        const long some_pairs = pairs - k0 < PAIRS_IN_L1 ? pairs - k0 : PAIRS_IN_L1;
        const uint32_t *panel = (const uint32_t *)w->weights + p * pairs * n;
        for (long j = 0; j < n;) {
          const long width = n - j > LANES ? PANEL : LANES;
          const long valid = n - j < width ? n - j : width;
          convolve_rows(
            convolve_kernels[width > LANES], some, in, &offset, 1, some_pairs, panel + k0 * width, out, j, valid,
            k0 ? FT_ACCUMULATE : FT_ZERO, NULL);
          panel += pairs * width;
          j += width;
        }
        for (long t = 0; t < some; t++) in[t] += 4 * some_pairs;
      }
    }
}

// Two pixels' values side by side; the second is NULL past the last pixel.
INLINE void interleave(const uint16_t *a, const uint16_t *b, long count, long padded, uint32_t *to) {
  for (long i = 0; i < padded; i += LANES) {
    const __mmask16 some = lanes(count - i);
    __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(some, a + i));
    if (b)
      low = _mm512_or_si512(
        low, _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(some, b + i)), 16));
    _mm512_storeu_si512(to + i, low);
  }
}

INLINE void interleave_all(char *const *pixels, long offset, long count, long values, long padded, uint32_t *to) {
  for (long p = 0; p < count; p += 2, to += padded)
    interleave(
      (uint16_t *)pixels[p] + offset, p + 1 < count ? (uint16_t *)pixels[p + 1] + offset : NULL, values, padded, to);
}

size_t ft_correlate_bf16_words(const ft_correlation *c) {
  return (size_t)(PIXELS / 2) * (size_t)((c->m + LANES - 1) / LANES * LANES + (c->n + LANES - 1) / LANES * LANES) +
         PANEL;
}

void ft_correlate_bf16(
  const ft_correlation *c, int tap, int taps, long first, long last, float *out, uint32_t *scratch) {
  const long m = c->m, n = c->n, blocks = (m + ROWS - 1) / ROWS;
  const long mp = (m + LANES - 1) / LANES * LANES, np = (n + LANES - 1) / LANES * LANES;
  uint32_t *xs = scratch, *ys = scratch + PIXELS / 2 * mp;
  if (first >= last) memset(out, 0, (size_t)(taps * m * n) * 4);
  for (long p0 = first; p0 < last; p0 += PIXELS) {
    const long count = last - p0 < PIXELS ? last - p0 : PIXELS, pairs = (count + 1) / 2;
    char *x[PIXELS], *y[PIXELS];
    pixel_pointers(&c->x, &c->grid, p0, count, 2, x);
    pixel_pointers(&c->y, &c->grid, p0, count, 2, y);
    interleave_all(y, 0, count, n, np, ys);
    for (int t = 0; t < taps; t++) {
      interleave_all(x, c->offsets[tap + t], count, m, mp, xs);
      float *to = out + t * m * n;
      for (long j = 0; j < n;) {
        const long width = n - j > LANES ? PANEL : LANES;
        const long valid = n - j < width ? n - j : width;
        long r = 0;
        for (long i = 0; i < blocks; i++) {
          const long next = m * (i + 1) / blocks;
          correlate_kernels[width > LANES][next - r - 1](
            xs + r, mp, ys + j, np, pairs, to + r * n + j, n, valid, p0 > first);
          r = next;
        }
        j += width;
      }
    }
  }
}
#pragma clang attribute pop
