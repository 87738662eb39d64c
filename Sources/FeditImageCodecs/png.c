#include "FeditImageCodecs.h"

#include <libdeflate.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Profiles of displays and printers have a few MB; more is refused by libpng before it takes memory.
static const png_alloc_size_t chunk_limit = 8 << 20;

// What libpng's callbacks leave for the call that is under way.
typedef struct {
  jmp_buf escape;
  fedit_codec_status status;
  fedit_codec_message *message;
} context;

static void say(fedit_codec_message *message, const char *text) {
  if (message == NULL) return;
  strncpy(message->text, text, sizeof message->text - 1);
  message->text[sizeof message->text - 1] = 0;
}

static void on_error(png_structp png, png_const_charp text) {
  context *state = png_get_error_ptr(png);
  if (state->status == FEDIT_CODEC_OK) state->status = FEDIT_CODEC_MALFORMED;
  say(state->message, text);
  longjmp(state->escape, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

struct fedit_png_decoder {
  context state;
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t size, position;
  uint32_t height;
  int passes;
};

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  fedit_png_decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->size - decoder->position) {
    decoder->state.status = FEDIT_CODEC_TRUNCATED;
    png_error(png, "the file ends too early");
  }
  memcpy(target, decoder->bytes + decoder->position, count);
  decoder->position += count;
}

// Whether there is a chunk of this name before the image data; libpng has checked the walk already.
static bool has_chunk(const fedit_png_decoder *decoder, const char name[4]) {
  size_t at = 8;
  while (decoder->size - at >= 12) {
    const uint8_t *chunk = decoder->bytes + at;
    size_t length = png_get_uint_32(chunk);
    if (memcmp(chunk + 4, name, 4) == 0) return true;
    if (memcmp(chunk + 4, "IDAT", 4) == 0 || length > decoder->size - at - 12) return false;
    at += length + 12;
  }
  return false;
}

static void read_color(png_structp png, png_infop info, fedit_png_color *color) {
  *color = (fedit_png_color){.srgb_intent = -1};
  int intent;
  if (png_get_sRGB(png, info, &intent) != 0) {
    color->srgb_intent = intent;
    return;
  }
  png_fixed_point gamma;
  if (png_get_gAMA_fixed(png, info, &gamma) != 0 && gamma > 0) color->gamma = (uint32_t)gamma;
  int32_t *c = color->chromaticities;
  color->has_chromaticities =
      png_get_cHRM_fixed(png, info, c, c + 1, c + 2, c + 3, c + 4, c + 5, c + 6, c + 7) != 0;
}

fedit_png_decoder *fedit_png_open(
    const uint8_t *bytes, size_t size, fedit_png_info *result, fedit_codec_status *status,
    fedit_codec_message *message) {
  say(message, "");
  *status = FEDIT_CODEC_NO_MEMORY;
  fedit_png_decoder *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) return NULL;
  decoder->bytes = bytes;
  decoder->size = size;
  decoder->state.message = message;
  if (setjmp(decoder->state.escape) != 0) {
    *status = decoder->state.status;
    fedit_png_close(decoder);
    return NULL;
  }
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder->state, on_error, on_warning);
  decoder->png = png;
  if (png == NULL || (decoder->info = png_create_info_struct(png)) == NULL) {
    fedit_png_close(decoder);
    return NULL;
  }
  png_infop info = decoder->info;
  png_set_read_fn(png, decoder, read_bytes);
  // Sizes have been checked by the caller against a limit of its own.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, chunk_limit);
  // Texts, times, suggested palettes and whatever else there may be are stepped over unread.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  static const png_byte wanted[] = "cHRM\0gAMA\0iCCP\0pHYs\0sRGB";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted, 5);
  png_read_info(png, info);

  png_uint_32 width, height;
  int depth, type;
  png_get_IHDR(png, info, &width, &height, &depth, &type, NULL, NULL, NULL);
  *result = (fedit_png_info){.width = width, .height = height, .was_gray = (type & PNG_COLOR_MASK_COLOR) == 0};
  decoder->height = height;
  png_uint_32 x, y;
  int unit;
  if (png_get_pHYs(png, info, &x, &y, &unit) != 0 && x > 0 && y > 0) {
    result->resolution = (fedit_png_resolution){.known = true, .in_meters = unit == PNG_RESOLUTION_METER, .x = x, .y = y};
  }
  png_charp name;
  png_bytep profile;
  png_uint_32 profile_size;
  int method;
  if (png_get_iCCP(png, info, &name, &method, &profile, &profile_size) != 0) {
    result->profile = profile;
    result->profile_size = profile_size;
    result->color = (fedit_png_color){.srgb_intent = -1};
  } else {
    result->profile_refused = has_chunk(decoder, "iCCP");
    read_color(png, info, &result->color);
  }

  // Palette to RGB, grey below 8 bits to 8, transparency to alpha.
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  const uint16_t probe = 1;
  if (*(const uint8_t *)&probe == 1) png_set_swap(png);
  decoder->passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  result->channels = png_get_channels(png, info);
  result->bits = png_get_bit_depth(png, info);
  *status = FEDIT_CODEC_OK;
  return decoder;
}

