#include "FeditKernels.h"

int fk_is_supported(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
