/// The numeric kernels: matrix products, convolutions on tiles, elementwise passes.
///
/// Every function exists for AVX2 with FMA, for AVX-512 and for OpenBLAS, chosen at run time. The first two do the same
/// operations in the same order on every element, so their results are equal bit for bit: a sum of products is always
/// accumulated by fused multiply-adds one index after the other, whatever the blocking, the number of threads
/// or the width of the registers. OpenBLAS adds up as it likes.
#ifndef FEDIT_KERNELS_H
#define FEDIT_KERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "FeditTrainingKernels.h"

/// Whether the processor has what the native kernels need: AVX2 and FMA (x86-64-v3).
int fk_is_supported(void);

/// What there are kernels for: two instruction sets, and OpenBLAS with portable code around its products.
enum fk_isa { FK_AVX2 = 1, FK_AVX512 = 2, FK_OPENBLAS = 3 };

/// What fk_use_isa chose; else the best instruction set the processor has (AVX2 if the environment variable
/// FEDIT_KERNELS is avx2), and OpenBLAS where it has none of them.
int fk_best_isa(void);
/// Chooses what fk_best_isa returns from now on, in the whole process.
void fk_use_isa(int isa);
/// Whether the processor has an instruction set, or OpenBLAS is installed.
int fk_has_isa(int isa);

/// Loads OpenBLAS, once. NULL if it can be used, else why not.
const char *fk_openblas_problem(void);
/// OpenBLAS's version and the kind of processor that its kernels are for, as "0.3.21 Haswell"; "" without it.
const char *fk_openblas_version(void);

// MARK: Threads

/// A fixed set of threads that share the items of one job at a time.
typedef struct fk_pool fk_pool;

/// Makes a pool; the caller of fk_pool_run is one of its threads. NULL if threads can't be started.
fk_pool *fk_pool_create(int threads);
void fk_pool_destroy(fk_pool *pool);
/// How many threads work on a job, the caller included.
int fk_pool_threads(const fk_pool *pool);
/// Calls work(context, item, thread) for every item in 0..<items, each once, in no particular order.
/// One job at a time; concurrent callers wait for each other, unless the pool is of one thread: then each does
/// its own.
void fk_pool_run(fk_pool *pool, void (*work)(void *context, long item, int thread), void *context, long items);

// MARK: Memory

/// Zeroed memory on large pages where the system has them, 64-byte aligned; NULL if there is none.
void *fk_allocate(size_t bytes);
void fk_free(void *memory, size_t bytes);
/// From now on malloc keeps what is freed, up to 128 MiB, rather than giving it back to the system to be
/// zeroed again: for work of the same kind over and over.
void fk_keep_freed_memory(void);

// MARK: Matrix product

/// C = op(A)·op(B), or C += op(A)·op(B): row-major, single-threaded, any shape.
///
/// op(A) is m×k, op(B) is k×n, C is m×n; lda, ldb, ldc are the row strides of the matrices as stored.
/// transpose_a: A is stored k×m. transpose_b: B is stored n×k. Each element of C is accumulated over k in
/// order, so splitting m or n over threads changes no bit. Working memory is its own (under 1 MB a thread).
void fk_sgemm(
  bool transpose_a, bool transpose_b, long m, long n, long k, const float *a, long lda, const float *b,
  long ldb, float *c, long ldc, bool accumulate);
/// The same on an instruction set of choice.
void fk_sgemm_on(
  int isa, bool transpose_a, bool transpose_b, long m, long n, long k, const float *a, long lda, const float *b,
  long ldb, float *c, long ldc, bool accumulate);

// MARK: Elementwise

/// y = exp(x), relative error below 2e-7; large and small x saturate at the ends of the float range.
void fk_exp(int isa, const float *x, float *y, long count);
/// y = tanh(x), absolute error below 2e-7.
void fk_tanh(int isa, const float *x, float *y, long count);
/// y = 1 / (1 + exp(-x)), absolute error below 2e-7.
void fk_sigmoid(int isa, const float *x, float *y, long count);

// MARK: Convolutions on tiles

/// A square map of pixels, NHWC.
typedef struct {
  /// The pixel (0, 0).
  float *data;
  /// Rows and columns.
  int side;
  /// Floats from one pixel to the next, and from one row to the next.
  int pixel_stride;
  int row_stride;
  /// Pixels of zeros that lie around the map in memory and may be read.
  int border;
} fk_map;

/// A run of the product: input channels k0 ..< k0+kn of one place, times packed weights, onto outputs
/// n0 ..< n0+nn of the group it belongs to.
typedef struct {
  /// Direct: which input, and the offset of the pixel read from (stride · output pixel).
  int source, dy, dx;
  /// First channel within the source's pixel (direct) or among the tile's transformed channels (Winograd), and
  /// how many.
  int k0, kn;
  /// Weights, packed by fk_pack or fk_pack_winograd for outputs n0 ..< n0+nn.
  const float *weights;
} fk_segment;

/// Segments that add up onto the same outputs.
typedef struct {
  /// Winograd: which point, row by row. Direct: 0.
  int point;
  /// Winograd: without segments all weights are zero, and so are the products.
  int first_segment, segments;
  /// Outputs, both multiples of 16.
  int n0, nn;
} fk_group;

enum fk_epilogue {
  /// (lrn?)(leaky?)(f + bias) · sigmoid(g + bias)
  FK_GATED = 0,
  /// h · sigmoid(h), h = leaky(x + bias); four phases of a doubled map
  FK_UPSAMPLED = 1
};

