#include <stdlib.h>
#include <string.h>

#include "FeditVisionKernels.h"

// Exemplar-based filling: a pyramid (Wexler, Shechtman and Irani, 2007), on each level nearest patches by PatchMatch
// (Barnes et al., 2009) and a vote of all patches over each pixel. Patches are compared after their mean tones have
// been brought together within limits, so that skin is found on skin in another light.

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
// Into each clone, so that the loops are vectorised there.
#define INLINED static inline __attribute__((always_inline))

enum {
  radius = 3,
  side = 2 * radius + 1,
  area = side * side,
  channels = 4,  // red, green, blue and 0
  tone = 24,     // levels by which a patch may be made lighter or darker
  toneCost = 4,  // what such a level costs, squared, beside a level of difference in each pixel
  coarseRounds = 8,
  fineRounds = 3,
  passes = 2,
  mostLevels = 12,
  farthest = 60000,
};

typedef struct {
  int16_t dx, dy;
} Offset;

typedef struct {
  int width, height;
  uint8_t *pixels;     // `channels` bytes each
  uint8_t *hole;       // 1: to be filled
  uint8_t *forbidden;  // 1: not to be copied
  uint16_t *depth;     // city-block distance to what is known
  uint8_t *state;      // of a patch's centre: isTarget, isSource
  Offset *nearest;
  uint32_t *cost;      // of the nearest patch; UINT32_MAX: none is known
  float *votes;        // red, green, blue, weight
} Level;

enum { isTarget = 1, isSource = 2, isBarred = 4 };

INLINED int clampi(int v, int lo, int hi) { return v < lo ? lo : v > hi ? hi : v; }

INLINED uint32_t hashed(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ x >> 16;
}

// MARK: Patches

typedef uint8_t bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int16_t shorts __attribute__((vector_size(32)));
typedef uint16_t unsignedShorts __attribute__((vector_size(32)));
typedef uint32_t words __attribute__((vector_size(64)));

/// Four pixels' channels. A macro, since vectors that functions return are passed by another rule with AVX.
#define LOADED(from) __builtin_convertvector(*(const bytes *)(from), shorts)

/// Squared difference of two patches after the source's tone was brought to the target's, within the limit, and what
/// that costs. `shift` is by how many levels each channel was made lighter.
INLINED uint32_t difference(const uint8_t *target, const uint8_t *source, int width, int *shift) {
  // A row of a patch is seven pixels: the eighth that is read does not count.
  const shorts within = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0};
  shorts sums = {0};
  words squares = {0};
  size_t stride = (size_t)width * channels;
  for (int y = 0; y < side; y++, target += stride, source += stride) {
    shorts a = LOADED(target) - LOADED(source);
    shorts b = (LOADED(target + 16) - LOADED(source + 16)) & within;
    sums += a + b;
    // 255² fits 16 bits without a sign.
    squares += __builtin_convertvector((unsignedShorts)(a * a), words) + __builtin_convertvector((unsignedShorts)(b * b), words);
  }
  int32_t total = 0;
  for (int i = 0; i < 16; i++) total += (int32_t)squares[i];
  for (int c = 0; c < 3; c++) {
    int sum = sums[c] + sums[channels + c] + sums[2 * channels + c] + sums[3 * channels + c];
    shift[c] = clampi((sum * 2 + (sum < 0 ? -area : area)) / (2 * area), -tone, tone);
    total += shift[c] * (shift[c] * (area + toneCost) - 2 * sum);
  }
  return total < 0 ? 0 : (uint32_t)total;
}

INLINED const uint8_t *corner(const Level *l, int x, int y) {
  return l->pixels + ((size_t)(y - radius) * l->width + x - radius) * channels;
}

/// Takes a patch around (sx, sy) if it is nearer than the one that is known.
INLINED void consider(Level *l, int x, int y, int sx, int sy) {
  if (sx < radius || sy < radius || sx >= l->width - radius || sy >= l->height - radius) return;
  if (!(l->state[(size_t)sy * l->width + sx] & isSource)) return;
  int shift[3];
  size_t at = (size_t)y * l->width + x;
  uint32_t found = difference(corner(l, x, y), corner(l, sx, sy), l->width, shift);
  if (found >= l->cost[at]) return;
  l->cost[at] = found;
  l->nearest[at] = (Offset){(int16_t)(sx - x), (int16_t)(sy - y)};
}

