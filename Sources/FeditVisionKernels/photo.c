#include "FeditVisionKernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline int clamped(int v, int lo, int hi) { return v < lo ? lo : v > hi ? hi : v; }

// Colour, and what cameras and files do to pictures. No libm but for square roots and rounding, which IEEE fixes.

// MARK: OKLab (Björn Ottosson, 2020)

/// The cube root of a number of 0…2: an estimate from the exponent, then Newton's method to a float's precision.
static inline float cube_root(float x) {
  if (!(x > 1e-9f)) return 0;
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = bits / 3 + 0x2A514067u;
  float y;
  memcpy(&y, &bits, 4);
  for (int i = 0; i < 3; i++) y = (2.0f * y + x / (y * y)) * (1.0f / 3);
  return y;
}

/// x^(1/2.4) = (x^(1/12))^5.
static inline float five_twelfths(float x) {
  float y = cube_root(sqrtf(sqrtf(x)));
  float square = y * y;
  return square * square * y;
}

/// sRGB's transfer function: linear light for each of 256 levels.
static void linear_levels(float table[256]) {
  for (int i = 0; i < 256; i++) {
    double v = i / 255.0;
    if (v <= 0.04045) {
      table[i] = (float)(v / 12.92);
    } else {
      // t^2.4 = t² · (t²)^(1/5), the root by Newton's method.
      double t = (v + 0.055) / 1.055, square = t * t, root = 1;
      for (int k = 0; k < 60; k++) root = (4 * root + square / (root * root * root * root)) / 5;
      table[i] = (float)(square * root);
    }
  }
}

void fv_oklab(const uint8_t *rgb, long count, float *lab) {
  float table[256];
  linear_levels(table);
  for (long i = 0; i < count; i++) {
    float r = table[rgb[3 * i]], g = table[rgb[3 * i + 1]], b = table[rgb[3 * i + 2]];
    float l = cube_root(0.4122214708f * r + 0.5363325363f * g + 0.0514459929f * b);
    float m = cube_root(0.2119034982f * r + 0.6806995451f * g + 0.1073969566f * b);
    float s = cube_root(0.0883024619f * r + 0.2817188376f * g + 0.6299787005f * b);
    lab[3 * i] = 0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s;
    lab[3 * i + 1] = 1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s;
    lab[3 * i + 2] = 0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s;
  }
}

void fv_from_oklab(const float *lab, long count, uint8_t *rgb) {
  for (long i = 0; i < count; i++) {
    float L = lab[3 * i], a = lab[3 * i + 1], b = lab[3 * i + 2];
    float l = L + 0.3963377774f * a + 0.2158037573f * b;
    float m = L - 0.1055613458f * a - 0.0638541728f * b;
    float s = L - 0.0894841775f * a - 1.2914855480f * b;
    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    float linear[3] = {
      4.0767416621f * l - 3.3077115913f * m + 0.2309699292f * s,
      -1.2684380046f * l + 2.6097574011f * m - 0.3413193965f * s,
      -0.0041960863f * l - 0.7034186147f * m + 1.7076147010f * s};
    for (int c = 0; c < 3; c++) {
      float v = linear[c] < 0 ? 0 : linear[c] > 1 ? 1 : linear[c];
      v = v <= 0.0031308f ? 12.92f * v : 1.055f * five_twelfths(v) - 0.055f;
      rgb[3 * i + c] = (uint8_t)(v * 255 + 0.5f);
    }
  }
}

// MARK: Means over squares, and mattes

bool fv_box(const float *in, int width, int height, int radius, float *out) {
  float *rows = malloc(sizeof(float) * (size_t)width * height);
  float *sums = calloc(width, sizeof(float));
  if (!rows || !sums) {
    free(rows);
    free(sums);
    return false;
  }
  for (int y = 0; y < height; y++) {
    const float *row = in + (long)y * width;
    float *to = rows + (long)y * width;
    // Sums of a window that grows and shrinks at the borders, so the mean is over what is there.
    double sum = 0;
    int from = 0, end = 0;
    for (int x = 0; x < width; x++) {
      while (end < width && end <= x + radius) sum += row[end++];
      while (from < x - radius) sum -= row[from++];
      to[x] = (float)(sum / (end - from));
    }
  }
  int from = 0, end = 0;
  for (int y = 0; y < height; y++) {
    while (end < height && end <= y + radius) {
      const float *row = rows + (long)end++ * width;
      for (int x = 0; x < width; x++) sums[x] += row[x];
    }
    while (from < y - radius) {
      const float *row = rows + (long)from++ * width;
      for (int x = 0; x < width; x++) sums[x] -= row[x];
    }
    float scale = 1.0f / (end - from);
    for (int x = 0; x < width; x++) out[(long)y * width + x] = sums[x] * scale;
  }
  free(rows);
  free(sums);
  return true;
}

// MARK: JPEG

