#include "CWeights.h"

// The compiler knows it in every edition of C, and names the one that it is from.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bytes[] = {
#embed "tiny.safetensors"
};

avprep_bytes avprep_tiny_weights(void) { return (avprep_bytes){bytes, sizeof bytes}; }
