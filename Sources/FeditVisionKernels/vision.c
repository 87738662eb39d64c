#include "FeditVisionKernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Compiled for AVX2 besides the baseline. Without contraction (Package.swift) both give the same bits.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

static inline int clampi(int v, int lo, int hi) { return v < lo ? lo : v > hi ? hi : v; }

CLONES void fv_gray(const uint8_t *rgb, long count, uint8_t *gray) {
  for (long i = 0; i < count; i++)
    gray[i] = (uint8_t)((rgb[3 * i] * 4899 + rgb[3 * i + 1] * 9617 + rgb[3 * i + 2] * 1868 + 8192) >> 14);
}

CLONES void fv_round(const float *in, long count, uint8_t *out) {
  for (long i = 0; i < count; i++) {
    float v = in[i] + 0.5f;
    v = v < 0 ? 0 : v > 255 ? 255 : v;
    out[i] = (uint8_t)(int)v;
  }
}

CLONES void fv_exceeds(const float *a, const float *b, float threshold, long count, uint8_t *out) {
  for (long i = 0; i < count; i++) out[i] = a[i] - b[i] > threshold;
}

// MARK: Bilateral filter

CLONES bool fv_bilateral(
  const uint8_t *in, int width, int height, int radius, const float *space, float falloff, float *out) {
  int stride = width + 2 * radius, rows = height + 2 * radius, side = 2 * radius + 1;
  float *padded = malloc(((size_t)stride * rows + 2 * (size_t)width) * sizeof(float));
  if (!padded) return false;
  float *sums = padded + (size_t)stride * rows, *weights = sums + width;
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < stride; x++)
      padded[(size_t)y * stride + x] =
        in[(size_t)clampi(y - radius, 0, height - 1) * width + clampi(x - radius, 0, width - 1)];
  for (int y = 0; y < height; y++) {
    const float *center = padded + (size_t)(y + radius) * stride + radius;
    memset(sums, 0, 2 * (size_t)width * sizeof(float));
    for (int dy = 0; dy < side; dy++)
      for (int dx = 0; dx < side; dx++) {
        float s = space[dy * side + dx];
        if (s == 0) continue;
        const float *tap = padded + (size_t)(y + dy) * stride + dx;
        for (int x = 0; x < width; x++) {
          float d = tap[x] - center[x];
          float t = 1.0f - d * d * falloff;
          t = t > 0 ? t : 0;
          t *= t;
          t *= t;
          t *= s;
          weights[x] += t;
          sums[x] += t * tap[x];
        }
      }
    for (int x = 0; x < width; x++) out[(size_t)y * width + x] = sums[x] / weights[x];
  }
  free(padded);
  return true;
}

// MARK: Separable blur

CLONES bool fv_blur(const float *in, int width, int height, const float *kernel, int radius, float *out) {
  float *middle = malloc(((size_t)width * height + width + 2 * (size_t)radius) * sizeof(float));
  if (!middle) return false;
  float *row = middle + (size_t)width * height;
  for (int y = 0; y < height; y++) {
    const float *from = in + (size_t)y * width;
    float *to = middle + (size_t)y * width;
    for (int x = 0; x < radius; x++) row[x] = from[0], row[radius + width + x] = from[width - 1];
    memcpy(row + radius, from, (size_t)width * sizeof(float));
    for (int x = 0; x < width; x++) to[x] = row[radius + x] * kernel[0];
    for (int r = 1; r <= radius; r++)
      for (int x = 0; x < width; x++) to[x] += (row[radius + x - r] + row[radius + x + r]) * kernel[r];
  }
  for (int y = 0; y < height; y++) {
    float *to = out + (size_t)y * width;
    const float *from = middle + (size_t)y * width;
    for (int x = 0; x < width; x++) to[x] = from[x] * kernel[0];
    for (int r = 1; r <= radius; r++) {
      const float *above = middle + (size_t)clampi(y - r, 0, height - 1) * width;
      const float *below = middle + (size_t)clampi(y + r, 0, height - 1) * width;
      for (int x = 0; x < width; x++) to[x] += (above[x] + below[x]) * kernel[r];
    }
  }
  free(middle);
  return true;
}

