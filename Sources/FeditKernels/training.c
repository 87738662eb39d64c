#include "training.h"

static const ft_table *table(int isa) {
#if defined(__x86_64__)
  if (isa == FK_AVX512) return &ft_avx512_training;
  if (isa == FK_AVX2) return &ft_avx2_training;
#endif
  (void)isa;
  return &ft_openblas_training;
}

size_t ft_packed_floats(int isa, long rows, long n) {
  long vl = table(isa)->vl;
  return (size_t)rows * (size_t)((n + vl - 1) / vl * vl);
}
void ft_pack(
  int isa, const float *source, long row_stride, long column_stride, long rows, long n, long first_row,
  long total_rows, float *packed) {
  table(isa)->pack(source, row_stride, column_stride, rows, n, first_row, total_rows, packed);
}
void ft_convolve(const ft_convolution *c, long first, long last) { table(c->isa)->convolve(c, first, last); }
size_t ft_winograd_floats(const ft_winograd *w, long tiles) {
  size_t rounded = w->rounded ? (size_t)18 * (size_t)w->channels * (size_t)tiles : 0;
  return (size_t)36 * (size_t)(w->channels + w->n) * (size_t)tiles + (size_t)16 * (size_t)w->n + rounded;
}
void ft_winograd_run(const ft_winograd *w, long first, long last, float *scratch) {
  table(w->isa)->winograd(w, first, last, scratch);
}
void ft_correlate(const ft_correlation *c, int tap, long first, long last, float *out) {
  table(c->isa)->correlate(c, tap, first, last, out);
}
void ft_gated_forward(const ft_activation *a, long first, long last) {
  table(a->isa)->gated_forward(a, first, last);
}
void ft_gated_backward(const ft_activation *a, long first, long last, float *bias) {
  table(a->isa)->gated_backward(a, first, last, bias);
}
void ft_self_gated_forward(const ft_activation *a, long first, long last) {
  table(a->isa)->self_gated_forward(a, first, last);
}
void ft_self_gated_backward(const ft_activation *a, long first, long last, float *bias) {
  table(a->isa)->self_gated_backward(a, first, last, bias);
}
void ft_leaky_forward(const ft_activation *a, long first, long last) {
  table(a->isa)->leaky_forward(a, first, last);
}
void ft_leaky_backward(const ft_activation *a, long first, long last, float *bias) {
  table(a->isa)->leaky_backward(a, first, last, bias);
}
double ft_l1(int isa, const float *x, const float *y, float *gradient, float scale, long count) {
  return table(isa)->l1(x, y, gradient, scale, count);
}
void ft_leaky_mask(int isa, const float *y, float *gradient, float slope, long count) {
  table(isa)->leaky_mask(y, gradient, slope, count);
}
void ft_pool(int isa, const float *top, const float *bottom, float *out, long side, long channels) {
  table(isa)->pool(top, bottom, out, side, channels);
}
void ft_unpool(
  int isa, const float *top, const float *bottom, const float *pooled, const float *gradient, float *to_top,
  float *to_bottom, long side, long channels) {
  table(isa)->unpool(top, bottom, pooled, gradient, to_top, to_bottom, side, channels);
}
void ft_add(int isa, float *to, const float *from, long count) { table(isa)->add(to, from, count); }
double ft_sum_of_squares(int isa, const float *x, long count) { return table(isa)->sum_of_squares(x, count); }
void ft_adam_step(
  const ft_adam *adam, float *weight, const float *gradient, float *mean, float *variance, float *average,
  long count) {
  table(adam->isa)->adam_step(adam, weight, gradient, mean, variance, average, count);
}