fedit_codec_status fedit_png_decode(
    fedit_png_decoder *decoder, uint8_t *pixels, size_t row_bytes, fedit_codec_message *message) {
  say(message, "");
  decoder->state.message = message;
  if (setjmp(decoder->state.escape) != 0) return decoder->state.status;
  if (png_get_rowbytes(decoder->png, decoder->info) != row_bytes) {
    say(message, "unexpected row size");
    return FEDIT_CODEC_MALFORMED;
  }
  for (int pass = 0; pass < decoder->passes; pass++) {
    for (uint32_t y = 0; y < decoder->height; y++) {
      png_read_row(decoder->png, pixels + y * row_bytes, NULL);
    }
  }
  png_read_end(decoder->png, NULL);
  return FEDIT_CODEC_OK;
}

void fedit_png_close(fedit_png_decoder *decoder) {
  if (decoder == NULL) return;
  if (decoder->png != NULL) png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
  free(decoder);
}

// Encoding

typedef struct {
  context state;
  uint8_t *bytes;
  size_t size, capacity;
} sink;

static void write_bytes(png_structp png, png_bytep source, size_t count) {
  sink *target = png_get_io_ptr(png);
  if (count > target->capacity - target->size) {
    size_t capacity = target->capacity + target->capacity / 2 + count;
    uint8_t *bytes = realloc(target->bytes, capacity);
    if (bytes == NULL) {
      target->state.status = FEDIT_CODEC_NO_MEMORY;
      png_error(png, "out of memory");
    }
    target->bytes = bytes;
    target->capacity = capacity;
  }
  memcpy(target->bytes + target->size, source, count);
  target->size += count;
}

static void flush_nothing(png_structp png) { (void)png; }

// A row as PNG stores it: filtered by the row above, samples of 16 bits the high byte first.
static void filter_row(
    uint8_t *restrict to, const uint8_t *restrict row, const uint8_t *restrict above, size_t count, size_t pixel,
    fedit_png_filter filter) {
  switch (filter) {
    case FEDIT_PNG_FILTER_NONE: memcpy(to, row, count); return;
    case FEDIT_PNG_FILTER_UP:
      for (size_t i = 0; i < count; i++) to[i] = row[i] - above[i];
      return;
    case FEDIT_PNG_FILTER_PAETH:
      for (size_t i = 0; i < pixel; i++) to[i] = row[i] - above[i];
      for (size_t i = pixel; i < count; i++) {
        const int16_t left = row[i - pixel], up = above[i], corner = above[i - pixel];
        const int16_t dl = up - corner, du = left - corner, dc = dl + du;
        const int16_t pl = dl < 0 ? -dl : dl, pu = du < 0 ? -du : du, pc = dc < 0 ? -dc : dc;
        const int16_t other = pu <= pc ? up : corner;
        to[i] = row[i] - (uint8_t)(pl <= pu && pl <= pc ? left : other);
      }
      return;
  }
}

