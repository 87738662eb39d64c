/// The inner loops of image processing on 8-bit planes: filters, edges, thinning, resampling, drawing.
///
/// Planes lie row by row without padding. Everything is integer arithmetic or single IEEE operations in a
/// fixed order, so every processor gives the same bits. Functions that need memory return false where there
/// is none; the output is undefined then.
#ifndef FEDIT_VISION_KERNELS_H
#define FEDIT_VISION_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Luma of interleaved RGB: (4899 R + 9617 G + 1868 B) / 2¹⁴, rounded (Rec. 601).
void fv_gray(const uint8_t *rgb, long count, uint8_t *gray);

/// Bilateral filter of a grey plane.
///
/// Taps lie within a disc of `radius` pixels; tap i counts space[i] (row by row over the square of side
/// 2·radius+1) times (1 − d²·falloff)⁴, d the difference in levels, which for falloff 1/(8σ²) follows
/// exp(−d²/2σ²) and needs no exponential. Borders are repeated.
bool fv_bilateral(const uint8_t *in, int width, int height, int radius, const float *space, float falloff, float *out);

/// Convolves rows and columns with a symmetric kernel: kernel[0] is the middle, kernel[radius] the end.
/// Borders are repeated. `in` and `out` may not overlap.
bool fv_blur(const float *in, int width, int height, const float *kernel, int radius, float *out);

/// out = 1 where a − b > threshold, else 0.
void fv_exceeds(const float *a, const float *b, float threshold, long count, uint8_t *out);

/// Rounds to 8 bits, clamped.
void fv_round(const float *in, long count, uint8_t *out);

/// Canny's edges of a grey plane: 3×3 Sobel, |gx| + |gy|, non-maximum suppression in four directions,
/// hysteresis between `low` and `high`. 0 or 1; equal to OpenCV's.
bool fv_canny(const uint8_t *gray, int width, int height, int low, int high, uint8_t *out);

/// Removes 8-connected components of fewer than `minimum` set pixels; all set pixels become 1.
bool fv_remove_small(uint8_t *plane, int width, int height, int minimum);

/// Labels 8-connected components from 1 on in the order of their first pixels; 0 is background.
/// Returns how many there are, or -1 where memory is short.
int fv_components(const uint8_t *plane, int width, int height, int32_t *labels);

/// Thins to lines of one pixel: Zhang and Suen's passes (1984), then every pixel that is no end and whose
/// removal keeps the 8-connectivity. All set pixels become 1.
bool fv_thin(uint8_t *plane, int width, int height);

/// Halves interleaved RGB: the mean of 2×2, rounded. A last odd column or row is left out.
void fv_halve(const uint8_t *rgb, int width, int height, uint8_t *out);

/// Mean shift (Comaniciu and Meer, 2002) of interleaved RGB: a square window of 2·6+1 pixels, colours within
/// `color` (1…99) of the centre, at most five steps. `spatial` is 1…7.
bool fv_mean_shift(const uint8_t *rgb, int width, int height, int spatial, int color, uint8_t *out);

/// The median of 5×5, channel by channel; borders are repeated.
bool fv_median5(const uint8_t *rgb, int width, int height, uint8_t *out);

/// Resamples a rectangle of interleaved RGB (x, y, w, h in source pixels, inside the picture) to a square
/// with Catmull-Rom's cubic, widened where the rectangle is shrunk; values 0…255, not rounded.
bool fv_resample(
  const uint8_t *rgb, int width, int height, double x, double y, double w, double h, int size, bool flip,
  float *out);

/// Sets the pixels of a plane whose centres are within `radius` of the segment.
void fv_capsule(
  uint8_t *plane, int width, int height, float x0, float y0, float x1, float y1, float radius, uint8_t value);

/// Sets the pixels of a plane whose centres are inside an ellipse.
void fv_ellipse(
  uint8_t *plane, int width, int height, float cx, float cy, float rx, float ry, uint8_t value);

/// Sets the pixels of a plane whose centres are inside a polygon (even-odd), points as x, y pairs.
void fv_polygon(uint8_t *plane, int width, int height, const float *points, int count, uint8_t value);

/// Fills the pixels where `mask` is not 0 with the solution of Laplace's equation, the others being its
/// boundary; the picture's border lets nothing through. Coarse to fine, over-relaxed. Interleaved RGB.
/// Where everything is masked it becomes the middle grey, 127.5.
bool fv_harmonic_fill(float *rgb, const uint8_t *mask, int width, int height);

/// OKLab of interleaved sRGB: lightness 0…1, a, b.
void fv_oklab(const uint8_t *rgb, long count, float *lab);

/// sRGB of OKLab, clipped to its gamut and rounded.
void fv_from_oklab(const float *lab, long count, uint8_t *rgb);

/// The mean over squares of side 2·radius + 1, cut off at the plane's border.
bool fv_box(const float *in, int width, int height, int radius, float *out);

/// What JPEG leaves of interleaved RGB: the quantisation of the standard's tables (ITU T.81, annex K) at a quality
/// of 1…100, with the colours at half resolution or not. No file is written, so the bits are the same everywhere.
bool fv_jpeg(uint8_t *rgb, int width, int height, int quality, bool halves_chroma);

/// Fills a hole with what lies around it: patches of 7×7 that fit (PatchMatch on a pyramid), brought to the
/// surroundings' tone.
///
/// `rgb` has 16 bits a channel. Pixels that `hole` sets are filled; those that `forbidden` sets are never
/// copied. `filled` gets the hole's pixels; the others are left as they are there. `found` says whether there
/// was anything to copy. The same seed gives the same bits.
bool fv_heal(
  const uint16_t *rgb, int width, int height, const uint8_t *hole, const uint8_t *forbidden, uint32_t seed,
  uint16_t *filled, bool *found);

#endif
