#include "AllocationCounting.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

// The C library's own names for its functions, which it exports for such replacements.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static _Thread_local int counted;
static atomic_size_t all, large, largest, limit;

static void count(size_t size) {
    if (!counted) return;
    atomic_fetch_add(&all, 1);
    if (size >= atomic_load(&limit)) atomic_fetch_add(&large, 1);
    if (size > atomic_load(&largest)) atomic_store(&largest, size);
}

void *malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *found = memalign(alignment, size);
    if (!found) return ENOMEM;
    *memory = found;
    return 0;
}

void counting_set(int is_counted) { counted = is_counted; }

void counting_reset(size_t threshold) {
    atomic_store(&limit, threshold);
    atomic_store(&all, 0);
    atomic_store(&large, 0);
    atomic_store(&largest, 0);
}

struct allocation_counts counting_read(void) {
    return (struct allocation_counts){atomic_load(&all), atomic_load(&large), atomic_load(&largest)};
}

int counting_works(void) {
    const int before = counted;
    const size_t start = atomic_load(&all);
    counted = 1;
    void *volatile memory = malloc(1);
    counted = before;
    const int works = atomic_load(&all) > start;
    free(memory);
    return works;
}