// MARK: Canny

CLONES static void sobel(const uint8_t *gray, int width, int height, int16_t *gx, int16_t *gy, int16_t *magnitude) {
  for (int y = 0; y < height; y++) {
    const uint8_t *a = gray + (size_t)clampi(y - 1, 0, height - 1) * width;
    const uint8_t *b = gray + (size_t)y * width;
    const uint8_t *c = gray + (size_t)clampi(y + 1, 0, height - 1) * width;
    for (int x = 0; x < width; x++) {
      int l = x > 0 ? x - 1 : 0, r = x < width - 1 ? x + 1 : x;
      int dx = (a[r] - a[l]) + 2 * (b[r] - b[l]) + (c[r] - c[l]);
      int dy = (c[l] - a[l]) + 2 * (c[x] - a[x]) + (c[r] - a[r]);
      size_t i = (size_t)y * width + x;
      gx[i] = (int16_t)dx;
      gy[i] = (int16_t)dy;
      magnitude[(size_t)(y + 1) * (width + 2) + x + 1] = (int16_t)(abs(dx) + abs(dy));
    }
  }
}

bool fv_canny(const uint8_t *gray, int width, int height, int low, int high, uint8_t *out) {
  size_t count = (size_t)width * height, stride = (size_t)width + 2;
  int16_t *gx = malloc(count * 2 * sizeof(int16_t));
  // One pixel of zeros around the magnitudes, so that nothing beyond the border is an edge.
  int16_t *magnitude = calloc(stride * ((size_t)height + 2), sizeof(int16_t));
  uint8_t *kind = calloc(stride * ((size_t)height + 2), 1);
  size_t *stack = malloc(count * sizeof(size_t));
  bool done = gx && magnitude && kind && stack;
  if (done) {
    int16_t *gy = gx + count;
    sobel(gray, width, height, gx, gy, magnitude);
    size_t depth = 0;
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        size_t i = (size_t)y * width + x, j = (size_t)(y + 1) * stride + x + 1;
        int m = magnitude[j];
        if (m <= low) continue;
        // tan 22.5° in 15 bits; tan 67.5° = tan 22.5° + 2.
        int ax = abs(gx[i]), ay = abs(gy[i]) << 15, t = ax * 13573;
        bool is_maximum;
        if (ay < t) {
          is_maximum = m > magnitude[j - 1] && m >= magnitude[j + 1];
        } else if (ay > t + (ax << 16)) {
          is_maximum = m > magnitude[j - stride] && m >= magnitude[j + stride];
        } else {
          long s = (gx[i] ^ gy[i]) < 0 ? -1 : 1;
          is_maximum = m > magnitude[(long)j - (long)stride - s] && m > magnitude[(long)j + (long)stride + s];
        }
        if (!is_maximum) continue;
        kind[j] = 1;
        if (m > high) kind[j] = 2, stack[depth++] = j;
      }
    // Weak maxima that touch strong ones become strong.
    while (depth > 0) {
      size_t j = stack[--depth];
      const long s = (long)stride, around[8] = {-s - 1, -s, -s + 1, -1, 1, s - 1, s, s + 1};
      for (int k = 0; k < 8; k++) {
        size_t n = (size_t)((long)j + around[k]);
        if (kind[n] == 1) kind[n] = 2, stack[depth++] = n;
      }
    }
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) out[(size_t)y * width + x] = kind[(size_t)(y + 1) * stride + x + 1] == 2;
  }
  free(gx), free(magnitude), free(kind), free(stack);
  return done;
}

// MARK: Connected components

