#ifndef FEDIT_TRAINING_INTERNAL_H
#define FEDIT_TRAINING_INTERNAL_H
#include "FeditKernels.h"

/// What each instruction set provides for training.
typedef struct {
  int vl;
  void (*pack)(const float *, long, long, long, long, long, long, float *);
  void (*convolve)(const ft_convolution *, long, long);
  void (*winograd)(const ft_winograd *, long, long, float *);
  void (*correlate)(const ft_correlation *, int, long, long, float *);
  void (*gated_forward)(const ft_activation *, long, long);
  void (*gated_backward)(const ft_activation *, long, long, float *);
  void (*self_gated_forward)(const ft_activation *, long, long);
  void (*self_gated_backward)(const ft_activation *, long, long, float *);
  void (*leaky_forward)(const ft_activation *, long, long);
  void (*leaky_backward)(const ft_activation *, long, long, float *);
  double (*l1)(const float *, const float *, float *, float, long);
  void (*leaky_mask)(const float *, float *, float, long);
  void (*pool)(const float *, const float *, float *, long, long);
  void (*unpool)(const float *, const float *, const float *, const float *, float *, float *, long, long);
  void (*add)(float *, const float *, long);
  double (*sum_of_squares)(const float *, long);
  void (*adam_step)(const ft_adam *, float *, const float *, float *, float *, float *, long);
} ft_table;

/// The 36 products of a Winograd convolution over `count` tiles, from v through `rounded` to m.
void ft_winograd_products_bf16(const ft_winograd *w, const float *v, float *m, long count, uint16_t *rounded);

extern const ft_table ft_avx2_training, ft_avx512_training, ft_openblas_training;
#endif