/// Where Winograd's transformed channels come from: a run of channels of one input, at one phase.
typedef struct {
  int source;
  /// Phase of a stride-2 convolution: pixels (2y + phase_y, 2x + phase_x); 0 for stride 1.
  int phase_y, phase_x;
  /// First channel among the tile's transformed channels, and how many are written (a multiple of 16: the next
  /// plane may begin earlier and overwrite the rest).
  int k0, channels;
} fk_plane;

/// One prepared layer and the maps it connects.
///
/// The layer's own grid is that of its sums: the output's for a convolution, the input's for an upsampling.
/// It is cut into square tiles on one absolute grid; a tile's results don't depend on which other tiles are
/// computed with it.
typedef struct {
  /// The instruction set its weights are packed for.
  int isa;
  fk_map in[2];
  fk_map out;
  /// Side of the layer's grid, and the stride from a grid pixel to an input pixel.
  int side, stride;
  /// Side of a tile in pixels, 2 or 4, and how many pixels before the map's first the first tile begins.
  int tile, origin;
  /// Winograd: side of the window, 3 (tiles of 2 or 4) or 4 (tiles of 4), which begins one pixel before the
  /// output's. 0: direct.
  int taps;
  /// Sums a pixel, padded to a multiple of 16, and floats of a tile's transformed channels (Winograd).
  int n, k;
  const fk_group *groups;
  int group_count;
  const fk_segment *segments;
  const fk_plane *planes;
  int plane_count;
  /// n biases.
  const float *bias;
  int epilogue;
  int normalizes, leaky;
  /// Output channels, and where gates start (gated) or how far phases lie apart (upsampled) among the sums.
  int outputs, offset;
} fk_layer;

/// A tile's place: row << 16 | column.
typedef uint32_t fk_tile;

/// Floats of working memory that `tiles` tiles of a layer take.
size_t fk_scratch_floats(const fk_layer *layer, long tiles);
/// Computes tiles from beginning to end on the calling thread.
void fk_run_tiles(const fk_layer *layer, const fk_tile *tiles, long count, float *scratch);

/// The same in three stages over all tiles, for few tiles with much to sum: stage 1 transforms
/// tile ranges (Winograd only), stage 2 multiplies one group's outputs, stage 3 finishes tile ranges.
/// All stages share the scratch; each thread of stage 3 has fk_tail_floats of its own besides.
void fk_stage_input(const fk_layer *layer, const fk_tile *tiles, long count, long first, long last, float *scratch);
void fk_stage_product(
  const fk_layer *layer, const fk_tile *tiles, long count, int group, int n0, int n1, float *scratch);
void fk_stage_output(
  const fk_layer *layer, const fk_tile *tiles, long count, long first, long last, float *scratch, float *tail);
size_t fk_tail_floats(const fk_layer *layer);

// MARK: Weights

/// Packs rows of weights for a product with total_rows rows and nn outputs: row r's output i is
/// source[r·row_stride + i·column_stride] and lands at row first_row + r, output column + i, for i below
/// `valid`; everything else of the block is left as it is.
void fk_pack(
  int isa, const float *source, long row_stride, long column_stride, long rows, long valid, long column, long first_row,
  long total_rows, long nn, float *packed);

/// Transforms one input channel's kernels for Winograd: `taps`×`taps` windows of `valid` outputs, for tiles of
/// side `tile`. windows[t][i·column_stride] is tap t of output i, or windows[t] is NULL for zero. Writes row
/// rows[p] + row of each blocks[p] (totals[p] rows, nn outputs, packed as by fk_pack) that is not NULL, from
/// `column` on.
void fk_pack_winograd(
  int isa, int tile, int taps, const float *const *windows, long column_stride, long valid, long column, long nn,
  float *const *blocks, const long *rows, const long *totals, long row);

// MARK: Regions

/// Sets of pixels of square maps, one byte a pixel, 0 or 1, row by row.

/// Adds to `inputs` what the pixels `readers` of a layer read: row y reads rows y·stride + low … y·stride + high.
void fk_region_inputs(
  const uint8_t *readers, int side, int stride, int low, int high, uint8_t *inputs, int input_side);
/// Adds to `readers` the pixels of a layer that read one of `inputs`.
void fk_region_readers(
  const uint8_t *inputs, int input_side, int stride, int low, int high, uint8_t *readers, int side);
/// Adds to `half` each pixel that one of its four pixels in `whole` is set for.
void fk_region_halve(const uint8_t *whole, int side, uint8_t *half);
/// Sets the four pixels in `whole` of each pixel of `half`; `side` is that of `whole`.
void fk_region_double(const uint8_t *half, int side, uint8_t *whole);
/// Lists the tiles that hold a pixel of the set, row by row; grows the set to whole tiles if `expand`.
long fk_region_tiles(uint8_t *set, int side, int tile, int origin, bool expand, fk_tile *list);

// MARK: The network's first and last step

/// Writes the input channels of rows first ..< last. Nine: photo·(1−mask), sketch·mask, color·mask, mask, noise·mask.
/// Eleven: color·set·mask in place of color·mask, then set·mask and octave·mask. Fifteen: then mirror·mirror_set·mask
/// and mirror_set·mask, 0 where `mirror` is NULL. What fewer channels do without may be NULL. Unless changed is NULL,
/// it says for each of these pixels of the frame whether its bits are no longer what they were.
void fk_assemble(
  const float *image, const float *sketch, const float *color, const float *mask, const float *noise,
  const float *set, float octave, const float *mirror, const float *mirror_set, int channels, int size, fk_map out,
  int first, int last, uint8_t *changed);

#endif
