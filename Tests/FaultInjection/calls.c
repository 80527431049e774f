// The C library's functions that change files, under both of their names where they have two.

#define _GNU_SOURCE
#include "strike.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/// The function that this library stands before.
#define REAL(name) \
    ({ \
        static __typeof__(&name) real; \
        if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        real; \
    })

/// Another name of a function.
#define ALSO(name) __attribute__((alias(#name)))

static enum strike strike_open(int folder, const char *path, int flags) {
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    return writes ? strike_path("openat", folder, path) : PASS;
}

static mode_t mode_of(int flags, va_list arguments) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    if (strike_open(folder, path, flags) == FAIL) return -1;
    return REAL(openat)(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) ALSO(openat);

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    if (strike_open(AT_FDCWD, path, flags) == FAIL) return -1;
    return REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) ALSO(open);

// What programs compiled with _FORTIFY_SOURCE call.
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open(path, flags); }
int __openat_2(int folder, const char *path, int flags) { return openat(folder, path, flags); }
int __openat64_2(int folder, const char *path, int flags) { return openat(folder, path, flags); }

int creat(const char *path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) ALSO(creat);

ssize_t write(int file, const void *bytes, size_t count) {
    enum strike strike = strike_file("write", file);
    if (strike == FAIL) return -1;
    return strike_written(strike, REAL(write)(file, bytes, strike_size(strike, count)));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    enum strike strike = strike_file("pwrite64", file);
    if (strike == FAIL) return -1;
    return strike_written(strike, REAL(pwrite)(file, bytes, strike_size(strike, count), offset));
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) ALSO(pwrite);

// A list of pieces is cut to its first half, or its only piece to its own.
ssize_t writev(int file, const struct iovec *pieces, int count) {
    enum strike strike = strike_file("writev", file);
    if (strike == FAIL) return -1;
    if (strike != PASS && count == 1) {
        size_t size = strike_size(strike, pieces->iov_len);
        return strike_written(strike, REAL(write)(file, pieces->iov_base, size));
    }
    return strike_written(
        strike, REAL(writev)(file, pieces, (int)strike_size(strike, (size_t)count)));
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) {
    enum strike strike = strike_file("pwritev", file);
    if (strike == FAIL) return -1;
    if (strike != PASS && count == 1) {
        size_t size = strike_size(strike, pieces->iov_len);
        return strike_written(strike, REAL(pwrite)(file, pieces->iov_base, size, offset));
    }
    return strike_written(
        strike, REAL(pwritev)(file, pieces, (int)strike_size(strike, (size_t)count), offset));
}
ssize_t pwritev64(int file, const struct iovec *pieces, int count, off64_t offset) ALSO(pwritev);

ssize_t copy_file_range(
    int from, off64_t *start, int to, off64_t *offset, size_t count, unsigned flags) {
    enum strike strike = strike_file("copy_file_range", to);
    if (strike == FAIL) return -1;
    size_t size = strike_size(strike, count);
    return strike_written(strike, REAL(copy_file_range)(from, start, to, offset, size, flags));
}

ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    enum strike strike = strike_file("sendfile", to);
    if (strike == FAIL) return -1;
    return strike_written(strike, REAL(sendfile)(to, from, offset, strike_size(strike, count)));
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) ALSO(sendfile);

int fallocate(int file, int mode, off_t offset, off_t length) {
    return strike_file("fallocate", file) == FAIL ? -1 : REAL(fallocate)(file, mode, offset, length);
}
int fallocate64(int file, int mode, off64_t offset, off64_t length) ALSO(fallocate);

/// Returns its error, and leaves errno alone.
int posix_fallocate(int file, off_t offset, off_t length) {
    int error = errno;
    if (strike_file("fallocate", file) == FAIL) {
        int reason = errno;
        errno = error;
        return reason;
    }
    return REAL(posix_fallocate)(file, offset, length);
}
int posix_fallocate64(int file, off64_t offset, off64_t length) ALSO(posix_fallocate);

int ftruncate(int file, off_t length) {
    return strike_file("ftruncate", file) == FAIL ? -1 : REAL(ftruncate)(file, length);
}
int ftruncate64(int file, off64_t length) ALSO(ftruncate);

int truncate(const char *path, off_t length) {
    return strike_path("truncate", AT_FDCWD, path) == FAIL ? -1 : REAL(truncate)(path, length);
}
int truncate64(const char *path, off64_t length) ALSO(truncate);

int fsync(int file) { return strike_file("fsync", file) == FAIL ? -1 : REAL(fsync)(file); }

int fdatasync(int file) {
    return strike_file("fdatasync", file) == FAIL ? -1 : REAL(fdatasync)(file);
}

int rename(const char *old, const char *new) {
    return strike_path("rename", AT_FDCWD, new) == FAIL ? -1 : REAL(rename)(old, new);
}

int renameat(int from, const char *old, int to, const char *new) {
    return strike_path("renameat", to, new) == FAIL ? -1 : REAL(renameat)(from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    if (strike_path("renameat2", to, new) == FAIL) return -1;
    return REAL(renameat2)(from, old, to, new, flags);
}

int unlink(const char *path) {
    return strike_path("unlink", AT_FDCWD, path) == FAIL ? -1 : REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    return strike_path("unlinkat", folder, path) == FAIL ? -1 : REAL(unlinkat)(folder, path, flags);
}

int remove(const char *path) {
    return strike_path("unlink", AT_FDCWD, path) == FAIL ? -1 : REAL(remove)(path);
}

int rmdir(const char *path) {
    return strike_path("rmdir", AT_FDCWD, path) == FAIL ? -1 : REAL(rmdir)(path);
}

int mkdir(const char *path, mode_t mode) {
    return strike_path("mkdir", AT_FDCWD, path) == FAIL ? -1 : REAL(mkdir)(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    return strike_path("mkdirat", folder, path) == FAIL ? -1 : REAL(mkdirat)(folder, path, mode);
}

int link(const char *old, const char *new) {
    return strike_path("link", AT_FDCWD, new) == FAIL ? -1 : REAL(link)(old, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    return strike_path("linkat", to, new) == FAIL ? -1 : REAL(linkat)(from, old, to, new, flags);
}

int symlink(const char *target, const char *path) {
    return strike_path("symlink", AT_FDCWD, path) == FAIL ? -1 : REAL(symlink)(target, path);
}

/// Counts for files that were open for writing. The descriptor is free afterwards in any case.
int close(int file) {
    int flags = fcntl(file, F_GETFL);
    int writes = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
    enum strike strike = writes ? strike_file("close", file) : PASS;
    int error = errno;
    int result = REAL(close)(file);
    if (strike != FAIL) return result;
    errno = error;
    return -1;
}
