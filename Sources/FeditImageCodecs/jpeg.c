#include "FeditImageCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

typedef struct {
  struct jpeg_error_mgr manager;  // first, so that libjpeg's pointer leads here
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  fedit_codec_status status;
  fedit_codec_message *message;
  int scan_limit;
} context;

static void say(j_common_ptr jpeg, context *state) {
  char text[JMSG_LENGTH_MAX];
  state->manager.format_message(jpeg, text);
  strncpy(state->message->text, text, sizeof state->message->text - 1);
  state->message->text[sizeof state->message->text - 1] = 0;
}

static void leave(j_common_ptr jpeg, fedit_codec_status status) {
  context *state = (context *)jpeg->err;
  state->status = status;
  say(jpeg, state);
  longjmp(state->escape, 1);
}

static void on_error(j_common_ptr jpeg) {
  switch (jpeg->err->msg_code) {
    case JERR_OUT_OF_MEMORY: leave(jpeg, FEDIT_CODEC_NO_MEMORY); break;
    case JERR_INPUT_EOF: leave(jpeg, FEDIT_CODEC_TRUNCATED); break;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED: leave(jpeg, FEDIT_CODEC_UNSUPPORTED); break;
    default: leave(jpeg, FEDIT_CODEC_MALFORMED);
  }
}

// Negative levels are warnings. Those that mean missing or wrong samples end the decoding.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  context *state = (context *)jpeg->err;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER: leave(jpeg, FEDIT_CODEC_TRUNCATED); break;
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL: leave(jpeg, FEDIT_CODEC_MALFORMED); break;
    default:
      if (state->message->text[0] == 0) say(jpeg, state);
  }
}

static void on_progress(j_common_ptr jpeg) {
  context *state = (context *)jpeg->err;
  if (!jpeg->is_decompressor) return;
  if (((j_decompress_ptr)jpeg)->input_scan_number > state->scan_limit) {
    strcpy(state->message->text, "too many scans");
    state->status = FEDIT_CODEC_MALFORMED;
    longjmp(state->escape, 1);
  }
}

fedit_codec_status fedit_jpeg_decode(
    const uint8_t *bytes, size_t size, uint32_t width, uint32_t height, int scan_limit, uint8_t *pixels,
    fedit_codec_message *message) {
  message->text[0] = 0;
  struct jpeg_decompress_struct jpeg = {0};
  context state = {.message = message, .scan_limit = scan_limit};
  jpeg.err = jpeg_std_error(&state.manager);
  state.manager.error_exit = on_error;
  state.manager.emit_message = on_message;
  if (setjmp(state.escape) != 0) {
    jpeg_destroy_decompress(&jpeg);
    return state.status;
  }
  jpeg_create_decompress(&jpeg);
  state.progress.progress_monitor = on_progress;
  jpeg.progress = &state.progress;
  jpeg_mem_src(&jpeg, bytes, size);
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.image_width != width || jpeg.image_height != height ||
      (jpeg.num_components != 1 && jpeg.num_components != 3)) {
    strcpy(message->text, "contradicting headers");
    jpeg_destroy_decompress(&jpeg);
    return FEDIT_CODEC_MALFORMED;
  }
  jpeg.out_color_space = JCS_RGB;
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.do_fancy_upsampling = TRUE;
  jpeg.do_block_smoothing = FALSE;
  jpeg_start_decompress(&jpeg);
  size_t row_bytes = (size_t)width * 3;
  while (jpeg.output_scanline < height) {
    JSAMPROW rows[16];
    JDIMENSION count = height - jpeg.output_scanline;
    if (count > 16) count = 16;
    for (JDIMENSION i = 0; i < count; i++) rows[i] = pixels + (jpeg.output_scanline + i) * row_bytes;
    jpeg_read_scanlines(&jpeg, rows, count);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return FEDIT_CODEC_OK;
}

// Encoding

// What the escape has to free.
typedef struct {
  struct jpeg_compress_struct jpeg;
  context state;
  unsigned char *bytes;
  unsigned long size;
  uint8_t *row;
} encoder;

static void free_encoder(encoder *encoder) {
  jpeg_destroy_compress(&encoder->jpeg);
  free(encoder->row);
  free(encoder);
}

static void set_density(struct jpeg_compress_struct *jpeg, const fedit_jpeg_encoding *encoding) {
  if (encoding->density_x == 0 || encoding->density_y == 0) return;
  jpeg->density_unit = encoding->density_in_inches ? 1 : 0;
  jpeg->X_density = encoding->density_x;
  jpeg->Y_density = encoding->density_y;
}

// A row of 8 bits, where it is not one already.
static const uint8_t *row_of_bytes(const fedit_jpeg_encoding *encoding, const uint8_t *source, uint8_t *row) {
  if (encoding->bits == 8) return source;
  const uint16_t *samples = (const uint16_t *)source;
  const size_t count = (size_t)encoding->width * (size_t)encoding->channels;
  for (size_t i = 0; i < count; i++) row[i] = (uint8_t)((samples[i] + 128u) / 257u);
  return row;
}

fedit_codec_status fedit_jpeg_encode(
    const fedit_jpeg_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message) {
  message->text[0] = 0;
  encoder *encoder = calloc(1, sizeof *encoder);
  if (encoder == NULL) return FEDIT_CODEC_NO_MEMORY;
  struct jpeg_compress_struct *jpeg = &encoder->jpeg;
  encoder->state.message = message;
  jpeg->err = jpeg_std_error(&encoder->state.manager);
  encoder->state.manager.error_exit = on_error;
  encoder->state.manager.emit_message = on_message;
  if (setjmp(encoder->state.escape) != 0) {
    fedit_codec_status status = encoder->state.status;
    free(encoder->bytes);
    free_encoder(encoder);
    return status;
  }
  jpeg_create_compress(jpeg);
  encoder->row = malloc((size_t)encoding->width * (size_t)encoding->channels);
  if (encoder->row == NULL) {
    free_encoder(encoder);
    return FEDIT_CODEC_NO_MEMORY;
  }
  jpeg_mem_dest(jpeg, &encoder->bytes, &encoder->size);
  jpeg->image_width = encoding->width;
  jpeg->image_height = encoding->height;
  jpeg->input_components = encoding->channels;
  jpeg->in_color_space = encoding->channels == 4 ? JCS_EXT_RGBX : JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, encoding->quality, TRUE);
  // One chroma sample a pixel: a small edit keeps its colour, and the rest of the photo its edges.
  jpeg->comp_info[0].h_samp_factor = 1;
  jpeg->comp_info[0].v_samp_factor = 1;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg->optimize_coding = TRUE;
  set_density(jpeg, encoding);
  jpeg_start_compress(jpeg, TRUE);
  for (size_t i = 0; i < encoding->segment_count; i++) {
    const fedit_jpeg_segment *segment = encoding->segments + i;
    jpeg_write_marker(jpeg, segment->marker, segment->bytes, (unsigned)segment->size);
  }
  while (jpeg->next_scanline < encoding->height) {
    const uint8_t *source = encoding->pixels + jpeg->next_scanline * encoding->row_bytes;
    JSAMPROW row = (JSAMPROW)row_of_bytes(encoding, source, encoder->row);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
  *bytes = encoder->bytes;
  *size = encoder->size;
  free_encoder(encoder);
  return FEDIT_CODEC_OK;
}

#define STRING(x) #x
#define EXPANDED(x) STRING(x)

const char *fedit_jpeg_version(void) { return EXPANDED(LIBJPEG_TURBO_VERSION); }
