#include "FeditImageCodecs.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

// libheif brings a dozen libraries with it, video encoders among them. They are loaded when a HEIC file is opened
// first, so that no other command waits for them, and fedit runs where they are not installed.
#define FUNCTIONS(each)                          \
  each(get_version)                              \
  each(context_alloc)                            \
  each(context_free)                             \
  each(context_set_maximum_image_size_limit)     \
  each(context_read_from_memory_without_copy)    \
  each(context_get_primary_image_handle)         \
  each(image_handle_release)                     \
  each(image_handle_get_width)                   \
  each(image_handle_get_height)                  \
  each(image_handle_has_alpha_channel)           \
  each(image_handle_get_luma_bits_per_pixel)     \
  each(image_handle_get_raw_color_profile_size)  \
  each(image_handle_get_raw_color_profile)       \
  each(image_handle_get_list_of_metadata_block_IDs) \
  each(image_handle_get_metadata_size)           \
  each(image_handle_get_metadata)                \
  each(decoding_options_alloc)                   \
  each(decoding_options_free)                    \
  each(decode_image)                             \
  each(image_release)                            \
  each(image_get_width)                          \
  each(image_get_height)                         \
  each(image_get_bits_per_pixel_range)           \
  each(image_get_plane_readonly)

#define POINTER(name) __typeof__(heif_##name) *name;
static struct {
  bool available;
  FUNCTIONS(POINTER)
} heif;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  void *library = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
  bool complete = true;
#define LOOK_UP(name)                                         \
  *(void **)(void *)&heif.name = dlsym(library, "heif_" #name); \
  complete = complete && heif.name != NULL;
  FUNCTIONS(LOOK_UP)
  heif.available = complete;
}

bool fedit_heic_is_available(void) {
  pthread_once(&once, load);
  return heif.available;
}

const char *fedit_heic_version(void) {
  return fedit_heic_is_available() ? heif.get_version() : "not installed";
}

struct fedit_heic_decoder {
  struct heif_context *context;
  struct heif_image_handle *handle;
  uint32_t width, height;
  bool has_alpha;
  int bits;
  uint8_t *profile, *exif;
};

static void say(fedit_codec_message *message, const char *text) {
  strncpy(message->text, text == NULL ? "" : text, sizeof message->text - 1);
  message->text[sizeof message->text - 1] = 0;
}

static fedit_codec_status status_of(struct heif_error error, fedit_codec_message *message) {
  if (error.code == heif_error_Ok) return FEDIT_CODEC_OK;
  say(message, error.message);
  if (error.code == heif_error_Memory_allocation_error) {
    return error.subcode == heif_suberror_Security_limit_exceeded ? FEDIT_CODEC_UNSUPPORTED : FEDIT_CODEC_NO_MEMORY;
  }
  if (error.subcode == heif_suberror_End_of_data) return FEDIT_CODEC_TRUNCATED;
  if (error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype) {
    return FEDIT_CODEC_UNSUPPORTED;
  }
  return FEDIT_CODEC_MALFORMED;
}

// Profiles of displays have a few MB; an EXIF block of more than this holds previews.
static const size_t profile_limit = 8 << 20, exif_limit = 16 << 20;

static void read_profile(fedit_heic_decoder *decoder, fedit_heic_info *info) {
  const size_t size = heif.image_handle_get_raw_color_profile_size(decoder->handle);
  if (size == 0 || size > profile_limit || (decoder->profile = malloc(size)) == NULL) return;
  if (heif.image_handle_get_raw_color_profile(decoder->handle, decoder->profile).code != heif_error_Ok) return;
  info->profile = decoder->profile;
  info->profile_size = size;
}

static void read_exif(fedit_heic_decoder *decoder, fedit_heic_info *info) {
  heif_item_id item;
  if (heif.image_handle_get_list_of_metadata_block_IDs(decoder->handle, "Exif", &item, 1) < 1) return;
  const size_t size = heif.image_handle_get_metadata_size(decoder->handle, item);
  if (size < 8 || size > exif_limit || (decoder->exif = malloc(size)) == NULL) return;
  if (heif.image_handle_get_metadata(decoder->handle, item, decoder->exif).code != heif_error_Ok) return;
  // Where the TIFF structure begins behind these four bytes (ISO/IEC 23008-12, A.2.1).
  const uint8_t *e = decoder->exif;
  const size_t offset = ((size_t)e[0] << 24 | (size_t)e[1] << 16 | (size_t)e[2] << 8 | e[3]) + 4;
  if (offset >= size) return;
  info->exif = decoder->exif + offset;
  info->exif_size = size - offset;
}

