/* image/text_header.h: the lines of a NRRD or MetaImage header. */
#ifndef MS_IMAGE_TEXT_HEADER_H
#define MS_IMAGE_TEXT_HEADER_H

#include "base/base.h"

#define MS_TEXT_LINE 1024

/* A walk over the lines of bytes[length]. */
typedef struct ms_text_lines {
    const uint8_t *bytes;
    size_t length, offset;
} ms_text_lines;

/* The next line without its end in line[MS_TEXT_LINE]; false at the end of the bytes, at a line too long, and
 * at a byte that is no text. */
bool ms_text_next(ms_text_lines *lines, char line[MS_TEXT_LINE]);
/* Splits "key<separator>value" in place: key and value without blanks around them. */
bool ms_text_split(char *line, const char *separator, char **key, char **value);
/* The whole of `text` as `count` numbers between blanks, commas and brackets. */
bool ms_text_numbers(const char *text, size_t count, double *out);

#endif
