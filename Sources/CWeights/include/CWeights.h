#ifndef CWEIGHTS_H
#define CWEIGHTS_H

#include <stddef.h>

/// The bytes of a file that is a part of the program.
typedef struct {
    const void *start;
    size_t count;
} avprep_bytes;

/// The weights of `builtin:tiny`, a safetensors file.
avprep_bytes avprep_tiny_weights(void);

#endif