int fv_components(const uint8_t *plane, int width, int height, int32_t *labels) {
  size_t count = (size_t)width * height;
  size_t *stack = malloc((count ? count : 1) * sizeof(size_t));
  if (!stack) return -1;
  memset(labels, 0, count * sizeof(int32_t));
  int next = 0;
  for (size_t i = 0; i < count; i++) {
    if (!plane[i] || labels[i]) continue;
    size_t depth = 0;
    labels[i] = ++next;
    stack[depth++] = i;
    while (depth > 0) {
      size_t j = stack[--depth];
      int y = (int)(j / (size_t)width), x = (int)(j % (size_t)width);
      for (int b = y > 0 ? y - 1 : 0; b <= (y < height - 1 ? y + 1 : y); b++)
        for (int a = x > 0 ? x - 1 : 0; a <= (x < width - 1 ? x + 1 : x); a++) {
          size_t n = (size_t)b * width + a;
          if (plane[n] && !labels[n]) labels[n] = next, stack[depth++] = n;
        }
    }
  }
  free(stack);
  return next;
}

bool fv_remove_small(uint8_t *plane, int width, int height, int minimum) {
  size_t count = (size_t)width * height;
  int32_t *labels = malloc((count ? count : 1) * sizeof(int32_t));
  if (!labels) return false;
  int components = fv_components(plane, width, height, labels);
  int32_t *sizes = components < 0 ? NULL : calloc((size_t)components + 1, sizeof(int32_t));
  bool done = sizes != NULL;
  if (done) {
    for (size_t i = 0; i < count; i++) sizes[labels[i]]++;
    for (size_t i = 0; i < count; i++) plane[i] = labels[i] && sizes[labels[i]] >= minimum;
  }
  free(sizes), free(labels);
  return done;
}

// MARK: Thinning

// The eight neighbours as bits, clockwise from above: N, NE, E, SE, S, SW, W, NW.
static inline unsigned neighbours(const uint8_t *p, long s) {
  return (unsigned)(p[-s] | p[1 - s] << 1 | p[1] << 2 | p[1 + s] << 3 | p[s] << 4 | p[s - 1] << 5 | p[-1] << 6 |
                    p[-1 - s] << 7);
}

// For each neighbourhood: bits 0 and 1 whether the two passes of Zhang and Suen delete the pixel, bit 2
// whether it is simple (its removal keeps the 8-connectivity) and no end of a line.
static void thinning_table(uint8_t table[256]) {
  for (unsigned n = 0; n < 256; n++) {
    int set = 0, rises = 0, crossings = 0;
    for (int i = 0; i < 8; i++) {
      int here = n >> i & 1, next = n >> ((i + 1) & 7) & 1;
      set += here;
      rises += !here && next;
      // Yokoi's connectivity number for 8-connected lines.
      if (i % 2 == 0) {
        int after = n >> ((i + 2) & 7) & 1;
        crossings += !here - (!here && !next && !after);
      }
    }
    int north = n & 1, east = n >> 2 & 1, south = n >> 4 & 1, west = n >> 6 & 1;
    table[n] = 0;
    if (set >= 2 && set <= 6 && rises == 1) {
      if (!(north && east && south) && !(east && south && west)) table[n] |= 1;
      if (!(north && east && west) && !(north && south && west)) table[n] |= 2;
    }
    if (set >= 2 && crossings == 1) table[n] |= 4;
  }
}

