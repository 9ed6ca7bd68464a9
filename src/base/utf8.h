/* base/utf8.h: is a text well-formed UTF-8? */
#ifndef MS_BASE_UTF8_H
#define MS_BASE_UTF8_H

#include <stddef.h>

/* The offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), or `length`. */
size_t ms_utf8_bad(const char *text, size_t length);

#endif
