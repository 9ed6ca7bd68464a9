/* base/locale.c: the C locale, made once. */
#include "base/locale.h"

#include <pthread.h>
#include <stdio.h>

static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t ms_c_locale(void) {
    pthread_once(&once, make_locale);
    return c_locale;
}

int ms_vsnprintf(char *out, size_t size, const char *format, va_list args) {
    locale_t before = uselocale(ms_c_locale());
    int length = vsnprintf(out, size, format, args);
    uselocale(before);
    return length;
}
