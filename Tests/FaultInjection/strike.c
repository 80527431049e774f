#define _GNU_SOURCE
#include "strike.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NO_KIND, ERROR, FULL, SHORT, KILL, TORN };

static char folder[PATH_MAX];
static size_t folder_length;
static long struck_call;
static enum kind kind;
static int error_number;
static int log_file = -1;
static atomic_long calls;

static const struct {
    const char *name;
    enum kind kind;
    int error;
} kinds[] = {
    {"ENOSPC", ERROR, ENOSPC}, {"EIO", ERROR, EIO}, {"EDQUOT", ERROR, EDQUOT}, {"EINTR", ERROR, EINTR},
    {"full", FULL, ENOSPC},    {"short", SHORT, 0}, {"kill", KILL, 0},      {"torn", TORN, 0},
};

/// Calls of the system here go around the C library, whose functions this library replaces.
__attribute__((constructor)) static void start(void) {
    const char *place = getenv("FAULT_FOLDER"), *call = getenv("FAULT_CALL");
    const char *name = getenv("FAULT_KIND"), *log = getenv("FAULT_LOG");
    if (!getenv("FAULT_CHILDREN")) unsetenv("LD_PRELOAD");
    if (!place || strlen(place) >= sizeof folder) return;
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            kind = kinds[i].kind;
            error_number = kinds[i].error;
        }
    }
    if (call) struck_call = atol(call);
    if (log) {
        int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
        log_file = (int)syscall(SYS_openat, AT_FDCWD, log, flags, 0666);
    }
    strcpy(folder, place);
    folder_length = strlen(place);
}

static int is_below_folder(const char *path) {
    return folder_length > 0 && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0 || path[folder_length] == ' ');
}

static _Noreturn void end(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/// Whether a call takes room on a disk.
static int takes_room(const char *call) {
    return strstr(call, "write") || strcmp(call, "fallocate") == 0 || strncmp(call, "mkdir", 5) == 0
        || strcmp(call, "copy_file_range") == 0 || strcmp(call, "sendfile") == 0;
}

static enum strike decide(const char *call, const char *path) {
    if (!is_below_folder(path)) return PASS;
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (log_file >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        syscall(SYS_write, log_file, line, (size_t)length);
    }
    if (kind == FULL && struck_call > 0 && number >= struck_call && takes_room(call)) {
        errno = error_number;
        return FAIL;
    }
    if (number != struck_call) return PASS;
    switch (kind) {
    case ERROR: errno = error_number; return FAIL;
    case SHORT: return CUT;
    case TORN: return TEAR;
    case KILL: end();
    case FULL:
    case NO_KIND: return PASS;
    }
}

/// The path of a descriptor; with " (deleted)" at its end if it has none any more.
static int path_of(int file, char *path, size_t size) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
    if (length < 0) return -1;
    path[length] = 0;
    return 0;
}

enum strike strike_file(const char *call, int file) {
    int error = errno;
    char path[PATH_MAX];
    if (folder_length == 0 || path_of(file, path, sizeof path) != 0) path[0] = 0;
    errno = error;
    return decide(call, path);
}

enum strike strike_path(const char *call, int base, const char *path) {
    if (folder_length == 0 || !path) return PASS;
    if (path[0] == '/') return decide(call, path);
    int error = errno;
    char full[PATH_MAX];
    int known = base == AT_FDCWD ? (getcwd(full, sizeof full) ? 0 : -1) : path_of(base, full, sizeof full);
    errno = error;
    size_t length = known == 0 ? strlen(full) : 0;
    if (known != 0 || length + 1 + strlen(path) >= sizeof full) return PASS;
    full[length] = '/';
    strcpy(full + length + 1, path);
    return decide(call, full);
}

size_t strike_size(enum strike strike, size_t count) {
    return strike == CUT || strike == TEAR ? (count + 1) / 2 : count;
}

ssize_t strike_written(enum strike strike, ssize_t written) {
    if (strike == TEAR) end();
    return written;
}