static void big_endian(uint8_t *restrict to, const uint8_t *restrict row, size_t count) {
  const uint16_t *samples = (const uint16_t *)row;
  for (size_t i = 0; i < count / 2; i++) {
    to[2 * i] = (uint8_t)(samples[i] >> 8);
    to[2 * i + 1] = (uint8_t)samples[i];
  }
}

// The picture as one zlib stream, or no memory for it.
static bool deflated(const fedit_png_encoding *encoding, uint8_t **stream, size_t *size) {
  const size_t count = encoding->row_bytes, height = encoding->height;
  const size_t pixel = (size_t)encoding->channels * (size_t)encoding->bits / 8;
  if (count == SIZE_MAX || height > SIZE_MAX / (count + 1)) return false;
  uint8_t *filtered = malloc((count + 1) * height);
  // Two rows in PNG's order and the zeros above the first.
  uint8_t *rows = calloc(3, count);
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(encoding->level);
  uint8_t *bytes = NULL;
  if (filtered != NULL && rows != NULL && compressor != NULL) {
    const uint8_t *above = rows + 2 * count;
    for (size_t y = 0; y < height; y++) {
      const uint8_t *row = encoding->pixels + y * count;
      if (encoding->bits == 16) {
        big_endian(rows + y % 2 * count, row, count);
        row = rows + y % 2 * count;
      }
      uint8_t *to = filtered + y * (count + 1);
      to[0] = (uint8_t)encoding->filter;
      filter_row(to + 1, row, above, count, pixel, encoding->filter);
      above = row;
    }
    const size_t bound = libdeflate_zlib_compress_bound(compressor, (count + 1) * height);
    bytes = malloc(bound);
    if (bytes != NULL) *size = libdeflate_zlib_compress(compressor, filtered, (count + 1) * height, bytes, bound);
  }
  libdeflate_free_compressor(compressor);
  free(rows);
  free(filtered);
  *stream = bytes;
  return bytes != NULL;
}

static void write_texts(png_structp png, png_infop info, const fedit_png_encoding *encoding) {
  for (size_t i = 0; i < encoding->text_count; i++) {
    const fedit_png_text *source = encoding->texts + i;
    png_text text = {
        .compression = source->compressed ? PNG_ITXT_COMPRESSION_zTXt : PNG_ITXT_COMPRESSION_NONE,
        .key = (png_charp)source->keyword,
        .text = (png_charp)source->text,
        .itxt_length = source->text_size,
        .lang = NULL,
        .lang_key = NULL,
    };
    png_set_text(png, info, &text, 1);
  }
}

// libpng writes a profile that it finds odd, or knows to be incorrect as the commonest sRGB profile is, only where its
// complaint is a warning. What the picture came with is kept byte for byte.
static void set_profile(png_structp png, png_infop info, const uint8_t *profile, size_t size) {
  png_set_benign_errors(png, 1);
  png_set_iCCP(png, info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, profile, (png_uint_32)size);
}

