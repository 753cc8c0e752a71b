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
