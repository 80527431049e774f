#ifndef STRIKE_H
#define STRIKE_H

#include <sys/types.h>

/// What becomes of a call. An end of the process happens before it is returned.
enum strike { PASS, FAIL, CUT, TEAR };

/// Counts a call on a path, which is relative to `folder` as for openat(2), and decides about it.
/// For `FAIL`, errno is set.
enum strike strike_path(const char *call, int folder, const char *path);

/// The same for a call on a descriptor.
enum strike strike_file(const char *call, int file);

/// How much of `count` bytes is written.
size_t strike_size(enum strike strike, size_t count);

/// The result of a call that writes; does not return if the call was to be torn.
ssize_t strike_written(enum strike strike, ssize_t written);

#endif