fedit_codec_status fedit_png_encode(
    const fedit_png_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message) {
  say(message, "");
  sink target = {.state.message = message};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  uint8_t *volatile stream = NULL;
  if (setjmp(target.state.escape) != 0) {
    png_structp created = png;
    png_infop created_info = info;
    png_destroy_write_struct(&created, &created_info);
    free(target.bytes);
    free(stream);
    return target.state.status;
  }
  png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &target.state, on_error, on_warning);
  if (png == NULL) return FEDIT_CODEC_NO_MEMORY;
  info = png_create_info_struct(png);
  if (info == NULL) {
    target.state.status = FEDIT_CODEC_NO_MEMORY;
    png_error(png, "out of memory");
  }
  png_set_write_fn(png, &target, write_bytes, flush_nothing);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(
      png, info, encoding->width, encoding->height, encoding->bits,
      encoding->channels == 1   ? PNG_COLOR_TYPE_GRAY
      : encoding->channels == 3 ? PNG_COLOR_TYPE_RGB
                                : PNG_COLOR_TYPE_RGB_ALPHA,
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  if (encoding->resolution.known) {
    png_set_pHYs(
        png, info, encoding->resolution.x, encoding->resolution.y,
        encoding->resolution.in_meters ? PNG_RESOLUTION_METER : PNG_RESOLUTION_UNKNOWN);
  }
  const fedit_png_color *color = &encoding->color;
  if (encoding->profile != NULL) {
    set_profile(png, info, encoding->profile, encoding->profile_size);
  } else if (color->srgb_intent >= 0) {
    png_set_sRGB_gAMA_and_cHRM(png, info, color->srgb_intent);
  } else {
    const int32_t *c = color->chromaticities;
    if (color->gamma > 0) png_set_gAMA_fixed(png, info, (png_fixed_point)color->gamma);
    if (color->has_chromaticities) {
      png_set_cHRM_fixed(png, info, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
    }
  }
  if (encoding->exif != NULL) {
    png_set_eXIf_1(png, info, (png_uint_32)encoding->exif_size, (png_bytep)encoding->exif);
  }
  write_texts(png, info, encoding);
  png_write_info(png, info);
  // libpng would compress row by row with zlib, which takes three times as long.
  uint8_t *compressed = NULL;
  size_t count = 0;
  if (!deflated(encoding, &compressed, &count)) {
    target.state.status = FEDIT_CODEC_NO_MEMORY;
    png_error(png, "out of memory");
  }
  stream = compressed;
  // One chunk of image data for small pictures, few for large ones.
  const size_t chunk = 1 << 20;
  for (size_t at = 0; at < count; at += chunk) {
    png_write_chunk(png, (png_const_bytep) "IDAT", compressed + at, count - at < chunk ? count - at : chunk);
  }
  free(compressed);
  stream = NULL;
  png_write_chunk(png, (png_const_bytep) "IEND", NULL, 0);
  png_structp created = png;
  png_infop created_info = info;
  png_destroy_write_struct(&created, &created_info);
  *bytes = target.bytes;
  *size = target.size;
  return FEDIT_CODEC_OK;
}

bool fedit_png_accepts_profile(const uint8_t *profile, size_t size) {
  if (size > chunk_limit) return false;
  context state = {0};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  volatile bool accepted = false;
  if (setjmp(state.escape) == 0) {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, on_error, on_warning);
    if (png != NULL) info = png_create_info_struct(png);
    if (info != NULL) {
      png_set_IHDR(
          png, info, 1, 1, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
          PNG_FILTER_TYPE_BASE);
      set_profile(png, info, profile, size);
      accepted = png_get_valid(png, info, PNG_INFO_iCCP) != 0;
    }
  }
  png_structp created = png;
  png_infop created_info = info;
  png_destroy_write_struct(&created, &created_info);
  return accepted;
}

fedit_codec_status fedit_deflate(
    const uint8_t *bytes, size_t size, int level, uint8_t **stream, size_t *stream_size) {
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
  if (compressor == NULL) return FEDIT_CODEC_NO_MEMORY;
  const size_t bound = libdeflate_zlib_compress_bound(compressor, size);
  *stream = malloc(bound);
  if (*stream != NULL) *stream_size = libdeflate_zlib_compress(compressor, bytes, size, *stream, bound);
  libdeflate_free_compressor(compressor);
  return *stream == NULL ? FEDIT_CODEC_NO_MEMORY : FEDIT_CODEC_OK;
}

unsigned long fedit_zlib_adler32(unsigned long sum, const uint8_t *bytes, size_t size) {
  return adler32_z(sum, bytes, size);
}

void fedit_codec_free(void *memory) { free(memory); }

const char *fedit_png_version(void) { return png_get_libpng_ver(NULL); }
const char *fedit_zlib_version(void) { return zlibVersion(); }
const char *fedit_deflate_version(void) { return LIBDEFLATE_VERSION_STRING; }
