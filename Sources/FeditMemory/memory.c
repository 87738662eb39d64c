#include "FeditMemory.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text, size_t count) {
  while (count > 0) {
    const ssize_t done = write(STDERR_FILENO, text, count);
    if (done <= 0) return;
    text += done;
    count -= (size_t)done;
  }
}

_Noreturn void fedit_out_of_memory(size_t bytes) {
  static const char before[] = "error: there is not enough memory";
  static const char missing[] = " KiB more were needed";
  static const char after[] =
      "\n"
      "hint: use a smaller photo, fewer --threads or --jobs, or a machine or limit (ulimit -v) with more memory\n";
  // Of several threads one speaks.
  static atomic_flag is_said = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_said)) pause();
  // A line of progress may stand there.
  if (isatty(STDERR_FILENO)) say("\r\033[K", 4);
  char digits[24];
  size_t at = sizeof digits;
  size_t rest = bytes / 1024 + (bytes % 1024 != 0);
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  say(before, strlen(before));
  if (bytes > 0) {
    say(": ", 2);
    say(digits + at, sizeof digits - at);
    say(missing, strlen(missing));
  }
  say(after, strlen(after));
  _exit(70);
}

// What the runtime calls where an allocation failed, by the name that the linker gives its references
// (swift::swift_abortAllocationFailure(size_t, size_t)).
_Noreturn void __wrap__ZN5swift28swift_abortAllocationFailureEmm(size_t size, size_t alignment);

_Noreturn void __wrap__ZN5swift28swift_abortAllocationFailureEmm(size_t size, size_t alignment) {
  (void)alignment;
  fedit_out_of_memory(size);
}
