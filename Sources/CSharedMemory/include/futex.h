#pragma once
#include <stdint.h>

// Waiting for a word in memory to change (futex(2)), between processes that share the memory.

/// Sleeps until `bitwise_futex_wake` is called for the word, unless it is not `value` any more. May also return early.
void bitwise_futex_wait(const void *word, uint32_t value);

/// Wakes at most `count` of those who sleep on the word.
void bitwise_futex_wake(const void *word, int count);

/// Tells the processor that this loop waits for another one.
static inline void bitwise_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
