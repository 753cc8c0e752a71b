#define _GNU_SOURCE
#include "memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>

static const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int bitwise_memory_file(const char *name) {
  return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool bitwise_seal_memory_file_size(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0;
}

bool bitwise_seal_memory_file(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, seals | F_SEAL_SEAL) == 0;
}

bool bitwise_is_sealed_memory_file(int descriptor) {
  int present = fcntl(descriptor, F_GET_SEALS);
  return present >= 0 && (present & seals) == seals;
}
