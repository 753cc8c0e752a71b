#pragma once

/// The widest vector register, in bits, of the instruction set this build is for. Swift sees the same macro,
/// because its targets pass the same -march to the importer.
#if defined(__AVX512F__)
#define BITWISE_VECTOR_BITS 512
#elif defined(__AVX2__)
#define BITWISE_VECTOR_BITS 256
#else
#define BITWISE_VECTOR_BITS 128
#endif

/// Instruction set extensions the build may use, one bit each, in the order of bitwise_processor_features().
extern const unsigned bitwise_build_features;