bool fv_thin(uint8_t *plane, int width, int height) {
  uint8_t table[256];
  thinning_table(table);
  long stride = (long)width + 2;
  size_t set = 0;
  for (size_t i = 0; i < (size_t)width * height; i++) set += plane[i] != 0;
  uint8_t *padded = calloc((size_t)stride * ((size_t)height + 2), 1);
  uint32_t *list = malloc((set + 1) * 2 * sizeof(uint32_t));
  bool done = padded && list;
  if (done) {
    uint32_t *deleted = list + set + 1;
    size_t count = 0;
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        if (plane[(size_t)y * width + x]) {
          size_t i = (size_t)(y + 1) * (size_t)stride + (size_t)x + 1;
          padded[i] = 1;
          list[count++] = (uint32_t)i;
        }
    bool changed = true;
    while (changed) {
      changed = false;
      for (int pass = 1; pass <= 2; pass++) {
        size_t gone = 0, kept = 0;
        for (size_t k = 0; k < count; k++)
          if (table[neighbours(padded + list[k], stride)] & pass) deleted[gone++] = list[k];
          else list[kept++] = list[k];
        for (size_t k = 0; k < gone; k++) padded[deleted[k]] = 0;
        count = kept;
        changed |= gone > 0;
      }
    }
    // What is left is at most two pixels thick; one after the other, until nothing more can go.
    changed = true;
    while (changed) {
      size_t kept = 0;
      for (size_t k = 0; k < count; k++)
        if (table[neighbours(padded + list[k], stride)] & 4) padded[list[k]] = 0;
        else list[kept++] = list[k];
      changed = kept < count;
      count = kept;
    }
    for (int y = 0; y < height; y++)
      memcpy(plane + (size_t)y * width, padded + (size_t)(y + 1) * (size_t)stride + 1, (size_t)width);
  }
  free(padded), free(list);
  return done;
}

// MARK: Colour

CLONES void fv_halve(const uint8_t *rgb, int width, int height, uint8_t *out) {
  int w = width / 2, h = height / 2;
  for (int y = 0; y < h; y++) {
    const uint8_t *a = rgb + (size_t)(2 * y) * width * 3, *b = a + (size_t)width * 3;
    for (int x = 0; x < w; x++)
      for (int c = 0; c < 3; c++)
        out[((size_t)y * w + x) * 3 + c] =
          (uint8_t)((a[6 * x + c] + a[6 * x + 3 + c] + b[6 * x + c] + b[6 * x + 3 + c] + 2) >> 2);
  }
}

typedef int16_t lanes __attribute__((ext_vector_type(16)));
typedef int16_t lanes_u __attribute__((ext_vector_type(16), aligned(2)));

typedef int32_t wide_lanes __attribute__((ext_vector_type(16)));

// A macro, for a function would pass vectors between the clones' calling conventions.
#define SUM(v) __builtin_reduce_add(__builtin_convertvector(v, wide_lanes))

CLONES bool fv_mean_shift(const uint8_t *rgb, int width, int height, int spatial, int color, uint8_t *out) {
  int side = 2 * spatial + 1;
  // Around the picture lie values that are far from every colour.
  size_t stride = (size_t)width + 2 * (size_t)spatial + 16, rows = (size_t)height + 2 * (size_t)spatial;
  size_t plane = stride * rows;
  int16_t *padded = malloc(plane * 3 * sizeof(int16_t));
  if (!padded) return false;
  for (size_t i = 0; i < plane * 3; i++) padded[i] = 1000;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        padded[plane * (size_t)c + ((size_t)y + spatial) * stride + (size_t)x + spatial] =
          rgb[((size_t)y * width + x) * 3 + c];
  lanes columns, inside;
  for (int i = 0; i < 16; i++) columns[i] = (int16_t)i, inside[i] = i < side ? -1 : 0;
  const lanes far_off = 100, limit = (int16_t)(color * color);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int cx = x, cy = y;
      const uint8_t *own = rgb + ((size_t)y * width + x) * 3;
      int r = own[0], g = own[1], b = own[2];
      for (int step = 0; step < 5; step++) {
        lanes n = 0, sr = 0, sg = 0, sb = 0, sy = 0;
        const lanes vr = (int16_t)r, vg = (int16_t)g, vb = (int16_t)b;
        // Window (cx−s…cx+s, cy−s…cy+s) begins at padded (cx, cy).
        const int16_t *p = padded + (size_t)cy * stride + (size_t)cx;
        for (int row = 0; row < side; row++, p += stride) {
          lanes pr = *(const lanes_u *)p, pg = *(const lanes_u *)(p + plane), pb = *(const lanes_u *)(p + 2 * plane);
          // Differences of 100 and more are all as good as infinite; so the squares fit in 16 bits.
          lanes dr = __builtin_elementwise_min(__builtin_elementwise_abs(pr - vr), far_off);
          lanes dg = __builtin_elementwise_min(__builtin_elementwise_abs(pg - vg), far_off);
          lanes db = __builtin_elementwise_min(__builtin_elementwise_abs(pb - vb), far_off);
          lanes near = (dr * dr + dg * dg + db * db <= limit) & inside;
          n -= near;
          sr += pr & near;
          sg += pg & near;
          sb += pb & near;
          sy += (lanes)(int16_t)row & near;
        }
        int count = SUM(n);
        if (count == 0) break;
        int half = count / 2;
        int nr = (SUM(sr) + half) / count, ng = (SUM(sg) + half) / count, nb = (SUM(sb) + half) / count;
        int nx = cx - spatial + (SUM(columns * n) + half) / count;
        int ny = cy - spatial + (SUM(sy) + half) / count;
        int moved = abs(nx - cx) + abs(ny - cy) + (nr - r) * (nr - r) + (ng - g) * (ng - g) + (nb - b) * (nb - b);
        cx = nx, cy = ny, r = nr, g = ng, b = nb;
        if (moved <= 1) break;
      }
      uint8_t *to = out + ((size_t)y * width + x) * 3;
      to[0] = (uint8_t)r, to[1] = (uint8_t)g, to[2] = (uint8_t)b;
    }
  free(padded);
  return true;
}

