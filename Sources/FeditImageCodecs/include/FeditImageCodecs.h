// The picture libraries behind calls that return a status: libpng and libjpeg-turbo leave their errors by longjmp,
// which must not cross Swift's frames, libtiff and libheif tell them to callbacks. Everything else about pictures is Swift's.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How a call ended.
typedef enum {
  FEDIT_CODEC_OK = 0,
  /// The bytes end before the picture does.
  FEDIT_CODEC_TRUNCATED,
  /// The bytes break the format's rules; the message says which.
  FEDIT_CODEC_MALFORMED,
  /// Right by the format's rules, but of a kind that the library does not decode.
  FEDIT_CODEC_UNSUPPORTED,
  FEDIT_CODEC_NO_MEMORY,
} fedit_codec_status;

/// The library's own words, always closed by a NUL.
typedef struct {
  char text[160];
} fedit_codec_message;

/// Colour of a PNG file as its chunks say; -1 and 0 where there is no such chunk.
typedef struct {
  int srgb_intent;       // sRGB, 0...3
  uint32_t gamma;        // gAMA, times 100,000
  bool has_chromaticities;
  int32_t chromaticities[8];  // cHRM, times 100,000: white, red, green, blue; x before y
} fedit_png_color;

/// Pixels a metre, or a ratio only; `known` where there is a pHYs chunk.
typedef struct {
  bool known, in_meters;
  uint32_t x, y;
} fedit_png_resolution;

typedef struct {
  uint32_t width, height;
  /// 3 or 4 and 8 or 16, after palette, grey and transparency have been expanded.
  int channels, bits;
  bool was_gray;
  fedit_png_resolution resolution;
  fedit_png_color color;
  /// The ICC profile; belongs to the decoder.
  const uint8_t *profile;
  size_t profile_size;
  /// The file has an iCCP chunk that was refused.
  bool profile_refused;
} fedit_png_info;

typedef struct fedit_png_decoder fedit_png_decoder;

/// Reads everything before the image data. `bytes` must live as long as the decoder.
/// - Returns: NULL where it failed.
fedit_png_decoder *fedit_png_open(
    const uint8_t *bytes, size_t size, fedit_png_info *info, fedit_codec_status *status,
    fedit_codec_message *message);

/// Decodes the whole picture, rows of `row_bytes` bytes from the top; 16-bit samples in the machine's order.
fedit_codec_status fedit_png_decode(
    fedit_png_decoder *decoder, uint8_t *pixels, size_t row_bytes, fedit_codec_message *message);

void fedit_png_close(fedit_png_decoder *decoder);

typedef struct {
  const char *keyword;
  const char *text;
  size_t text_size;
  bool compressed;
} fedit_png_text;

/// The filter of all rows; the values are PNG's own.
typedef enum {
  FEDIT_PNG_FILTER_NONE = 0,
  FEDIT_PNG_FILTER_UP = 2,
  FEDIT_PNG_FILTER_PAETH = 4,
} fedit_png_filter;

typedef struct {
  uint32_t width, height;
  /// 1 (grey), 3 or 4 channels of 8 or 16 bits, the latter in the machine's order.
  int channels, bits;
  const uint8_t *pixels;
  size_t row_bytes;
  fedit_png_resolution resolution;
  fedit_png_color color;
  const uint8_t *profile;
  size_t profile_size;
  /// A TIFF block for the eXIf chunk; NULL for none.
  const uint8_t *exif;
  size_t exif_size;
  const fedit_png_text *texts;
  size_t text_count;
  /// libdeflate's: 0...12.
  int level;
  fedit_png_filter filter;
} fedit_png_encoding;

/// Encodes a picture; `*bytes` is to be given back with `fedit_codec_free`.
fedit_codec_status fedit_png_encode(
    const fedit_png_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message);

/// Whether libpng takes a profile for an RGB picture, so that what is kept can be written.
bool fedit_png_accepts_profile(const uint8_t *profile, size_t size);

/// Decodes a whole JPEG file of one or three components as 8-bit RGB, rows of 3 * width bytes from the top.
///
/// Fixed, so that the same file gives the same samples everywhere: the accurate integer inverse DCT
/// (`JDCT_ISLOW`), triangle-filtered chroma (fancy upsampling), no block smoothing.
///
/// - Parameters:
///   - width, height: what the caller found in the header; another size is an error.
///   - scan_limit: how many scans a progressive file may have.
/// - Returns: an error also where libjpeg only warns of damaged or missing image data.
///   With `FEDIT_CODEC_OK` the message holds the first harmless warning, or nothing.
fedit_codec_status fedit_jpeg_decode(
    const uint8_t *bytes, size_t size, uint32_t width, uint32_t height, int scan_limit, uint8_t *pixels,
    fedit_codec_message *message);

/// A segment of a JPEG file: its marker, such as 0xE1, and at most 65,533 bytes.
typedef struct {
  int marker;
  const uint8_t *bytes;
  size_t size;
} fedit_jpeg_segment;

