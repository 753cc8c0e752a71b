#pragma once
#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see. 15 bits of window; 16 more ask for gzip's header and trailer.
static inline int bitwise_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