// Sorts so far that v[12] is the median of 25 (Devillard's network of 99 exchanges), over whole rows at once.
static const uint8_t median25[99][2] = {
  {0, 1},   {3, 4},   {2, 4},   {2, 3},   {6, 7},   {5, 7},   {5, 6},   {9, 10},  {8, 10},  {8, 9},
  {12, 13}, {11, 13}, {11, 12}, {15, 16}, {14, 16}, {14, 15}, {18, 19}, {17, 19}, {17, 18}, {21, 22},
  {20, 22}, {20, 21}, {23, 24}, {2, 5},   {3, 6},   {0, 6},   {0, 3},   {4, 7},   {1, 7},   {1, 4},
  {11, 14}, {8, 14},  {8, 11},  {12, 15}, {9, 15},  {9, 12},  {13, 16}, {10, 16}, {10, 13}, {20, 23},
  {17, 23}, {17, 20}, {21, 24}, {18, 24}, {18, 21}, {19, 22}, {8, 17},  {9, 18},  {0, 18},  {0, 9},
  {10, 19}, {1, 19},  {1, 10},  {11, 20}, {2, 20},  {2, 11},  {12, 21}, {3, 21},  {3, 12},  {13, 22},
  {4, 22},  {4, 13},  {14, 23}, {5, 23},  {5, 14},  {15, 24}, {6, 24},  {6, 15},  {7, 16},  {7, 19},
  {13, 21}, {15, 23}, {7, 13},  {7, 15},  {1, 9},   {3, 11},  {5, 17},  {11, 17}, {9, 17},  {4, 10},
  {6, 12},  {7, 14},  {4, 6},   {4, 7},   {12, 14}, {10, 14}, {6, 7},   {10, 12}, {6, 10},  {6, 17},
  {12, 17}, {7, 17},  {7, 10},  {12, 18}, {7, 12},  {10, 18}, {12, 20}, {10, 20}, {10, 12},
};

typedef uint8_t bytes32 __attribute__((ext_vector_type(32)));
typedef uint8_t bytes32_u __attribute__((ext_vector_type(32), aligned(1)));

