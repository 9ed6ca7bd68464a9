/* base/memory.c: allocation that checks the product of its sizes. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_BLOCK = 8 << 20, HUGE_PAGE = 2 << 20 };

/* A large block in huge pages where the system has them: a scan's volume in small ones costs a quarter of a
 * second of page faults. */
static void use_huge_pages(void *block, size_t bytes) {
    if (!block || bytes < LARGE_BLOCK) return;
    size_t skip = (HUGE_PAGE - (uintptr_t)block % HUGE_PAGE) % HUGE_PAGE;
    (void)madvise((char *)block + skip, (bytes - skip) / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}

void *ms_calloc(size_t n, size_t size) {
    if (n == 0 || size == 0) n = size = 1;
    if (n > PTRDIFF_MAX / size) return NULL;
    void *block = calloc(n, size);
    use_huge_pages(block, n * size);
    return block;
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
