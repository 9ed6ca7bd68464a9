/* base/module.c: the heavy libraries' modules, and the files that ship with the program. */
#include "base/base.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct module {
    char name[32];
    const void *table;
} module;

static const struct {
    const char *name, *package;
} packages[] = {
    {"ms_itk", "libinsighttoolkit5.2"}, {"ms_torch", "libtorch1.13"}, {"ms_segnet", "libtorch1.13"}};

/* The folder the program is in, to be freed; NULL when that cannot be told. */
static char *program_dir(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    *slash = '\0';
    return ms_strdup(path);
}

/* The first of the folders that has `name`: that of the environment variable, those relative to the program,
 * then the fixed one (NULL: none). *path is NULL when none has it. */
static ms_status find_file(const char *variable, const char *const *relative, size_t n, const char *fixed,
                           const char *name, char **path, ms_error *err) {
    const char *given = getenv(variable);
    char *program = program_dir(), *found = NULL;
    for (size_t i = 0; i < n + 2 && !found; i++) {
        const char *dir = i == 0 ? given : i <= n ? relative[i - 1] : fixed;
        if (!dir || (i >= 1 && i <= n && !program)) continue;
        char *whole = i >= 1 && i <= n ? ms_path_join(program, dir) : ms_strdup(dir);
        char *candidate = whole ? ms_path_join(whole, name) : NULL;
        free(whole);
        if (!candidate) {
            free(program);
            return ms_error_nomem(err);
        }
        if (ms_path_exists(candidate))
            found = candidate;
        else
            free(candidate);
    }
    free(program);
    *path = found;
    return MS_OK;
}

static const char *package_of(const char *name) {
    for (size_t i = 0; i < MS_COUNT(packages); i++) {
        if (strcmp(packages[i].name, name) == 0) return packages[i].package;
    }
    return NULL;
}

static ms_status unavailable(const char *name, const char *why, ms_error *err) {
    const char *package = package_of(name);
    return ms_error_set(err, MS_EUNAVAILABLE, "the module %s cannot be used: %s%s%s", name, why,
                        package ? "; install the package " : "", package ? package : "");
}

static ms_status open_file(const char *path, const char *name, const char *entry, unsigned abi,
                           const void **table, ms_error *err) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return unavailable(name, dlerror(), err);
    void *symbol = dlsym(library, entry);
    if (!symbol) {
        dlclose(library);
        return unavailable(name, "it is not a module of this program", err);
    }
    const void *(*give_table)(void);
    memcpy(&give_table, &symbol, sizeof give_table); /* C has no cast from object to function pointer */
    const void *given = give_table();
    unsigned found = 0;
    if (given) memcpy(&found, given, sizeof found);
    if (found != abi) {
        char why[96];
        (void)ms_text_format(why, sizeof why, "it has interface version %u, and the program needs %u", found,
                             abi);
        dlclose(library);
        return unavailable(name, why, err);
    }
    *table = given;
    return MS_OK;
}

static ms_status open_named(const char *name, const char *entry, unsigned abi, const void **table,
                            ms_error *err) {
    static const char *const relative[] = {"modules", "../modules", "../lib/myosurv",
                                           "../lib/x86_64-linux-gnu/myosurv",
                                           "../lib/aarch64-linux-gnu/myosurv"};
#ifdef MS_MODULE_DIR
    const char *fixed = MS_MODULE_DIR;
#else
    const char *fixed = "/usr/local/lib/myosurv";
#endif
    char file[64], *path = NULL;
    (void)ms_text_format(file, sizeof file, "%s.so", name);
    ms_status status = find_file("MYOSURV_MODULE_DIR", relative, MS_COUNT(relative), fixed, file, &path, err);
    if (status != MS_OK) return status;
    if (!path) return unavailable(name, "there is no such file in the folder of modules", err);
    status = open_file(path, name, entry, abi, table, err);
    free(path);
    return status;
}

ms_status ms_module_open(const char *name, const char *entry, unsigned abi, const void **table,
                         ms_error *err) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static module opened[8];
    static size_t n_opened;
    ms_status status = MS_OK;
    const void *found = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_opened && !found; i++) {
        if (strcmp(opened[i].name, name) == 0) found = opened[i].table;
    }
    if (!found) {
        status = open_named(name, entry, abi, &found, err);
        if (status == MS_OK && n_opened < MS_COUNT(opened)) {
            (void)ms_text_format(opened[n_opened].name, sizeof opened[n_opened].name, "%s", name);
            opened[n_opened++].table = found;
        }
    }
    pthread_mutex_unlock(&lock);
    if (status == MS_OK) *table = found;
    return status;
}

ms_status ms_data_path(const char *name, char **path, ms_error *err) {
    /* Installed; then a build folder one, two or three below the source tree (tests are one deeper). */
    static const char *const relative[] = {"../share/myosurv", "../data", "../../data", "../../../data"};
#ifdef MS_DATA_DIR
    const char *fixed = MS_DATA_DIR;
#else
    const char *fixed = "/usr/local/share/myosurv";
#endif
    char *found = NULL;
    ms_status status = find_file("MYOSURV_DATA_DIR", relative, MS_COUNT(relative), fixed, name, &found, err);
    if (status != MS_OK) return status;
    if (!found) {
        return ms_error_set(err, MS_EUNAVAILABLE,
                            "%s: not among the program's data; set MYOSURV_DATA_DIR to the folder data/",
                            name);
    }
    *path = found;
    return MS_OK;
}
