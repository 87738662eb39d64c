#ifndef FEDIT_STUDIO_PAGE_H
#define FEDIT_STUDIO_PAGE_H
#include <stddef.h>

/// A file of the studio's page inside the binary, so that an installed fedit needs no file beside it.
typedef struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} fedit_studio_file;

/// How many files there are.
size_t fedit_studio_file_count(void);
/// The file at an index below the count.
fedit_studio_file fedit_studio_file_at(size_t index);
#endif