/// Considers a random patch within `reach` of a place.
INLINED uint32_t considerAround(Level *l, int x, int y, int cx, int cy, int reach, uint32_t state) {
  uint32_t span = 2 * (uint32_t)reach + 1;
  state = hashed(state + 0x9e3779b9U);
  int sx = cx + (int)((state & 0xffff) * span >> 16) - reach, sy = cy + (int)((state >> 16) * span >> 16) - reach;
  consider(l, x, y, sx, sy);
  return state;
}

typedef struct {
  int left, top, right, bottom;  // inclusive
} Bounds;

static Bounds holeBounds(const Level *l) {
  Bounds b = {l->width, l->height, -1, -1};
  for (int y = 0; y < l->height; y++)
    for (int x = 0; x < l->width; x++)
      if (l->hole[(size_t)y * l->width + x]) {
        if (x < b.left) b.left = x;
        if (x > b.right) b.right = x;
        if (y < b.top) b.top = y;
        b.bottom = y;
      }
  return b;
}

/// Which patches hold a pixel of the hole, and which only pixels that may be copied. Returns whether any may.
CLONES static bool classify(Level *l, uint8_t *scratch) {
  int w = l->width, h = l->height;
  size_t n = (size_t)w * h;
  // Both planes spread over a patch's side, rows first; `isSource` is where neither reaches.
  for (size_t i = 0; i < n; i++) l->state[i] = (uint8_t)(l->hole[i] * isTarget | l->forbidden[i] * isBarred);
  memcpy(scratch, l->state, n);
  for (int y = 0; y < h; y++)
    for (int d = -radius; d <= radius; d++) {
      const uint8_t *from = l->state + (size_t)y * w;
      uint8_t *to = scratch + (size_t)y * w;
      for (int x = radius; x < w - radius; x++) to[x] |= from[x + d];
    }
  memset(l->state, 0, n);
  bool any = false;
  for (int y = radius; y < h - radius; y++) {
    uint8_t *to = l->state + (size_t)y * w;
    for (int d = -radius; d <= radius; d++) {
      const uint8_t *from = scratch + (size_t)(y + d) * w;
      for (int x = radius; x < w - radius; x++) to[x] |= from[x];
    }
    for (int x = radius; x < w - radius; x++) {
      to[x] = to[x] ? to[x] & isTarget : isSource;
      any |= to[x] == isSource;
    }
  }
  return any;
}

/// One round of PatchMatch: what is known is judged anew, then neighbours' offsets and random places are tried.
INLINED void search(Level *l, Bounds b, int reach, uint32_t seed) {
  int width = l->width;
  for (int y = b.top; y <= b.bottom; y++)
    for (int x = b.left; x <= b.right; x++) {
      size_t at = (size_t)y * width + x;
      if (!(l->state[at] & isTarget)) continue;
      bool known = l->cost[at] != UINT32_MAX;
      Offset o = l->nearest[at];
      l->cost[at] = UINT32_MAX;
      if (known) consider(l, x, y, x + o.dx, y + o.dy);
      uint32_t state = hashed(seed + (uint32_t)at * 2654435761U);
      for (int t = 0; t < 40 && l->cost[at] == UINT32_MAX; t++) state = considerAround(l, x, y, x, y, reach, state);
    }
  for (int pass = 0; pass < passes; pass++) {
    int d = pass % 2 ? -1 : 1;
    for (int j = 0; j <= b.bottom - b.top; j++)
      for (int i = 0; i <= b.right - b.left; i++) {
        int x = d > 0 ? b.left + i : b.right - i, y = d > 0 ? b.top + j : b.bottom - j;
        size_t at = (size_t)y * width + x;
        if (!(l->state[at] & isTarget)) continue;
        const size_t before[2] = {at - (size_t)d, at - (size_t)(d * width)};
        for (int n = 0; n < 2; n++)
          if (l->state[before[n]] & isTarget && l->cost[before[n]] != UINT32_MAX) {
            Offset o = l->nearest[before[n]];
            if (o.dx != l->nearest[at].dx || o.dy != l->nearest[at].dy) consider(l, x, y, x + o.dx, y + o.dy);
          }
        if (l->cost[at] == UINT32_MAX) continue;
        uint32_t state = hashed(seed ^ ((uint32_t)at * 2654435761U + (uint32_t)(pass + 1) * 40503U));
        for (int near = reach; near >= 1; near /= 2)
          state = considerAround(l, x, y, x + l->nearest[at].dx, y + l->nearest[at].dy, near, state);
      }
  }
}

