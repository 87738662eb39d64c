#ifndef FEDIT_BUILT_IN_MODELS_H
#define FEDIT_BUILT_IN_MODELS_H
#include <stddef.h>

/// A weight file (safetensors) inside the binary, so that an installed fedit needs no file beside it.
typedef struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} fedit_built_in_model;

/// How many models there are; the first is the default.
size_t fedit_built_in_model_count(void);
/// The model at an index below the count.
fedit_built_in_model fedit_built_in_model_at(size_t index);
/// The face finder, which is no generator.
fedit_built_in_model fedit_built_in_face_finder(void);
#endif
