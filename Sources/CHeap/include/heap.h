#pragma once

/// The bytes that malloc has handed out and not got back, in all arenas and mappings: mallinfo2, which Swift's view of
/// glibc leaves out.
long long bitwise_heap_bytes(void);
