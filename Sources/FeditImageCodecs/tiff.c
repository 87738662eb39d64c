#include "FeditImageCodecs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

// The file in memory, and what libtiff said of it first.
typedef struct {
  const uint8_t *bytes;
  size_t size, position;
  fedit_codec_message *message;
} source;

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  source *source = handle;
  if (count < 0) return 0;
  size_t left = source->size - source->position;
  size_t taken = (size_t)count < left ? (size_t)count : left;
  memcpy(target, source->bytes + source->position, taken);
  source->position += taken;
  return (tmsize_t)taken;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  source *source = handle;
  toff_t base = whence == SEEK_CUR ? source->position : whence == SEEK_END ? source->size : 0;
  toff_t place = base + offset;
  if (place > source->size) place = source->size;
  source->position = (size_t)place;
  return place;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((source *)handle)->size; }

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  fedit_codec_message *message = ((source *)user)->message;
  if (message->text[0] == 0) vsnprintf(message->text, sizeof message->text, format, arguments);
  return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)user;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

static void say(fedit_codec_message *message, const char *text) {
  if (message->text[0] != 0) return;
  strncpy(message->text, text, sizeof message->text - 1);
}

static TIFF *open_tiff(source *source, size_t memory) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (options == NULL) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, source);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)memory);
  // Without memory mapping and without splitting one large strip into many.
  TIFF *tiff = TIFFClientOpenExt(
      "picture", "rmc", source, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

// How stored samples become those of the picture.
typedef struct {
  const fedit_tiff_layout *layout;
  uint8_t *pixels;
  /// The palette as 8 bits, RGB.
  uint8_t palette[3 * 256];
} target;

static bool read_palette(TIFF *tiff, target *target) {
  uint16_t *red, *green, *blue;
  if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) return false;
  // Old writers put levels of 8 bits there.
  bool small = true;
  for (int i = 0; i < 256; i++) small = small && red[i] < 256 && green[i] < 256 && blue[i] < 256;
  for (int i = 0; i < 256; i++) {
    const uint16_t levels[3] = {red[i], green[i], blue[i]};
    for (int c = 0; c < 3; c++) {
      target->palette[3 * i + c] = (uint8_t)(small ? levels[c] : (levels[c] + 128u) / 257u);
    }
  }
  return true;
}

static void put8(const target *target, const uint8_t *from, size_t at, size_t count, int plane) {
  const fedit_tiff_layout *layout = target->layout;
  const size_t channels = (size_t)layout->channels, stored = plane >= 0 ? 1 : (size_t)layout->samples;
  uint8_t *to = target->pixels + at * channels;
  const uint8_t flip = layout->kind == FEDIT_TIFF_GREY_INVERTED ? 0xFF : 0;
  const int colors = layout->kind == FEDIT_TIFF_RGB ? 3 : 1;
  if (plane > 0 && plane >= colors && !(layout->channels == 4 && plane == colors)) return;
  for (size_t i = 0; i < count; i++, from += stored, to += channels) {
    if (plane < 0) {
      switch (layout->kind) {
        case FEDIT_TIFF_RGB: memcpy(to, from, 3); break;
        case FEDIT_TIFF_PALETTE: memcpy(to, target->palette + 3 * from[0], 3); break;
        default: to[0] = to[1] = to[2] = from[0] ^ flip;
      }
      if (channels == 4) to[3] = from[colors];
    } else if (plane >= colors) {
      to[3] = from[0];
    } else if (layout->kind == FEDIT_TIFF_RGB) {
      to[plane] = from[0];
    } else if (layout->kind == FEDIT_TIFF_PALETTE) {
      memcpy(to, target->palette + 3 * from[0], 3);
    } else {
      to[0] = to[1] = to[2] = from[0] ^ flip;
    }
  }
}

static void put16(const target *target, const uint16_t *from, size_t at, size_t count, int plane) {
  const fedit_tiff_layout *layout = target->layout;
  const size_t channels = (size_t)layout->channels, stored = plane >= 0 ? 1 : (size_t)layout->samples;
  uint16_t *to = (uint16_t *)target->pixels + at * channels;
  const uint16_t flip = layout->kind == FEDIT_TIFF_GREY_INVERTED ? 0xFFFF : 0;
  const int colors = layout->kind == FEDIT_TIFF_RGB ? 3 : 1;
  if (plane > 0 && plane >= colors && !(layout->channels == 4 && plane == colors)) return;
  for (size_t i = 0; i < count; i++, from += stored, to += channels) {
    if (plane < 0) {
      if (colors == 3) {
        memcpy(to, from, 3 * sizeof *to);
      } else {
        to[0] = to[1] = to[2] = from[0] ^ flip;
      }
      if (channels == 4) to[3] = from[colors];
    } else if (plane >= colors) {
      to[3] = from[0];
    } else if (colors == 3) {
      to[plane] = from[0];
    } else {
      to[0] = to[1] = to[2] = from[0] ^ flip;
    }
  }
}

static void put(const target *target, const uint8_t *from, uint32_t x, uint32_t y, size_t count, int plane) {
  const size_t at = (size_t)y * target->layout->width + x;
  if (target->layout->bits == 16) {
    put16(target, (const uint16_t *)(const void *)from, at, count, plane);
  } else {
    put8(target, from, at, count, plane);
  }
}

