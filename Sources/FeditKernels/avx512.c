#if defined(__x86_64__)
#define VL 16
#define TRAINING_TABLE ft_avx512_training
#define MR 12
#define NAME(x) fk_avx512_##x
#pragma clang attribute push( \
  __attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw"))), apply_to = function)
#include "kernels.inc"
#include "training.inc"
#pragma clang attribute pop
#endif
