#pragma once
#include <stdbool.h>

// Linux's files in memory (memfd_create(2)), which its headers show to C alone.

/// A new, empty file that lives in memory and has no place in any folder; closed on exec. -1 where there is none.
int bitwise_memory_file(const char *name);

/// Makes the size of a memory file final, for all who hold it.
bool bitwise_seal_memory_file_size(int descriptor);

/// Makes the size and the bytes of a memory file final, for all who hold it. No writable mapping may be left.
bool bitwise_seal_memory_file(int descriptor);

/// Whether they are final.
bool bitwise_is_sealed_memory_file(int descriptor);