// Colours that were multiplied by alpha, divided by it, rounded.
static void divide_by_alpha(const target *target) {
  const fedit_tiff_layout *layout = target->layout;
  const size_t count = (size_t)layout->width * layout->height;
  for (size_t i = 0; i < count; i++) {
    for (int c = 0; c < 3; c++) {
      if (layout->bits == 8) {
        uint8_t *pixel = target->pixels + 4 * i;
        const unsigned alpha = pixel[3], level = pixel[c];
        pixel[c] = alpha == 0 ? 0 : (uint8_t)(level >= alpha ? 255 : (level * 255 + alpha / 2) / alpha);
      } else {
        uint16_t *pixel = (uint16_t *)target->pixels + 4 * i;
        const uint64_t alpha = pixel[3], level = pixel[c];
        pixel[c] = alpha == 0 ? 0 : (uint16_t)(level >= alpha ? 65535 : (level * 65535 + alpha / 2) / alpha);
      }
    }
  }
}

static bool is_as_expected(TIFF *tiff, const fedit_tiff_layout *layout) {
  uint32_t width = 0, height = 0;
  uint16_t bits = 0, samples = 0, compression = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  return width == layout->width && height == layout->height && bits == layout->bits &&
         samples == layout->samples && compression == layout->compression;
}

// Strips or tiles, one after the other; each says with `plane` which samples it has, -1 for all.
static bool read_pieces(TIFF *tiff, const target *target, size_t memory) {
  const fedit_tiff_layout *layout = target->layout;
  uint16_t planar = PLANARCONFIG_CONTIG;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  const bool separate = planar == PLANARCONFIG_SEPARATE && layout->samples > 1;
  const int planes = separate ? layout->samples : 1;
  const size_t pixel = (size_t)layout->bits / 8 * (separate ? 1 : (size_t)layout->samples);
  const bool tiled = TIFFIsTiled(tiff);
  uint32_t across = layout->width, down = layout->height;
  if (tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &across);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &down);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &down);
    if (down > layout->height) down = layout->height;
  }
  if (across == 0 || down == 0 || (size_t)across > memory / pixel / down) return false;
  const size_t bytes = (size_t)across * down * pixel;
  const tmsize_t own = tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  if (own <= 0 || (size_t)own != bytes) return false;
  uint8_t *piece = malloc(bytes);
  if (piece == NULL) return false;
  bool good = true;
  for (int plane = 0; plane < planes && good; plane++) {
    for (uint32_t y = 0; y < layout->height && good; y += down) {
      const uint32_t rows = layout->height - y < down ? layout->height - y : down;
      for (uint32_t x = 0; x < layout->width && good; x += across) {
        const uint32_t columns = layout->width - x < across ? layout->width - x : across;
        const size_t wanted = tiled ? bytes : (size_t)rows * across * pixel;
        tmsize_t got =
            tiled ? TIFFReadEncodedTile(
                        tiff, TIFFComputeTile(tiff, x, y, 0, (uint16_t)plane), piece, (tmsize_t)wanted)
                  : TIFFReadEncodedStrip(
                        tiff, TIFFComputeStrip(tiff, y, (uint16_t)plane), piece, (tmsize_t)wanted);
        good = got >= 0 && (size_t)got == wanted;
        for (uint32_t row = 0; row < rows && good; row++) {
          put(target, piece + (size_t)row * across * pixel, x, y + row, columns, separate ? plane : -1);
        }
        if (layout->width - x <= across) break;
      }
      if (layout->height - y <= down) break;
    }
  }
  free(piece);
  return good;
}

fedit_codec_status fedit_tiff_decode(
    const uint8_t *bytes, size_t size, const fedit_tiff_layout *layout, size_t memory, uint8_t *pixels,
    fedit_codec_message *message) {
  message->text[0] = 0;
  source source = {.bytes = bytes, .size = size, .message = message};
  TIFF *tiff = open_tiff(&source, memory);
  if (tiff == NULL) {
    say(message, "it cannot be opened");
    return FEDIT_CODEC_MALFORMED;
  }
  fedit_codec_status status = FEDIT_CODEC_MALFORMED;
  target target = {.layout = layout, .pixels = pixels};
  if (!is_as_expected(tiff, layout)) {
    say(message, "contradicting headers");
  } else if (layout->kind == FEDIT_TIFF_PALETTE && !read_palette(tiff, &target)) {
    say(message, "it has no palette");
  } else if (!read_pieces(tiff, &target, memory)) {
    say(message, "a strip or tile is damaged or missing");
  } else {
    if (layout->channels == 4 && layout->is_premultiplied) divide_by_alpha(&target);
    status = FEDIT_CODEC_OK;
  }
  TIFFClose(tiff);
  return status;
}

const char *fedit_tiff_version(void) {
  static char version[32];
  if (version[0] == 0) {
    // "LIBTIFF, Version 4.5.0" and lines of copyright.
    const char *text = TIFFGetVersion();
    const char *number = strstr(text, "Version ");
    snprintf(version, sizeof version, "%.*s", (int)strcspn(number ? number + 8 : text, "\n"), number ? number + 8 : text);
  }
  return version;
}
