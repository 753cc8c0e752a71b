#define _GNU_SOURCE
#include "cores.h"

#include <sched.h>

_Bool bitwise_cores(unsigned char *mask, unsigned long count) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  for (unsigned long core = 0; core < 8 * count && core < CPU_SETSIZE; core++) {
    if (CPU_ISSET(core, &set)) mask[core / 8] |= 1 << core % 8;
  }
  return 1;
}

void bitwise_set_cores(const unsigned char *mask, unsigned long count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned long core = 0; core < 8 * count && core < CPU_SETSIZE; core++) {
    if (mask[core / 8] >> core % 8 & 1) CPU_SET(core, &set);
  }
  sched_setaffinity(0, sizeof set, &set);
}
