#pragma once

// The processors that a thread may run on (sched_getaffinity(2)), which Linux's headers show to GNU's C alone.

/// Sets the bit of each processor that this thread may run on in `count` bytes of zeros; false where they are not known.
_Bool bitwise_cores(unsigned char *mask, unsigned long count);

/// Lets this thread run on the processors whose bits are set and on no others, where the system allows for that.
void bitwise_set_cores(const unsigned char *mask, unsigned long count);