CLONES bool fv_median5(const uint8_t *rgb, int width, int height, uint8_t *out) {
  // Interleaved rows, padded by two repeated pixels at each end and 32 bytes to read beyond.
  size_t stride = ((size_t)width + 4) * 3 + 32, line = (size_t)width * 3;
  uint8_t *padded = calloc(stride * ((size_t)height + 4) + line + 32, 1);
  if (!padded) return false;
  uint8_t *result = padded + stride * ((size_t)height + 4);
  for (int y = 0; y < height + 4; y++) {
    const uint8_t *from = rgb + (size_t)clampi(y - 2, 0, height - 1) * line;
    uint8_t *to = padded + (size_t)y * stride;
    for (int i = 0; i < 2; i++)
      for (int c = 0; c < 3; c++) {
        to[i * 3 + c] = from[c];
        to[6 + line + (size_t)(i * 3 + c)] = from[line - 3 + (size_t)c];
      }
    memcpy(to + 6, from, line);
  }
  for (int y = 0; y < height; y++) {
    for (size_t x = 0; x < line; x += 32) {
      bytes32 v[25];
      for (int r = 0; r < 5; r++)
        for (int c = 0; c < 5; c++)
          v[r * 5 + c] = *(const bytes32_u *)(padded + ((size_t)y + (size_t)r) * stride + x + (size_t)c * 3);
#pragma clang loop unroll(full)
      for (int i = 0; i < 99; i++) {
        bytes32 a = v[median25[i][0]], b = v[median25[i][1]];
        v[median25[i][0]] = __builtin_elementwise_min(a, b);
        v[median25[i][1]] = __builtin_elementwise_max(a, b);
      }
      *(bytes32_u *)(result + x) = v[12];
    }
    memcpy(out + (size_t)y * line, result, line);
  }
  free(padded);
  return true;
}

// MARK: Resampling

