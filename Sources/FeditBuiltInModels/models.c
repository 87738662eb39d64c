#include "FeditBuiltInModels.h"

// Aligned, so that weights can be read in place.
static const _Alignas(64) unsigned char portrait_2[] = {
#embed "portrait-2.safetensors"
};

static const _Alignas(64) unsigned char portrait_256[] = {
#embed "portrait-256.safetensors"
};

static const _Alignas(64) unsigned char face_finder[] = {
#embed "face-finder.safetensors"
};

static const fedit_built_in_model models[] = {
  {"portrait-2", portrait_2, sizeof portrait_2},
  {"portrait-256", portrait_256, sizeof portrait_256},
};

size_t fedit_built_in_model_count(void) { return sizeof models / sizeof models[0]; }
fedit_built_in_model fedit_built_in_model_at(size_t index) { return models[index]; }
fedit_built_in_model fedit_built_in_face_finder(void) {
  return (fedit_built_in_model){"face-finder", face_finder, sizeof face_finder};
}