/// Each patch says what the pixels of the hole below it are. `deep` (16 bits, three channels) is where the last
/// round of the finest level takes its levels from; its result goes into `filled`.
INLINED void vote(Level *l, Bounds b, const uint16_t *deep, uint16_t *filled) {
  int width = l->width;
  double total = 0;
  long count = 0;
  for (int y = b.top; y <= b.bottom; y++)
    for (int x = b.left; x <= b.right; x++) {
      size_t at = (size_t)y * width + x;
      if (!(l->state[at] & isTarget) || l->cost[at] == UINT32_MAX) continue;
      total += l->cost[at];
      count++;
    }
  float usual = count ? (float)(total / (double)count) : 1;
  if (usual < area) usual = area;
  // Patches reach a radius beyond their centres.
  for (int y = b.top - radius; y <= b.bottom + radius; y++)
    memset(l->votes + ((size_t)y * width + b.left - radius) * 4, 0,
           (size_t)(b.right - b.left + side) * 4 * sizeof *l->votes);
  for (int y = b.top; y <= b.bottom; y++)
    for (int x = b.left; x <= b.right; x++) {
      size_t at = (size_t)y * width + x;
      if (!(l->state[at] & isTarget) || l->cost[at] == UINT32_MAX) continue;
      int sx = x + l->nearest[at].dx, sy = y + l->nearest[at].dy, shift[3];
      difference(corner(l, x, y), corner(l, sx, sy), width, shift);
      float weight = 1 / (1 + (float)l->cost[at] / usual);
      weight = weight * weight / (float)(1 + l->depth[at]);
      for (int j = -radius; j <= radius; j++)
        for (int i = -radius; i <= radius; i++) {
          size_t to = (size_t)(y + j) * width + x + i, from = (size_t)(sy + j) * width + sx + i;
          if (!l->hole[to]) continue;
          float *v = l->votes + to * 4;
          if (deep) {
            // In the end one patch decides, the best and best centred, so that texture is copied and not averaged.
            int e = i * i + j * j;
            float w = weight / (float)(16 + e);
            if (w <= v[3]) continue;
            for (int c = 0; c < 3; c++) v[c] = (float)(deep[from * 3 + c] + shift[c] * 257);
            v[3] = w;
            continue;
          }
          for (int c = 0; c < 3; c++) v[c] += weight * (float)(l->pixels[from * channels + c] + shift[c]);
          v[3] += weight;
        }
    }
  float most = deep ? 65535 : 255;
  for (int y = b.top; y <= b.bottom; y++)
    for (int x = b.left; x <= b.right; x++) {
      size_t at = (size_t)y * width + x;
      const float *v = l->votes + at * 4;
      if (!l->hole[at] || !(v[3] > 0)) continue;
      for (int c = 0; c < 3; c++) {
        float level = deep ? v[c] : v[c] / v[3] + 0.5f;
        level = level < 0 ? 0 : level > most ? most : level;
        if (deep)
          filled[at * 3 + c] = (uint16_t)level;
        else
          l->pixels[at * channels + c] = (uint8_t)level;
      }
    }
}

CLONES static void improve(Level *l, int rounds, uint32_t seed, const uint16_t *deep, uint16_t *filled) {
  Bounds hole = holeBounds(l);
  Bounds b = {
    clampi(hole.left - radius, radius, l->width - radius - 1), clampi(hole.top - radius, radius, l->height - radius - 1),
    clampi(hole.right + radius, radius, l->width - radius - 1),
    clampi(hole.bottom + radius, radius, l->height - radius - 1)};
  int across = hole.right - hole.left + 1, down = hole.bottom - hole.top + 1;
  int reach = (across > down ? across : down) + 24;
  for (int round = 0; round < rounds; round++) {
    search(l, b, reach, seed + (uint32_t)round * 97);
    bool isLast = deep && round == rounds - 1;
    vote(l, b, isLast ? deep : NULL, isLast ? filled : NULL);
  }
}

// MARK: Levels

