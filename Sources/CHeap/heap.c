#include "heap.h"

#include <malloc.h>

long long bitwise_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return (long long)(info.uordblks + info.hblkhd);
}