typedef struct {
  uint32_t width, height;
  /// 3, or 4 of which the last is ignored; of 8 bits, or 16 in the machine's order.
  int channels, bits;
  const uint8_t *pixels;
  size_t row_bytes;
  /// libjpeg's: 1...100.
  int quality;
  /// JFIF's: dots an inch, or a ratio only; 0 for none.
  uint16_t density_x, density_y;
  bool density_in_inches;
  /// Written behind the JFIF header, in their order.
  const fedit_jpeg_segment *segments;
  size_t segment_count;
} fedit_jpeg_encoding;

/// Encodes a picture as baseline JPEG without chroma subsampling; `*bytes` is to be given back with
/// `fedit_codec_free`.
///
/// Fixed, so that the same samples give the same file everywhere: the accurate integer DCT (`JDCT_ISLOW`),
/// Huffman tables made for the picture. 16 bits are rounded to 8: `round(v / 257)`.
fedit_codec_status fedit_jpeg_encode(
    const fedit_jpeg_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message);

/// What the colour samples of a TIFF file are.
typedef enum {
  FEDIT_TIFF_GREY = 0,
  FEDIT_TIFF_GREY_INVERTED,
  FEDIT_TIFF_RGB,
  FEDIT_TIFF_PALETTE,
} fedit_tiff_kind;

/// How a TIFF file's first picture is stored, as the caller found it, and how it is wanted.
typedef struct {
  uint32_t width, height;
  /// Bits a sample, 8 or 16, stored and wanted alike; a palette has 8.
  int bits;
  /// Samples a pixel as stored: colours, then alpha where `channels` is 4, then what is left out.
  int samples;
  int compression;
  fedit_tiff_kind kind;
  /// 3, or 4 with alpha.
  int channels;
  /// The stored colours are multiplied by alpha.
  bool is_premultiplied;
} fedit_tiff_layout;

/// Decodes the first picture of a TIFF file as RGB or RGBA, rows from the top, 16 bits in the machine's order.
///
/// - Parameters:
///   - layout: anything else in the file is an error.
///   - memory: the largest piece that is taken, in bytes: a strip or a tile.
fedit_codec_status fedit_tiff_decode(
    const uint8_t *bytes, size_t size, const fedit_tiff_layout *layout, size_t memory, uint8_t *pixels,
    fedit_codec_message *message);

typedef struct {
  uint32_t width, height;
  bool has_alpha, is_animated;
} fedit_webp_info;

/// Reads a WebP file's header.
fedit_codec_status fedit_webp_read_info(
    const uint8_t *bytes, size_t size, fedit_webp_info *info, fedit_codec_message *message);

/// Decodes a WebP file as 8-bit RGB or RGBA, rows from the top.
fedit_codec_status fedit_webp_decode(
    const uint8_t *bytes, size_t size, uint32_t width, uint32_t height, int channels, uint8_t *pixels,
    fedit_codec_message *message);

typedef struct {
  uint32_t width, height;
  /// 3 or 4, of 8 bits.
  int channels;
  const uint8_t *pixels;
  /// 1...100; 0 is lossless.
  int quality;
  /// Of lossless compression: 0...9.
  int effort;
} fedit_webp_encoding;

/// Encodes a picture as a WebP file without metadata; `*bytes` is to be given back with `fedit_codec_free`.
fedit_codec_status fedit_webp_encode(
    const fedit_webp_encoding *encoding, uint8_t **bytes, size_t *size, fedit_codec_message *message);

/// Bytes as a zlib stream, by libdeflate; `*stream` is to be given back with `fedit_codec_free`.
fedit_codec_status fedit_deflate(
    const uint8_t *bytes, size_t size, int level, uint8_t **stream, size_t *stream_size);

typedef struct {
  /// Turned and mirrored as the file says.
  uint32_t width, height;
  bool has_alpha;
  /// Bits a sample as stored.
  int bits;
  const uint8_t *profile;
  size_t profile_size;
  /// A TIFF block.
  const uint8_t *exif;
  size_t exif_size;
} fedit_heic_info;

typedef struct fedit_heic_decoder fedit_heic_decoder;

/// Whether libheif could be loaded; it is looked for when this is asked first.
bool fedit_heic_is_available(void);

/// Reads a HEIC file up to its picture. `bytes` must live as long as the decoder.
///
/// - Parameter side: the longest side that libheif may decode, in pixels.
/// - Returns: NULL where it failed.
fedit_heic_decoder *fedit_heic_open(
    const uint8_t *bytes, size_t size, uint32_t side, fedit_heic_info *info, fedit_codec_status *status,
    fedit_codec_message *message);

/// Decodes the picture as RGB or RGBA: 8 bits where the file has 8, else 16 in the machine's order.
fedit_codec_status fedit_heic_decode(
    fedit_heic_decoder *decoder, uint8_t *pixels, fedit_codec_message *message);

void fedit_heic_close(fedit_heic_decoder *decoder);

/// zlib's Adler-32, from 1.
unsigned long fedit_zlib_adler32(unsigned long sum, const uint8_t *bytes, size_t size);

void fedit_codec_free(void *memory);

/// Versions as the libraries name themselves, such as "1.6.39".
const char *fedit_png_version(void);
const char *fedit_jpeg_version(void);
const char *fedit_tiff_version(void);
const char *fedit_webp_version(void);
/// "not installed" where libheif is missing.
const char *fedit_heic_version(void);
const char *fedit_zlib_version(void);
const char *fedit_deflate_version(void);
