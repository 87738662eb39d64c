#include "FeditImageCodecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/encode.h>

static void say(fedit_codec_message *message, const char *text) {
  strncpy(message->text, text, sizeof message->text - 1);
  message->text[sizeof message->text - 1] = 0;
}

static fedit_codec_status status_of(VP8StatusCode code, fedit_codec_message *message) {
  switch (code) {
    case VP8_STATUS_OK: return FEDIT_CODEC_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return FEDIT_CODEC_NO_MEMORY;
    case VP8_STATUS_UNSUPPORTED_FEATURE: return FEDIT_CODEC_UNSUPPORTED;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return FEDIT_CODEC_TRUNCATED;
    default: say(message, "invalid bitstream"); return FEDIT_CODEC_MALFORMED;
  }
}

fedit_codec_status fedit_webp_read_info(
    const uint8_t *bytes, size_t size, fedit_webp_info *info, fedit_codec_message *message) {
  say(message, "");
  WebPBitstreamFeatures features;
  VP8StatusCode code = WebPGetFeatures(bytes, size, &features);
  if (code != VP8_STATUS_OK) return status_of(code, message);
  *info = (fedit_webp_info){
      .width = (uint32_t)features.width,
      .height = (uint32_t)features.height,
      .has_alpha = features.has_alpha != 0,
      .is_animated = features.has_animation != 0,
  };
  return FEDIT_CODEC_OK;
}

fedit_codec_status fedit_webp_decode(
    const uint8_t *bytes, size_t size, uint32_t width, uint32_t height, int channels, uint8_t *pixels,
    fedit_codec_message *message) {
  say(message, "");
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return FEDIT_CODEC_UNSUPPORTED;
  VP8StatusCode code = WebPGetFeatures(bytes, size, &config.input);
  if (code != VP8_STATUS_OK) return status_of(code, message);
  if ((uint32_t)config.input.width != width || (uint32_t)config.input.height != height) {
    say(message, "contradicting headers");
    return FEDIT_CODEC_MALFORMED;
  }
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)width * channels;
  config.output.u.RGBA.size = (size_t)width * height * (size_t)channels;
  code = WebPDecode(bytes, size, &config);
  WebPFreeDecBuffer(&config.output);
  return status_of(code, message);
}

fedit_codec_status fedit_webp_encode(
    const fedit_webp_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message) {
  say(message, "");
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) return FEDIT_CODEC_UNSUPPORTED;
  if (encoding->quality > 0) {
    config.quality = (float)encoding->quality;
    // Chroma is halved by the format; at least without the usual bleeding.
    config.use_sharp_yuv = 1;
  } else if (!WebPConfigLosslessPreset(&config, encoding->effort)) {
    return FEDIT_CODEC_UNSUPPORTED;
  }
  // Colours under transparent pixels are the photo's as well.
  config.exact = 1;
  picture.use_argb = 1;
  picture.width = (int)encoding->width;
  picture.height = (int)encoding->height;
  const int stride = (int)encoding->width * encoding->channels;
  const int taken = encoding->channels == 4 ? WebPPictureImportRGBA(&picture, encoding->pixels, stride)
                                            : WebPPictureImportRGB(&picture, encoding->pixels, stride);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const int done = taken && WebPEncode(&config, &picture);
  const WebPEncodingError error = picture.error_code;
  WebPPictureFree(&picture);
  if (!done) {
    WebPMemoryWriterClear(&writer);
    if (!taken || error == VP8_ENC_ERROR_OUT_OF_MEMORY || error == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY) {
      return FEDIT_CODEC_NO_MEMORY;
    }
    snprintf(message->text, sizeof message->text, "encoding error %d", (int)error);
    return FEDIT_CODEC_MALFORMED;
  }
  // WebPMemoryWriter's memory is malloc's, unless libwebp was built with an allocator of its own.
  uint8_t *copy = malloc(writer.size);
  if (copy != NULL) {
    memcpy(copy, writer.mem, writer.size);
    *bytes = copy;
    *size = writer.size;
  }
  WebPMemoryWriterClear(&writer);
  return copy == NULL ? FEDIT_CODEC_NO_MEMORY : FEDIT_CODEC_OK;
}

const char *fedit_webp_version(void) {
  static char version[16];
  const int number = WebPGetEncoderVersion();
  snprintf(version, sizeof version, "%d.%d.%d", number >> 16, number >> 8 & 255, number & 255);
  return version;
}
