#pragma once
#include <linux/sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Swift cannot import functions of any number of arguments.
static inline int avprep_prctl(int option, unsigned long value) {
    return prctl(option, value, 0UL, 0UL, 0UL);
}
static inline int avprep_unshare(int flags) { return (int)syscall(SYS_unshare, flags); }
static const int avprep_CLONE_NEWUSER = CLONE_NEWUSER;
static const int avprep_CLONE_NEWNET = CLONE_NEWNET;

// glibc declares it for GNU sources only.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
