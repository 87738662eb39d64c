#include <string.h>

#include "FeditKernels.h"

// A row with room on both sides for what reaches out of the map: half of the largest kernel's reach.
enum { MARGIN = 64, MAX_SIDE = 8192 };

// The first and last pixel set of a row, or false.
static bool span(const uint8_t *row, int side, int *first, int *last) {
  const uint8_t *found = memchr(row, 1, (size_t)side);
  if (!found) return false;
  *first = (int)(found - row);
  *last = side - 1;
  while (!row[*last]) --*last;
  return true;
}

static void add(uint8_t *restrict to, const uint8_t *restrict from, int count) {
  for (int x = 0; x < count; x++) to[x] |= from[x];
}

void fk_region_inputs(
  const uint8_t *readers, int side, int stride, int low, int high, uint8_t *inputs, int input_side) {
  static __thread uint8_t buffer[MAX_SIDE + 2 * MARGIN];
  uint8_t *row = buffer + MARGIN;
  for (int y = 0; y < side; y++) {
    const uint8_t *from = readers + (long)y * side;
    int first, last;
    if (!span(from, side, &first, &last)) continue;
    int start = first * stride + low, end = last * stride + high;
    memset(row + start, 0, (size_t)(end - start + 1));
    for (int j = low; j <= high; j++) {
      if (stride == 1)
        add(row + first + j, from + first, last - first + 1);
      else
        for (int x = first; x <= last; x++) row[x * stride + j] |= from[x];
    }
    if (start < 0) start = 0;
    if (end >= input_side) end = input_side - 1;
    for (int r = y * stride + low; r <= y * stride + high; r++)
      if (r >= 0 && r < input_side && end >= start)
        add(inputs + (long)r * input_side + start, row + start, end - start + 1);
  }
}

void fk_region_readers(
  const uint8_t *inputs, int input_side, int stride, int low, int high, uint8_t *readers, int side) {
  static __thread uint8_t buffer[MAX_SIDE + 2 * MARGIN], reached[MAX_SIDE];
  uint8_t *row = buffer + MARGIN;
  for (int r = 0; r < input_side; r++) {
    const uint8_t *from = inputs + (long)r * input_side;
    int first, last;
    if (!span(from, input_side, &first, &last)) continue;
    memset(row - MARGIN, 0, MARGIN);
    memcpy(row, from, (size_t)input_side);
    memset(row + input_side, 0, MARGIN);
    memset(reached, 0, (size_t)side);
    for (int j = low; j <= high; j++) {
      if (stride == 1)
        add(reached, row + j, side);
      else
        for (int x = 0; x < side; x++) reached[x] |= row[x * stride + j];
    }
    // Rows y with y·stride + low ≤ r ≤ y·stride + high.
    for (int y = 0; y < side; y++)
      if (y * stride + low <= r && r <= y * stride + high) add(readers + (long)y * side, reached, side);
  }
}

void fk_region_halve(const uint8_t *whole, int side, uint8_t *half) {
  for (int y = 0; y < side; y++) {
    int first, last;
    if (!span(whole + (long)y * side, side, &first, &last)) continue;
    for (int x = first; x <= last; x++) half[(long)(y / 2) * (side / 2) + x / 2] |= whole[(long)y * side + x];
  }
}

void fk_region_double(const uint8_t *half, int side, uint8_t *whole) {
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) whole[(long)y * side + x] = half[(long)(y / 2) * (side / 2) + x / 2];
}

long fk_region_tiles(uint8_t *set, int side, int tile, int origin, bool expand, fk_tile *list) {
  const int tiles = (side + origin + tile - 1) / tile;
  long count = 0;
  for (int ty = 0; ty < tiles; ty++) {
    int top = ty * tile - origin, bottom = top + tile;
    if (top < 0) top = 0;
    if (bottom > side) bottom = side;
    // The columns of all rows that hold something.
    int first = side, last = -1;
    for (int y = top; y < bottom; y++) {
      int a, b;
      if (!span(set + (long)y * side, side, &a, &b)) continue;
      if (a < first) first = a;
      if (b > last) last = b;
    }
    if (last < 0) continue;
    for (int tx = (first + origin) / tile; tx <= (last + origin) / tile; tx++) {
      int left = tx * tile - origin, right = left + tile;
      if (left < 0) left = 0;
      if (right > side) right = side;
      uint8_t any = 0;
      for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) any |= set[(long)y * side + x];
      if (!any) continue;
      if (expand)
        for (int y = top; y < bottom; y++) memset(set + (long)y * side + left, 1, (size_t)(right - left));
      list[count++] = (fk_tile)ty << 16 | (fk_tile)tx;
    }
  }
  return count;
}