static void measureDepth(Level *l) {
  int w = l->width, h = l->height;
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      size_t at = (size_t)y * w + x;
      int v = l->hole[at] ? farthest : 0;
      if (x && l->depth[at - 1] + 1 < v) v = l->depth[at - 1] + 1;
      if (y && l->depth[at - w] + 1 < v) v = l->depth[at - w] + 1;
      l->depth[at] = (uint16_t)v;
    }
  for (int y = h - 1; y >= 0; y--)
    for (int x = w - 1; x >= 0; x--) {
      size_t at = (size_t)y * w + x;
      int v = l->depth[at];
      if (x < w - 1 && l->depth[at + 1] + 1 < v) v = l->depth[at + 1] + 1;
      if (y < h - 1 && l->depth[at + w] + 1 < v) v = l->depth[at + w] + 1;
      l->depth[at] = (uint16_t)v;
    }
}

static int deepest(const Level *l) {
  int most = 0;
  for (size_t i = 0; i < (size_t)l->width * l->height; i++)
    if (l->depth[i] > most) most = l->depth[i];
  return most;
}

static bool allocate(Level *l, int width, int height) {
  size_t n = (size_t)width * height;
  *l = (Level){.width = width, .height = height};
  // The last row's last patch is read a pixel too far.
  l->pixels = calloc(n + 1, channels);
  l->hole = calloc(n, 1);
  l->forbidden = calloc(n, 1);
  l->depth = calloc(n, sizeof *l->depth);
  l->state = calloc(n, 1);
  l->nearest = calloc(n, sizeof *l->nearest);
  l->cost = calloc(n, sizeof *l->cost);
  l->votes = calloc(n, 4 * sizeof *l->votes);
  return l->pixels && l->hole && l->forbidden && l->depth && l->state && l->nearest && l->cost && l->votes;
}

static void release(Level *l) {
  free(l->pixels);
  free(l->hole);
  free(l->forbidden);
  free(l->depth);
  free(l->state);
  free(l->nearest);
  free(l->cost);
  free(l->votes);
}

/// The means of what is known of each 2×2; a pixel with any hole is a hole.
static void halve(const Level *l, Level *half) {
  for (int y = 0; y < half->height; y++)
    for (int x = 0; x < half->width; x++) {
      int sums[3] = {0}, known = 0, holes = 0, barred = 0;
      for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++) {
          int sy = 2 * y + j, sx = 2 * x + i;
          if (sy >= l->height || sx >= l->width) continue;
          size_t at = (size_t)sy * l->width + sx;
          barred |= l->forbidden[at];
          holes |= l->hole[at];
          if (l->hole[at]) continue;
          known++;
          for (int c = 0; c < 3; c++) sums[c] += l->pixels[at * channels + c];
        }
      size_t at = (size_t)y * half->width + x;
      half->hole[at] = (uint8_t)holes;
      half->forbidden[at] = (uint8_t)barred;
      for (int c = 0; c < 3; c++)
        half->pixels[at * channels + c] = (uint8_t)(known ? (sums[c] + known / 2) / known : 0);
    }
}

/// The mean of the known (or already filled) pixels around each, from the border inwards, then smoothed.
static void diffuse(Level *l) {
  int w = l->width, h = l->height;
  size_t n = (size_t)w * h;
  // `state` and `cost` are not used yet: known pixels, and those that become known.
  memcpy(l->state, l->hole, n);
  for (bool more = true; more;) {
    more = false;
    long found = 0;
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        size_t at = (size_t)y * w + x;
        if (!l->state[at]) continue;
        int sums[3] = {0}, known = 0;
        for (int j = y > 0 ? -1 : 0; j <= (y < h - 1 ? 1 : 0); j++)
          for (int i = x > 0 ? -1 : 0; i <= (x < w - 1 ? 1 : 0); i++) {
            size_t near = (size_t)(y + j) * w + x + i;
            if (l->state[near]) continue;
            known++;
            for (int c = 0; c < 3; c++) sums[c] += l->pixels[near * channels + c];
          }
        if (!known) continue;
        for (int c = 0; c < 3; c++) l->pixels[at * channels + c] = (uint8_t)(sums[c] / known);
        l->cost[found++] = (uint32_t)at;
      }
    for (long i = 0; i < found; i++) l->state[l->cost[i]] = 0;
    more = found > 0;
  }
  for (int turn = 0; turn < 64; turn++)
    for (int y = 0; y < h; y++)
      for (int x = 0; x < w; x++) {
        size_t at = (size_t)y * w + x;
        if (!l->hole[at]) continue;
        for (int c = 0; c < 3; c++) {
          const uint8_t *p = l->pixels + at * channels + c;
          int sum = 0, count = 0;
          if (x) sum += p[-channels], count++;
          if (x < w - 1) sum += p[channels], count++;
          if (y) sum += p[-(ptrdiff_t)w * channels], count++;
          if (y < h - 1) sum += p[(size_t)w * channels], count++;
          if (count) l->pixels[at * channels + c] = (uint8_t)((sum + count / 2) / count);
        }
      }
}

