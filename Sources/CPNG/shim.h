#pragma once
#include <stdio.h>
#include <png.h>

// PNG_IMAGE_FAILED is a function-like macro, which Swift does not see.
static inline int bitwise_png_failed(const png_image *image) { return PNG_IMAGE_FAILED(*image) ? 1 : 0; }
