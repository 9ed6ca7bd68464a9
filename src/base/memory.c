/* base/memory.c: allocation that checks the product of its sizes. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

void *ms_calloc(size_t n, size_t size) {
    if (n == 0 || size == 0) n = size = 1;
    if (n > PTRDIFF_MAX / size) return NULL;
    return calloc(n, size);
}

void *ms_realloc(void *block, size_t n, size_t size) {
    if (n == 0 || size == 0) n = size = 1;
    if (n > PTRDIFF_MAX / size) return NULL;
    return reallocarray(block, n, size);
}

char *ms_strdup(const char *text) {
    return strdup(text);
}

void ms_free(void *pointer) {
    void *block;
    memcpy(&block, pointer, sizeof block);
    free(block);
    block = NULL;
    memcpy(pointer, &block, sizeof block);
}
