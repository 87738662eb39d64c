#if defined(__x86_64__)
#define VL 8
#define TRAINING_TABLE ft_avx2_training
#define MR 6
#define NAME(x) fk_avx2_##x
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernels.inc"
#include "training.inc"
#pragma clang attribute pop
#endif
