/* base/locale.h: numbers are read and written with a point, whatever locale the program has set. */
#ifndef MS_BASE_LOCALE_H
#define MS_BASE_LOCALE_H

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>

/* The C locale; (locale_t)0 when the system cannot make it. */
locale_t ms_c_locale(void);
/* vsnprintf in the C locale. */
int ms_vsnprintf(char *out, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