/// Begins a level with the result of the one above: its picture and offsets, enlarged.
static void enlarge(const Level *half, Level *l) {
  for (int y = 0; y < l->height; y++)
    for (int x = 0; x < l->width; x++) {
      size_t at = (size_t)y * l->width + x, above = (size_t)(y / 2) * half->width + x / 2;
      l->nearest[at] = (Offset){(int16_t)(half->nearest[above].dx * 2), (int16_t)(half->nearest[above].dy * 2)};
      l->cost[at] = half->cost[above];
      if (!l->hole[at]) continue;
      // In quarters of a pixel of the half.
      int fx = 2 * x - 1 > 0 ? 2 * x - 1 : 0, fy = 2 * y - 1 > 0 ? 2 * y - 1 : 0;
      int left = fx / 4, top = fy / 4, wx = fx % 4, wy = fy % 4;
      int right = clampi(left + 1, 0, half->width - 1), bottom = clampi(top + 1, 0, half->height - 1);
      const uint8_t *p = half->pixels;
      for (int c = 0; c < 3; c++) {
        int a = p[((size_t)top * half->width + left) * channels + c],
            b = p[((size_t)top * half->width + right) * channels + c],
            d = p[((size_t)bottom * half->width + left) * channels + c],
            e = p[((size_t)bottom * half->width + right) * channels + c];
        l->pixels[at * channels + c] =
          (uint8_t)(((a * (4 - wx) + b * wx) * (4 - wy) + (d * (4 - wx) + e * wx) * wy + 8) / 16);
      }
    }
}

bool fv_heal(
  const uint16_t *rgb, int width, int height, const uint8_t *hole, const uint8_t *forbidden, uint32_t seed,
  uint16_t *filled, bool *found) {
  *found = false;
  Level levels[mostLevels] = {0};
  int count = 1;
  size_t n = (size_t)width * height;
  uint8_t *scratch = malloc(n);
  bool ok = allocate(&levels[0], width, height) && scratch;
  if (ok) {
    for (size_t i = 0; i < n; i++) {
      for (int c = 0; c < 3; c++) levels[0].pixels[i * channels + c] = (uint8_t)((rgb[i * 3 + c] * 255U + 32767) / 65535);
      levels[0].hole[i] = hole[i] != 0;
      levels[0].forbidden[i] = forbidden[i] != 0;
    }
    measureDepth(&levels[0]);
  }
  while (ok && count < mostLevels && deepest(&levels[count - 1]) > radius && levels[count - 1].width >= 8 * side &&
         levels[count - 1].height >= 8 * side) {
    ok = allocate(&levels[count], (levels[count - 1].width + 1) / 2, (levels[count - 1].height + 1) / 2);
    if (ok) {
      halve(&levels[count - 1], &levels[count]);
      measureDepth(&levels[count]);
    }
    count++;
  }
  if (ok && width > 2 * radius && height > 2 * radius && classify(&levels[0], scratch)) {
    *found = true;
    for (int i = count - 1; i >= 0; i--) {
      Level *l = &levels[i];
      if (i == count - 1) {
        diffuse(l);
        for (size_t k = 0; k < (size_t)l->width * l->height; k++) l->cost[k] = UINT32_MAX;
      } else {
        enlarge(&levels[i + 1], l);
      }
      int rounds = i == count - 1 ? coarseRounds : i == 0 ? fineRounds : (coarseRounds + fineRounds) / 2;
      if (classify(l, scratch)) improve(l, rounds, seed + (uint32_t)i * 7919, i == 0 ? rgb : NULL, filled);
    }
    // Where no patch could be laid (at the photo's very border) the estimate stands.
    for (size_t i = 0; i < n; i++)
      if (levels[0].hole[i] && !(levels[0].votes[i * 4 + 3] > 0))
        for (int c = 0; c < 3; c++) filled[i * 3 + c] = (uint16_t)(levels[0].pixels[i * channels + c] * 257);
  }
  for (int i = 0; i < count; i++) release(&levels[i]);
  free(scratch);
  return ok;
}
