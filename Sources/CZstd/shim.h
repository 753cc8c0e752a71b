#pragma once
#include <zstd.h>
#include <zstd_errors.h>

// The macros of zstd.h with casts in them, which Swift does not import.
static inline unsigned long long bitwise_zstd_content_size_unknown(void) { return ZSTD_CONTENTSIZE_UNKNOWN; }
static inline unsigned long long bitwise_zstd_content_size_error(void) { return ZSTD_CONTENTSIZE_ERROR; }
