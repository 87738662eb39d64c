#ifndef FEDIT_MEMORY_H
#define FEDIT_MEMORY_H

#include <stddef.h>

/// Says on standard error that memory ended, and ends the process with the exit status 70 (the machine lacks something).
///
/// `bytes` is what could not be had; 0 where nobody knows.
///
/// Swift's runtime comes here where it would trap (see Package.swift). Nothing is allocated on the way. Files are safe:
/// they are written beside their targets and renamed when they are whole.
_Noreturn void fedit_out_of_memory(size_t bytes);

#endif
