/* tests/fault/failing.c: a library put before libc (LD_PRELOAD) in which one kind of call fails at will.
 *
 * MS_FAULT=KIND:N    the N-th call of this kind fails, once
 * MS_FAULT=KIND:N+   every N-th call fails
 * MS_FAULT=KIND:0    none fails; they are only counted
 * MS_FAULT_COUNT     a file of 8 bytes in which the calls of all processes together are counted
 *
 * Kinds: malloc (malloc, calloc, realloc called from the program itself: libraries it uses may end a process
 * without memory), open (of files to write), write (write, and fflush with the disk full underneath), fsync,
 * rename, close (close, fclose), fork. The call fails as the system's would: with its errno, and for close
 * after the descriptor is gone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

enum { MALLOC, OPEN, WRITE, FSYNC, RENAME, CLOSE, FORK, N_KINDS };
static const char *const kinds[N_KINDS] = {"malloc", "open", "write", "fsync", "rename", "close", "fork"};

static int kind = -1;
static uint64_t nth;
static bool every;
static _Atomic uint64_t own_count, *count = &own_count;
static uintptr_t text_start, text_end; /* of the program */

static int find_text(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size, (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        text_start = info->dlpi_addr + part->p_vaddr;
        text_end = text_start + part->p_memsz;
    }
    return 1; /* the first object is the program */
}

__attribute__((constructor)) static void set_up(void) {
    const char *fault = getenv("MS_FAULT"), *file = getenv("MS_FAULT_COUNT");
    const char *colon = fault ? strchr(fault, ':') : NULL;
    if (!colon) return;
    dl_iterate_phdr(find_text, NULL);
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared != MAP_FAILED) count = shared;
        close(fd);
    }
    char *end;
    nth = strtoull(colon + 1, &end, 10);
    every = *end == '+';
    for (int k = 0; k < N_KINDS; k++)
        if (strncmp(fault, kinds[k], strlen(kinds[k])) == 0 && fault + strlen(kinds[k]) == colon) kind = k;
}

static bool fails(int of_kind) {
    if (of_kind != kind) return false;
    const uint64_t number = atomic_fetch_add(count, 1) + 1;
    return nth > 0 && (every ? number % nth == 0 : number == nth);
}

static bool by_the_program(const void *address) {
    const uintptr_t at = (uintptr_t)address;
    return at >= text_start && at < text_end;
}
#define ASKED_BY_PROGRAM by_the_program(__builtin_return_address(0))

/* The function that would be called without this library, as `real`. */
#define REAL(name)                                                                                           \
    static __typeof__(name) *real;                                                                           \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

SHOWN void *malloc(size_t size) {
    if (kind == MALLOC && ASKED_BY_PROGRAM && fails(MALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

SHOWN void *calloc(size_t n, size_t size) {
    if (kind == MALLOC && ASKED_BY_PROGRAM && fails(MALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(n, size);
}

SHOWN void *realloc(void *block, size_t size) {
    if (kind == MALLOC && ASKED_BY_PROGRAM && fails(MALLOC)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(block, size);
}

SHOWN int open(const char *path, int flags, ...) {
    REAL(open);
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if ((flags & O_ACCMODE) != O_RDONLY && fails(OPEN)) {
        errno = EMFILE;
        return -1;
    }
    return real(path, flags, mode);
}

SHOWN ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    if (fails(WRITE)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, size);
}

/* libc's own writes cannot be caught, but the file beneath can be full. */
SHOWN int fflush(FILE *stream) {
    REAL(fflush);
    if (stream && stream != stderr && fails(WRITE)) {
        const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        if (full >= 0) {
            dup2(full, fileno(stream));
            close(full);
        }
    }
    return real(stream);
}

SHOWN int fsync(int fd) {
    REAL(fsync);
    if (fails(FSYNC)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

SHOWN int rename(const char *from, const char *to) {
    REAL(rename);
    if (fails(RENAME)) {
        errno = EIO;
        return -1;
    }
    return real(from, to);
}

SHOWN int close(int fd) {
    REAL(close);
    const int result = real(fd);
    if (!fails(CLOSE)) return result;
    errno = EIO;
    return -1;
}

SHOWN int fclose(FILE *stream) {
    REAL(fclose);
    const int result = real(stream);
    if (!fails(CLOSE)) return result;
    errno = EIO;
    return EOF;
}

SHOWN pid_t fork(void) {
    REAL(fork);
    if (fails(FORK)) {
        errno = EAGAIN;
        return -1;
    }
    return real();
}
