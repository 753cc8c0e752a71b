#pragma once

/// Sets the floating-point control register to what equal bits need: round to nearest even, no exception traps,
/// denormals neither flushed nor read as zero. Returns the register's value before.
unsigned bitwise_set_floating_point_environment(void);

/// The floating-point control register, without its sticky exception flags.
unsigned bitwise_floating_point_environment(void);

/// Asks for the cache line at an address, which need not be mapped. It changes nothing but the time of what follows.
static inline __attribute__((always_inline)) void bitwise_prefetch(const void *address) {
  __builtin_prefetch(address);
}

/// The same, for a line that is to be written: other processors give it up at once, and not when it is written.
static inline __attribute__((always_inline)) void bitwise_prefetch_to_write(const void *address) {
  __builtin_prefetch(address, 1);
}

/// The same, into the second cache and no nearer.
static inline __attribute__((always_inline)) void bitwise_prefetch_to_second_cache(const void *address) {
  __builtin_prefetch(address, 0, 2);
}

/// Does nothing; but the compiler moves no load or store from one side of it to the other.
static inline __attribute__((always_inline)) void bitwise_keep_order(void) {
  __asm__ volatile("" ::: "memory");
}
