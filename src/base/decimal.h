/* base/decimal.h: decimal numbers read at the speed of the file. */
#ifndef MS_BASE_DECIMAL_H
#define MS_BASE_DECIMAL_H

/* Reads [-+]digits[.digits][e[-+]digits] from the start of `text`: the nearest double in *value, and the
 * place after the number; NULL where there is none, or one that only strtod can round (over 18 digits, very
 * large or small). `text` ends with a character that belongs to no number. */
const char *ms_decimal_scan(const char *text, double *value);

#endif
