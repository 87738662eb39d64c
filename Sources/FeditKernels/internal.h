#ifndef FEDIT_KERNELS_INTERNAL_H
#define FEDIT_KERNELS_INTERNAL_H
#include "FeditKernels.h"

/// What each instruction set provides.
typedef struct {
  int nr;
  void (*exp)(const float *, float *, long);
  void (*tanh)(const float *, float *, long);
  void (*sigmoid)(const float *, float *, long);
  void (*sgemm)(bool, bool, long, long, long, const float *, long, const float *, long, float *, long, bool);
  void (*pack)(const float *, long, long, long, long, long, long, long, long, float *);
  void (*run_tiles)(const fk_layer *, const fk_tile *, long, float *);
  size_t (*scratch_floats)(const fk_layer *, long);
  size_t (*tail_floats)(const fk_layer *);
  void (*stage_input)(const fk_layer *, const fk_tile *, long, long, long, float *);
  void (*stage_product)(const fk_layer *, const fk_tile *, long, int, int, int, float *);
  void (*stage_output)(const fk_layer *, const fk_tile *, long, long, long, float *, float *);
} fk_table;

extern const fk_table fk_avx2_table, fk_avx512_table, fk_openblas_table;
#endif