// The luminance and chrominance tables of the standard (ITU T.81, annex K).
static const uint8_t luma_table[64] = {
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
static const uint8_t chroma_table[64] = {
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

/// Half cosines: basis[u][x] = c(u) / 2 · cos((2x + 1) u π / 16).
static const float basis[8][8] = {
  {0.35355339f, 0.35355339f, 0.35355339f, 0.35355339f, 0.35355339f, 0.35355339f, 0.35355339f, 0.35355339f},
  {0.49039264f, 0.41573481f, 0.27778512f, 0.09754516f, -0.09754516f, -0.27778512f, -0.41573481f, -0.49039264f},
  {0.46193977f, 0.19134172f, -0.19134172f, -0.46193977f, -0.46193977f, -0.19134172f, 0.19134172f, 0.46193977f},
  {0.41573481f, -0.09754516f, -0.49039264f, -0.27778512f, 0.27778512f, 0.49039264f, 0.09754516f, -0.41573481f},
  {0.35355339f, -0.35355339f, -0.35355339f, 0.35355339f, 0.35355339f, -0.35355339f, -0.35355339f, 0.35355339f},
  {0.27778512f, -0.49039264f, 0.09754516f, 0.41573481f, -0.41573481f, -0.09754516f, 0.49039264f, -0.27778512f},
  {0.19134172f, -0.46193977f, 0.46193977f, -0.19134172f, -0.19134172f, 0.46193977f, -0.46193977f, 0.19134172f},
  {0.09754516f, -0.27778512f, 0.41573481f, -0.49039264f, 0.49039264f, -0.41573481f, 0.27778512f, -0.09754516f}};

/// out = B in (forward) or Bᵀ in, then transposed; twice is the transform of a block.
static inline void dct_pass(const float in[64], float out[64], bool inverse) {
  for (int u = 0; u < 8; u++) {
    float row[8] = {0};
    for (int x = 0; x < 8; x++) {
      float w = inverse ? basis[x][u] : basis[u][x];
      for (int k = 0; k < 8; k++) row[k] += w * in[8 * x + k];
    }
    for (int k = 0; k < 8; k++) out[8 * k + u] = row[k];
  }
}

/// Quantises the blocks of a plane whose sides are multiples of 8.
static void quantise(float *plane, int width, int height, const uint8_t table[64], int quality) {
  int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  float step[64];
  for (int i = 0; i < 64; i++) {
    int q = (table[i] * scale + 50) / 100;
    step[i] = (float)clamped(q, 1, 255);
  }
  for (int by = 0; by < height; by += 8) {
    for (int bx = 0; bx < width; bx += 8) {
      float a[64], b[64];
      for (int y = 0; y < 8; y++) memcpy(a + 8 * y, plane + (long)(by + y) * width + bx, 8 * sizeof(float));
      dct_pass(a, b, false);
      dct_pass(b, a, false);
      for (int i = 0; i < 64; i++) {
        float v = a[i] / step[i];
        a[i] = (float)(int)(v < 0 ? v - 0.5f : v + 0.5f) * step[i];
      }
      dct_pass(a, b, true);
      dct_pass(b, a, true);
      for (int y = 0; y < 8; y++) memcpy(plane + (long)(by + y) * width + bx, a + 8 * y, 8 * sizeof(float));
    }
  }
}

bool fv_jpeg(uint8_t *rgb, int width, int height, int quality, bool halves_chroma) {
  int unit = halves_chroma ? 16 : 8;
  int w = (width + unit - 1) / unit * unit, h = (height + unit - 1) / unit * unit;
  int step = halves_chroma ? 2 : 1;
  int cw = w / step, ch = h / step;
  float *luma = malloc(sizeof(float) * (size_t)w * h);
  float *blue = calloc((size_t)cw * ch, sizeof(float)), *red = calloc((size_t)cw * ch, sizeof(float));
  bool done = luma && blue && red;
  if (done) {
    float share = 1.0f / (step * step);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        const uint8_t *p = rgb + 3 * ((long)clamped(y, 0, height - 1) * width + clamped(x, 0, width - 1));
        float r = p[0], g = p[1], b = p[2];
        luma[(long)y * w + x] = 0.299f * r + 0.587f * g + 0.114f * b - 128;
        long c = (long)(y / step) * cw + x / step;
        blue[c] += share * (-0.168735892f * r - 0.331264108f * g + 0.5f * b);
        red[c] += share * (0.5f * r - 0.418687589f * g - 0.081312411f * b);
      }
    }
    quantise(luma, w, h, luma_table, quality);
    quantise(blue, cw, ch, chroma_table, quality);
    quantise(red, cw, ch, chroma_table, quality);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float u, v;
        if (step == 1) {
          u = blue[(long)y * cw + x];
          v = red[(long)y * cw + x];
        } else {
          // Three quarters of the nearer sample and one of the farther, as libjpeg's fancy upsampling.
          int x0 = x >> 1, y0 = y >> 1;
          int x1 = clamped(x & 1 ? x0 + 1 : x0 - 1, 0, cw - 1), y1 = clamped(y & 1 ? y0 + 1 : y0 - 1, 0, ch - 1);
          const float *planes[2] = {blue, red};
          float mixed[2];
          for (int k = 0; k < 2; k++) {
            const float *near = planes[k] + (long)y0 * cw, *far = planes[k] + (long)y1 * cw;
            mixed[k] = 0.75f * (0.75f * near[x0] + 0.25f * near[x1]) + 0.25f * (0.75f * far[x0] + 0.25f * far[x1]);
          }
          u = mixed[0];
          v = mixed[1];
        }
        float l = luma[(long)y * w + x] + 128;
        float out[3] = {l + 1.402f * v, l - 0.344136286f * u - 0.714136286f * v, l + 1.772f * u};
        for (int c = 0; c < 3; c++) {
          rgb[3 * ((long)y * width + x) + c] = (uint8_t)(out[c] < 0 ? 0 : out[c] > 255 ? 255 : out[c] + 0.5f);
        }
      }
    }
  }
  free(luma);
  free(blue);
  free(red);
  return done;
}