static double cubic(double t) {
  t = fabs(t);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

// The taps of each output sample along one dimension: `taps` weights from first[i] on.
static int axis(double start, double length, int size, bool flip, int **first, float **weights) {
  double scale = length / size, widening = scale > 1 ? scale : 1;
  int taps = (int)ceil(4 * widening) + 1;
  *first = malloc((size_t)size * sizeof(int));
  *weights = malloc((size_t)size * (size_t)taps * sizeof(float));
  if (!*first || !*weights) return 0;
  for (int o = 0; o < size; o++) {
    int i = flip ? size - 1 - o : o;
    double center = start + (i + 0.5) * scale - 0.5;
    int low = (int)ceil(center - 2 * widening);
    double total = 0, w[4096];
    for (int t = 0; t < taps; t++) total += w[t] = cubic((low + t - center) / widening);
    (*first)[o] = low;
    for (int t = 0; t < taps; t++) (*weights)[(size_t)o * (size_t)taps + (size_t)t] = (float)(w[t] / total);
  }
  return taps;
}

CLONES bool fv_resample(
  const uint8_t *rgb, int width, int height, double x, double y, double w, double h, int size, bool flip,
  float *out) {
  if (w == size && h == size && x == floor(x) && y == floor(y)) {
    for (int r = 0; r < size; r++) {
      const uint8_t *from = rgb + (((size_t)y + (size_t)r) * (size_t)width + (size_t)x) * 3;
      float *to = out + (size_t)r * (size_t)size * 3;
      if (flip)
        for (int c = 0; c < size; c++)
          for (int k = 0; k < 3; k++) to[c * 3 + k] = from[(size - 1 - c) * 3 + k];
      else
        for (int c = 0; c < size * 3; c++) to[c] = from[c];
    }
    return true;
  }
  if (w > 1000.0 * size || h > 1000.0 * size) return false;
  int *fx = NULL, *fy = NULL;
  float *wx = NULL, *wy = NULL, *rows = NULL;
  int tx = axis(x, w, size, flip, &fx, &wx), ty = axis(y, h, size, false, &fy, &wy);
  int low = fy ? fy[0] : 0, high = fy ? fy[size - 1] + ty : 0;
  bool done = tx && ty && (rows = malloc((size_t)(high - low) * (size_t)size * 3 * sizeof(float)));
  if (done) {
    for (int r = low; r < high; r++) {
      const uint8_t *from = rgb + (size_t)clampi(r, 0, height - 1) * (size_t)width * 3;
      float *to = rows + (size_t)(r - low) * (size_t)size * 3;
      for (int o = 0; o < size; o++) {
        float a = 0, b = 0, c = 0;
        const float *weights = wx + (size_t)o * (size_t)tx;
        for (int t = 0; t < tx; t++) {
          const uint8_t *p = from + clampi(fx[o] + t, 0, width - 1) * 3;
          a += weights[t] * p[0], b += weights[t] * p[1], c += weights[t] * p[2];
        }
        to[o * 3] = a, to[o * 3 + 1] = b, to[o * 3 + 2] = c;
      }
    }
    long line = (long)size * 3;
    for (int o = 0; o < size; o++) {
      float *to = out + o * line;
      for (long i = 0; i < line; i++) to[i] = 0;
      for (int t = 0; t < ty; t++) {
        const float weight = wy[(size_t)o * (size_t)ty + (size_t)t];
        const float *from = rows + (fy[o] + t - low) * line;
        for (long i = 0; i < line; i++) to[i] += weight * from[i];
      }
      for (long i = 0; i < line; i++) to[i] = to[i] < 0 ? 0 : to[i] > 255 ? 255 : to[i];
    }
  }
  free(fx), free(fy), free(wx), free(wy), free(rows);
  return done;
}

// MARK: Drawing

// Rows or columns whose centres may lie between two places.
static inline int first_index(float v) { return v < -1e6f ? -1000000 : v > 1e6f ? 1000000 : (int)floorf(v - 0.5f); }

CLONES void fv_capsule(
  uint8_t *plane, int width, int height, float x0, float y0, float x1, float y1, float radius, uint8_t value) {
  float lx = fminf(x0, x1) - radius, hx = fmaxf(x0, x1) + radius;
  float ly = fminf(y0, y1) - radius, hy = fmaxf(y0, y1) + radius;
  int left = clampi(first_index(lx), 0, width), right = clampi(first_index(hx) + 2, 0, width);
  int top = clampi(first_index(ly), 0, height), bottom = clampi(first_index(hy) + 2, 0, height);
  float dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  float scale = length > 0 ? 1 / length : 0, limit = radius * radius;
  for (int y = top; y < bottom; y++) {
    uint8_t *row = plane + (size_t)y * (size_t)width;
    float py = (float)y + 0.5f - y0;
    for (int x = left; x < right; x++) {
      float px = (float)x + 0.5f - x0;
      float t = (px * dx + py * dy) * scale;
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      float ex = px - t * dx, ey = py - t * dy;
      row[x] = ex * ex + ey * ey <= limit ? value : row[x];
    }
  }
}

CLONES void fv_ellipse(
  uint8_t *plane, int width, int height, float cx, float cy, float rx, float ry, uint8_t value) {
  if (!(rx > 0 && ry > 0)) return;
  int left = clampi(first_index(cx - rx), 0, width), right = clampi(first_index(cx + rx) + 2, 0, width);
  int top = clampi(first_index(cy - ry), 0, height), bottom = clampi(first_index(cy + ry) + 2, 0, height);
  for (int y = top; y < bottom; y++) {
    uint8_t *row = plane + (size_t)y * (size_t)width;
    float v = ((float)y + 0.5f - cy) / ry;
    for (int x = left; x < right; x++) {
      float u = ((float)x + 0.5f - cx) / rx;
      row[x] = u * u + v * v <= 1 ? value : row[x];
    }
  }
}

void fv_polygon(uint8_t *plane, int width, int height, const float *points, int count, uint8_t value) {
  if (count < 3) return;
  float *crossings = malloc((size_t)count * sizeof(float));
  if (!crossings) return;
  for (int y = 0; y < height; y++) {
    float py = (float)y + 0.5f;
    int n = 0;
    for (int i = 0; i < count; i++) {
      const float *a = points + 2 * i, *b = points + 2 * ((i + 1) % count);
      if ((a[1] <= py) == (b[1] <= py)) continue;
      float x = a[0] + (py - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
      int k = n++;
      while (k > 0 && crossings[k - 1] > x) crossings[k] = crossings[k - 1], k--;
      crossings[k] = x;
    }
    for (int k = 0; k + 1 < n; k += 2) {
      int from = clampi((int)ceilf(fmaxf(crossings[k], -1) - 0.5f), 0, width);
      int to = clampi((int)ceilf(fminf(crossings[k + 1], (float)width + 1) - 0.5f), 0, width);
      if (to > from) memset(plane + (size_t)y * (size_t)width + from, value, (size_t)(to - from));
    }
  }
  free(crossings);
}

// MARK: Filling

// One pass over the masked pixels of one colour of the chessboard.
CLONES static void relax(float *rgb, const uint8_t *mask, int width, int height, int parity, float omega) {
  for (int y = 0; y < height; y++) {
    long up = y > 0 ? -(long)width * 3 : 0, down = y < height - 1 ? (long)width * 3 : 0;
    for (int x = (y + parity) & 1; x < width; x += 2) {
      long i = (long)y * width + x;
      if (!mask[i]) continue;
      long left = x > 0 ? -3 : 0, right = x < width - 1 ? 3 : 0;
      for (int c = 0; c < 3; c++) {
        float *p = rgb + i * 3 + c;
        *p += omega * ((p[up] + p[down] + p[left] + p[right]) * 0.25f - *p);
      }
    }
  }
}

bool fv_harmonic_fill(float *rgb, const uint8_t *mask, int width, int height) {
  if (width > 2 || height > 2) {
    // A coarse pixel is known where one of its four is; its colour is the mean of those.
    int w = (width + 1) / 2, h = (height + 1) / 2;
    float *coarse = calloc((size_t)w * (size_t)h * 3, sizeof(float));
    uint8_t *unknown = malloc((size_t)w * (size_t)h);
    bool done = coarse && unknown;
    if (done) {
      for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
          int known = 0;
          float *to = coarse + ((size_t)y * (size_t)w + (size_t)x) * 3;
          for (int b = 2 * y; b < 2 * y + 2 && b < height; b++)
            for (int a = 2 * x; a < 2 * x + 2 && a < width; a++) {
              size_t i = (size_t)b * (size_t)width + (size_t)a;
              if (mask[i]) continue;
              known++;
              for (int c = 0; c < 3; c++) to[c] += rgb[i * 3 + (size_t)c];
            }
          for (int c = 0; c < 3 && known; c++) to[c] /= (float)known;
          unknown[(size_t)y * (size_t)w + (size_t)x] = !known;
        }
      done = fv_harmonic_fill(coarse, unknown, w, h);
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
          size_t i = (size_t)y * (size_t)width + (size_t)x;
          if (!mask[i]) continue;
          for (int c = 0; c < 3; c++)
            rgb[i * 3 + (size_t)c] = coarse[((size_t)(y / 2) * (size_t)w + (size_t)(x / 2)) * 3 + (size_t)c];
        }
    }
    free(coarse), free(unknown);
    if (!done) return false;
  } else {
    // The coarsest level: unknown pixels take the mean of the known ones.
    float sum[3] = {0, 0, 0};
    int known = 0;
    for (int i = 0; i < width * height; i++)
      if (!mask[i]) {
        known++;
        for (int c = 0; c < 3; c++) sum[c] += rgb[i * 3 + c];
      }
    for (int i = 0; i < width * height; i++)
      if (mask[i])
        for (int c = 0; c < 3; c++) rgb[i * 3 + c] = known ? sum[c] / (float)known : 127.5f;
  }
  for (int step = 0; step < 60; step++)
    for (int parity = 0; parity < 2; parity++) relax(rgb, mask, width, height, parity, step < 50 ? 1.6f : 1.0f);
  return true;
}
