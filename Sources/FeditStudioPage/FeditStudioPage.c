#include "FeditStudioPage.h"

#define FILE_BYTES(identifier) static const unsigned char identifier[]

FILE_BYTES(index_html) = {
#embed "page/index.html"
};
FILE_BYTES(icon_svg) = {
#embed "page/icon.svg"
};
FILE_BYTES(studio_css) = {
#embed "page/studio.css"
};
FILE_BYTES(studio_js) = {
#embed "page/studio.js"
};
FILE_BYTES(connection_js) = {
#embed "page/connection.js"
};
FILE_BYTES(files_js) = {
#embed "page/files.js"
};
FILE_BYTES(keys_js) = {
#embed "page/keys.js"
};
FILE_BYTES(history_js) = {
#embed "page/history.js"
};
FILE_BYTES(lexer_js) = {
#embed "page/lexer.js"
};
FILE_BYTES(editor_js) = {
#embed "page/editor.js"
};
FILE_BYTES(language_js) = {
#embed "page/language.js"
};
FILE_BYTES(picture_js) = {
#embed "page/picture.js"
};
FILE_BYTES(overlay_js) = {
#embed "page/overlay.js"
};
FILE_BYTES(tools_js) = {
#embed "page/tools.js"
};
FILE_BYTES(panels_js) = {
#embed "page/panels.js"
};
FILE_BYTES(strip_js) = {
#embed "page/strip.js"
};
FILE_BYTES(notices_js) = {
#embed "page/notices.js"
};

static const fedit_studio_file files[] = {
  {"index.html", index_html, sizeof index_html},
  {"icon.svg", icon_svg, sizeof icon_svg},
  {"studio.css", studio_css, sizeof studio_css},
  {"studio.js", studio_js, sizeof studio_js},
  {"connection.js", connection_js, sizeof connection_js},
  {"files.js", files_js, sizeof files_js},
  {"keys.js", keys_js, sizeof keys_js},
  {"history.js", history_js, sizeof history_js},
  {"lexer.js", lexer_js, sizeof lexer_js},
  {"editor.js", editor_js, sizeof editor_js},
  {"language.js", language_js, sizeof language_js},
  {"picture.js", picture_js, sizeof picture_js},
  {"overlay.js", overlay_js, sizeof overlay_js},
  {"tools.js", tools_js, sizeof tools_js},
  {"panels.js", panels_js, sizeof panels_js},
  {"strip.js", strip_js, sizeof strip_js},
  {"notices.js", notices_js, sizeof notices_js},
};

size_t fedit_studio_file_count(void) { return sizeof files / sizeof files[0]; }
fedit_studio_file fedit_studio_file_at(size_t index) { return files[index]; }
