/// The training kernels: convolutions of batches, their gradients, gated activations, the optimiser.
///
/// As with the inference kernels, AVX2 and AVX-512 give the same bits: every sum runs over its index in order.
/// All maps are NHWC batches; a map that a kernel window reaches past has a border of zeros in memory.
#ifndef FEDIT_TRAINING_KERNELS_H
#define FEDIT_TRAINING_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A view of a batch of maps: where pixel (0, 0) of image 0 lies, and floats from one to the next.
typedef struct {
  float *data;
  long pixel, row, image;
} ft_view;

/// The pixels a kernel goes over; flattened, pixel p is (image, y, x).
typedef struct {
  int images, height, width;
} ft_grid;

/// How a sum starts.
enum ft_start { FT_ZERO = 0, FT_ACCUMULATE = 1, FT_BIAS = 2 };

/// out[p][j] = sum over taps and channels of in[p + offset of the tap][c] · weight[tap][c][j].
typedef struct {
  int isa;
  ft_grid grid;
  /// Strides are those of a step on the grid; `offsets` (floats, one a tap) are added to its pixels.
  ft_view in, out;
  const long *offsets;
  int taps, channels;
  /// Outputs, and their weights packed by ft_pack.
  int n;
  const float *weights;
  /// ft_start; with FT_BIAS, bias has n values and 32 more that may be read.
  int start;
  const float *bias;
} ft_convolution;

/// Floats that packed weights take.
size_t ft_packed_floats(int isa, long rows, long n);
/// Packs rows 0 ..< rows of a tap: row r's output j is source[r·row_stride + j·column_stride]; it becomes row
/// first_row + r of total_rows.
void ft_pack(
  int isa, const float *source, long row_stride, long column_stride, long rows, long n, long first_row,
  long total_rows, float *packed);
/// Computes flattened pixels first ..< last of the grid.
void ft_convolve(const ft_convolution *convolution, long first, long last);

/// A 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3), on rows of 4×4 tiles.
typedef struct {
  int isa;
  /// Tiles: images, rows and columns of tiles.
  ft_grid tiles;
  /// `in` has a border of at least one pixel. Steps are those between pixels.
  ft_view in, out;
  /// Channels in and out, multiples of 16.
  int channels, n;
  /// 36 blocks packed by fk_pack_winograd, one after another.
  const float *weights;
  int start;
  const float *bias;
  /// Whether the products' factors are bfloat16: transformed pixels are rounded, and the blocks' rows lie in pairs
  /// (ft_pair_rows).
  int rounded;
} ft_winograd;
/// Floats of working memory for a number of tiles.
size_t ft_winograd_floats(const ft_winograd *winograd, long tiles);
/// Computes flattened tiles first ..< last.
void ft_winograd_run(const ft_winograd *winograd, long first, long last, float *scratch);

/// A weight gradient: out[tap][i][j] = sum over pixels of x[p + offset of the tap][i] · y[p][j].
typedef struct {
  int isa;
  ft_grid grid;
  ft_view x, y;
  const long *offsets;
  int m, n;
} ft_correlation;
/// Sums pixels first ..< last, in order, for one tap; writes m×n values. Up to 32 floats after the last pixel of
/// y may be read.
void ft_correlate(const ft_correlation *correlation, int tap, long first, long last, float *out);

// MARK: bfloat16 products, float32 sums

/// Whether the processor has them (AVX512-BF16); without, none of the following may be called.
int ft_has_bf16(void);
/// Rounds to the nearest bfloat16, ties to even; denormal numbers become 0.
void ft_to_bf16(const float *from, uint16_t *to, long count);
/// 32-bit words that packed weights of so many pairs of rows take.
size_t ft_packed_pairs(long pairs, long n);
/// As ft_pack, into pairs of rows; an odd last row gets a row of zeros beside it.
void ft_pack_bf16(
  const float *source, long row_stride, long column_stride, long rows, long n, long first_pair, long total_pairs,
  uint32_t *packed);
/// As ft_convolve, where `in` is a view of bfloat16 values and `weights` are packed by ft_pack_bf16, each tap's from
/// an even row on. With an odd number of channels one value after them is read, and must be finite.
void ft_convolve_bf16(const ft_convolution *convolution, long first, long last);
/// Rounds two times `pairs` rows of packed weights to bfloat16 and puts them in pairs.
void ft_pair_rows(const float *from, uint32_t *to, long pairs, long width);
/// 32-bit words of working memory that ft_correlate_bf16 takes.
size_t ft_correlate_bf16_words(const ft_correlation *correlation);
/// As ft_correlate for taps that follow each other, whose m×n values do too, where `x` and `y` are views of bfloat16
/// values.
void ft_correlate_bf16(
  const ft_correlation *correlation, int tap, int taps, long first, long last, float *out, uint32_t *scratch);

/// An activation between sums and a map. `pre` holds the sums with their biases, channels of the feature, then of
/// the gate; backward it is overwritten by its gradient.
typedef struct {
  int isa;
  ft_grid grid;
  ft_view pre, out;
  int channels;
  /// LRN across the feature's channels; slope of the leaky ReLU for negative values (1: none).
  int normalizes;
  float slope;
} ft_activation;

/// out = leaky(lrn(f)) · sigmoid(g).
void ft_gated_forward(const ft_activation *activation, long first, long last);
/// From the gradient in `out` to that of the sums, in place; adds the sums' gradients to bias (2·channels).
void ft_gated_backward(const ft_activation *activation, long first, long last, float *bias);
/// out = h · sigmoid(h), h = leaky(x).
void ft_self_gated_forward(const ft_activation *activation, long first, long last);
void ft_self_gated_backward(const ft_activation *activation, long first, long last, float *bias);
/// out = leaky(x).
void ft_leaky_forward(const ft_activation *activation, long first, long last);
void ft_leaky_backward(const ft_activation *activation, long first, long last, float *bias);

/// Returns the sum of |x − y| and adds scale · sign(x − y) to the gradient.
double ft_l1(int isa, const float *x, const float *y, float *gradient, float scale, long count);
/// Multiplies the gradient by the slope where y, the output of a leaky ReLU, is not positive.
void ft_leaky_mask(int isa, const float *y, float *gradient, float slope, long count);
/// One row of the maximum of 2×2 pixels: from two rows of 2·side pixels to one of side.
void ft_pool(int isa, const float *top, const float *bottom, float *out, long side, long channels);
/// Its gradient, written to both rows: each maximum's goes to the first of the four that has its value.
void ft_unpool(
  int isa, const float *top, const float *bottom, const float *pooled, const float *gradient, float *to_top,
  float *to_bottom, long side, long channels);
/// to += from.
void ft_add(int isa, float *to, const float *from, long count);
/// Squares summed in double precision, in a fixed order.
double ft_sum_of_squares(int isa, const float *x, long count);

/// One step of Adam (Kingma and Ba, ICLR 2015) and of the exponential moving average.
typedef struct {
  int isa;
  /// The gradient is multiplied by this first (clipping).
  float scale;
  float rate, beta1, beta2, epsilon;
  /// 1 − beta1^t and 1 − beta2^t.
  float correction1, correction2;
  /// Share of the average that stays.
  float decay;
} ft_adam;
/// average may be NULL.
void ft_adam_step(
  const ft_adam *adam, float *weight, const float *gradient, float *mean, float *variance, float *average,
  long count);
#endif
