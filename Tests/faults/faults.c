// Lets one system call or allocation of a program fail, to see that nothing is lost. Loaded by LD_PRELOAD.
//
//   FAULT_KIND   open, write, fsync, close, rename, mkdir, read, flock or allocate
//   FAULT_AT     which call of that kind fails, from 1; 0 for none
//   FAULT_MODE   once: that call alone; on: it and all that follow, as on a disk that stays full;
//                short (write only): half of it is written, and all that follow fail
//   FAULT_ERRNO  what they fail with (default ENOSPC)
//   FAULT_BELOW  only calls on files below this folder count; allocations count from 256 KiB on
//   FAULT_MARK   a file that is made when the fault happens
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { ONCE, ON, SHORT };

static struct {
  const char *kind, *below, *mark;
  long at;
  enum mode mode;
  int error;
} plan;

static atomic_long counted;
static const size_t large = 256 << 10;

__attribute__((constructor)) static void read_plan(void) {
  const char *at = getenv("FAULT_AT"), *mode = getenv("FAULT_MODE"), *error = getenv("FAULT_ERRNO");
  plan.below = getenv("FAULT_BELOW");
  plan.mark = getenv("FAULT_MARK");
  plan.at = at ? atol(at) : 0;
  plan.error = error ? atoi(error) : ENOSPC;
  plan.mode = !mode ? ONCE : !strcmp(mode, "on") ? ON : !strcmp(mode, "short") ? SHORT : ONCE;
  // Last: nothing counts before.
  plan.kind = getenv("FAULT_KIND");
}

// Whether this call of a kind is to fail.
static int fails(const char *kind) {
  if (!plan.kind || strcmp(kind, plan.kind)) return 0;
  long number = atomic_fetch_add(&counted, 1) + 1;
  if (!plan.at || number < plan.at || (number > plan.at && plan.mode == ONCE)) return 0;
  if (plan.mark) {
    int mark = syscall(SYS_openat, AT_FDCWD, plan.mark, O_WRONLY | O_CREAT, 0600);
    if (mark >= 0) syscall(SYS_close, mark);
  }
  errno = plan.error;
  return 1;
}

static int is_below(const char *path) {
  size_t length = plan.below ? strlen(plan.below) : 0;
  return length && !strncmp(path, plan.below, length) && (path[length] == '/' || !path[length]);
}

static int counts_descriptor(int descriptor) {
  if (!plan.kind) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int counts_path(int folder, const char *path) {
  if (!plan.kind || !path) return 0;
  if (path[0] == '/') return is_below(path);
  char whole[2 * PATH_MAX];
  if (folder == AT_FDCWD) {
    if (!getcwd(whole, PATH_MAX)) return 0;
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, PATH_MAX - 1);
    if (length < 0) return 0;
    whole[length] = 0;
  }
  size_t length = strlen(whole);
  snprintf(whole + length, sizeof whole - length, "/%s", path);
  return is_below(whole);
}

#define REAL(name)                                                                                                 \
  static __typeof__(name) *real;                                                                                   \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define MODE_OF(flags, mode)                                                                                       \
  mode_t mode = 0;                                                                                                 \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                         \
    va_list arguments;                                                                                             \
    va_start(arguments, flags);                                                                                    \
    mode = va_arg(arguments, mode_t);                                                                              \
    va_end(arguments);                                                                                             \
  }

// Folders on the way to a file are opened with O_PATH, part by part: that is part of opening it.
#define OPEN(name)                                                                                                 \
  int name(const char *path, int flags, ...) {                                                                     \
    MODE_OF(flags, mode)                                                                                           \
    REAL(name);                                                                                                    \
    if (counts_path(AT_FDCWD, path) && fails("open")) return -1;                                                   \
    return real(path, flags, mode);                                                                                \
  }
#define OPENAT(name)                                                                                               \
  int name(int folder, const char *path, int flags, ...) {                                                         \
    MODE_OF(flags, mode)                                                                                           \
    REAL(name);                                                                                                    \
    if (counts_path(folder, path) && fails("open")) return -1;                                                     \
    return real(folder, path, flags, mode);                                                                        \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  if (counts_descriptor(file) && fails("write"))
    return plan.mode == SHORT && atomic_load(&counted) == plan.at && count > 1 ? real(file, bytes, count / 2) : -1;
  return real(file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  return counts_descriptor(file) && fails("write") ? -1 : real(file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(writev);
  return counts_descriptor(file) && fails("write") ? -1 : real(file, parts, count);
}

ssize_t read(int file, void *bytes, size_t count) {
  REAL(read);
  return counts_descriptor(file) && fails("read") ? -1 : real(file, bytes, count);
}

int fsync(int file) {
  REAL(fsync);
  return counts_descriptor(file) && fails("fsync") ? -1 : real(file);
}

int fdatasync(int file) {
  REAL(fdatasync);
  return counts_descriptor(file) && fails("fsync") ? -1 : real(file);
}

int close(int file) {
  REAL(close);
  int is_failing = counts_descriptor(file) && fails("close");
  int result = real(file);
  if (is_failing) errno = plan.error;
  return is_failing ? -1 : result;
}

int flock(int file, int operation) {
  REAL(flock);
  return counts_descriptor(file) && fails("flock") ? -1 : real(file, operation);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  return counts_path(AT_FDCWD, to) && fails("rename") ? -1 : real(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  REAL(renameat);
  return counts_path(to_folder, to) && fails("rename") ? -1 : real(from_folder, from, to_folder, to);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  return counts_path(AT_FDCWD, path) && fails("mkdir") ? -1 : real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
  REAL(mkdirat);
  return counts_path(folder, path) && fails("mkdir") ? -1 : real(folder, path, mode);
}

// Allocations fail with ENOMEM. The real functions are glibc's own, for dlsym itself allocates.
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static int allocation_fails(size_t size) {
  if (size < large || !fails("allocate")) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return allocation_fails(size) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  return count && size > SIZE_MAX / count ? NULL
         : allocation_fails(count * size) ? NULL
                                          : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) { return allocation_fails(size) ? NULL : __libc_realloc(old, size); }

void *aligned_alloc(size_t alignment, size_t size) {
  return allocation_fails(size) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (allocation_fails(size)) return ENOMEM;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
