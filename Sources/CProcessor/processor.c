// Compiled for the baseline of the architecture, so that it runs where the rest of the build cannot.
#include "processor.h"

#include <stdio.h>
#include <stdlib.h>

#include "build_features.h"

#if defined(__x86_64__)
#include <immintrin.h>

static const char *const feature_names[] = {"SSE4.2", "AVX",      "AVX2",     "FMA",      "BMI2",
                                            "AVX512F", "AVX512VL", "AVX512BW", "AVX512DQ", "AVX512VBMI2"};

static unsigned processor_features(void) {
  __builtin_cpu_init();
  unsigned features = 0;
  if (__builtin_cpu_supports("sse4.2")) features |= 1u << 0;
  if (__builtin_cpu_supports("avx")) features |= 1u << 1;
  if (__builtin_cpu_supports("avx2")) features |= 1u << 2;
  if (__builtin_cpu_supports("fma")) features |= 1u << 3;
  if (__builtin_cpu_supports("bmi2")) features |= 1u << 4;
  if (__builtin_cpu_supports("avx512f")) features |= 1u << 5;
  if (__builtin_cpu_supports("avx512vl")) features |= 1u << 6;
  if (__builtin_cpu_supports("avx512bw")) features |= 1u << 7;
  if (__builtin_cpu_supports("avx512dq")) features |= 1u << 8;
  if (__builtin_cpu_supports("avx512vbmi2")) features |= 1u << 9;
  return features;
}

// A constructor: it must end a build made for another processor before the first instruction of it runs.
__attribute__((constructor)) static void refuse_a_lesser_processor(void) {
  const unsigned missing = bitwise_build_features & ~processor_features();
  if (missing == 0) return;
  fprintf(stderr, "trainer: this build needs");
  for (unsigned bit = 0; bit < sizeof feature_names / sizeof *feature_names; bit++)
    if (missing & (1u << bit)) fprintf(stderr, " %s", feature_names[bit]);
  fprintf(stderr, ", which this processor lacks: build it here, or with BITWISE_MARCH=x86-64-v2\n");
  exit(70);
}

// Masks all exceptions, rounds to nearest even; flush-to-zero (bit 15) and denormals-are-zero (bit 6) are off.
enum { control_default = 0x1F80, sticky_flags = 0x3F };

unsigned bitwise_set_floating_point_environment(void) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(control_default);
  return before;
}

unsigned bitwise_floating_point_environment(void) { return _mm_getcsr() & ~sticky_flags; }
#else
unsigned bitwise_set_floating_point_environment(void) { return 0; }
unsigned bitwise_floating_point_environment(void) { return 0; }
#endif
