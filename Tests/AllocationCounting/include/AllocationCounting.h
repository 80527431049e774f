#pragma once
#include <stddef.h>

/// Counts what threads take from the heap: this library's malloc and its relatives stand before the C
/// library's. A thread is counted between calls of its own, so that tests beside it do not matter.

struct allocation_counts {
    size_t all;     // allocations
    size_t large;   // those of at least the threshold
    size_t largest; // bytes of the largest
};

/// Whether the program's allocations pass through here at all.
int counting_works(void);

/// From now on the calling thread is counted, or is not.
void counting_set(int is_counted);

/// Sets all counts to zero, and the bytes from which an allocation is large.
void counting_reset(size_t threshold);

struct allocation_counts counting_read(void);
