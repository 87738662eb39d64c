#include "FeditImageCodecs.h"

#include <setjmp.h>
#include <stdio.h>
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

#define STRING(x) #x
#define EXPANDED(x) STRING(x)

const char *fedit_jpeg_version(void) { return EXPANDED(LIBJPEG_TURBO_VERSION); }
