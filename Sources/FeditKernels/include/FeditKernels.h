#ifndef FEDIT_KERNELS_H
#define FEDIT_KERNELS_H
/// Whether the processor has what the kernels need: AVX2 and FMA (x86-64-v3).
int fk_is_supported(void);
#endif