fedit_heic_decoder *fedit_heic_open(
    const uint8_t *bytes, size_t size, uint32_t side, fedit_heic_info *info, fedit_codec_status *status,
    fedit_codec_message *message) {
  say(message, "");
  *status = FEDIT_CODEC_NO_MEMORY;
  if (!fedit_heic_is_available()) {
    *status = FEDIT_CODEC_UNSUPPORTED;
    return NULL;
  }
  fedit_heic_decoder *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) return NULL;
  decoder->context = heif.context_alloc();
  if (decoder->context == NULL) {
    fedit_heic_close(decoder);
    return NULL;
  }
  heif.context_set_maximum_image_size_limit(decoder->context, (int)side);
  struct heif_error error = heif.context_read_from_memory_without_copy(decoder->context, bytes, size, NULL);
  if (error.code == heif_error_Ok) {
    error = heif.context_get_primary_image_handle(decoder->context, &decoder->handle);
  }
  *status = status_of(error, message);
  if (*status != FEDIT_CODEC_OK) {
    fedit_heic_close(decoder);
    return NULL;
  }
  const int width = heif.image_handle_get_width(decoder->handle);
  const int height = heif.image_handle_get_height(decoder->handle);
  const int bits = heif.image_handle_get_luma_bits_per_pixel(decoder->handle);
  if (width <= 0 || height <= 0 || bits < 8 || bits > 16) {
    say(message, "its size or depth is impossible");
    *status = FEDIT_CODEC_MALFORMED;
    fedit_heic_close(decoder);
    return NULL;
  }
  decoder->width = (uint32_t)width;
  decoder->height = (uint32_t)height;
  decoder->bits = bits;
  decoder->has_alpha = heif.image_handle_has_alpha_channel(decoder->handle) != 0;
  *info = (fedit_heic_info){
      .width = decoder->width, .height = decoder->height, .has_alpha = decoder->has_alpha, .bits = bits};
  read_profile(decoder, info);
  read_exif(decoder, info);
  return decoder;
}

// Samples of `bits` bits as 16: the highest ones repeated below.
static void widen(uint16_t *to, const uint8_t *from, size_t count, int bits) {
  for (size_t i = 0; i < count; i++) {
    const unsigned level = (unsigned)from[2 * i] | (unsigned)from[2 * i + 1] << 8;
    to[i] = (uint16_t)(level << (16 - bits) | level >> (2 * bits - 16));
  }
}

fedit_codec_status fedit_heic_decode(
    fedit_heic_decoder *decoder, uint8_t *pixels, fedit_codec_message *message) {
  say(message, "");
  struct heif_decoding_options *options = heif.decoding_options_alloc();
  if (options == NULL) return FEDIT_CODEC_NO_MEMORY;
  // A damaged picture is an error and not a guess.
  if (options->version >= 3) options->strict_decoding = 1;
  const bool deep = decoder->bits > 8;
  const enum heif_chroma chroma =
      decoder->has_alpha ? (deep ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RGBA)
                         : (deep ? heif_chroma_interleaved_RRGGBB_LE : heif_chroma_interleaved_RGB);
  struct heif_image *image = NULL;
  const struct heif_error error =
      heif.decode_image(decoder->handle, &image, heif_colorspace_RGB, chroma, options);
  heif.decoding_options_free(options);
  fedit_codec_status status = status_of(error, message);
  if (status != FEDIT_CODEC_OK) return status;
  int stride = 0;
  const uint8_t *plane = heif.image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  const int bits = heif.image_get_bits_per_pixel_range(image, heif_channel_interleaved);
  const size_t count = (size_t)decoder->width * (decoder->has_alpha ? 4 : 3), bytes = count * (deep ? 2 : 1);
  if (plane == NULL || heif.image_get_width(image, heif_channel_interleaved) != (int)decoder->width ||
      heif.image_get_height(image, heif_channel_interleaved) != (int)decoder->height || stride < 0 ||
      (size_t)stride < bytes || (deep ? bits < 9 || bits > 16 : bits != 8)) {
    say(message, "contradicting headers");
    status = FEDIT_CODEC_MALFORMED;
  } else {
    for (size_t y = 0; y < decoder->height; y++) {
      const uint8_t *row = plane + y * (size_t)stride;
      if (deep) {
        widen((uint16_t *)(void *)(pixels + y * bytes), row, count, bits);
      } else {
        memcpy(pixels + y * bytes, row, bytes);
      }
    }
  }
  heif.image_release(image);
  return status;
}

void fedit_heic_close(fedit_heic_decoder *decoder) {
  if (decoder == NULL) return;
  if (decoder->handle != NULL) heif.image_handle_release(decoder->handle);
  if (decoder->context != NULL) heif.context_free(decoder->context);
  free(decoder->profile);
  free(decoder->exif);
  free(decoder);
}
