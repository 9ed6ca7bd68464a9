/* The columns of a file that a formula can need, and no others. */
#include "survival/formula.h"

#include <stdlib.h>
#include <string.h>

typedef struct names {
    char **items;
    size_t n, capacity;
    bool all; /* the formula has a "." */
} names;

static ms_status add_name(names *list, const char *text, size_t length, ms_error *err) {
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        char **items = ms_realloc(list->items, capacity, sizeof *items);
        if (!items) return ms_error_nomem(err);
        list->items = items;
        list->capacity = capacity;
    }
    char *name = ms_calloc(length + 1, 1);
    if (!name) return ms_error_nomem(err);
    memcpy(name, text, length);
    list->items[list->n++] = name;
    return MS_OK;
}

/* Every name in the formula, also those of functions: more than it needs does no harm. */
static ms_status collect(const char *formula, names *list, ms_error *err) {
    ms_lexer lexer = {.text = formula};
    ms_status status = ms_lexer_next(&lexer, err);
    while (status == MS_OK && lexer.token.kind != MS_TOKEN_END) {
        const ms_token *t = &lexer.token;
        if (t->kind == MS_TOKEN_NAME) {
            list->all |= t->length == 1 && formula[t->at] == '.';
            status = add_name(list, formula + t->at, t->length, err);
        }
        if (status == MS_OK) status = ms_lexer_next(&lexer, err);
    }
    return status;
}

ms_status ms_model_table_read(ms_table **table, const char *path, const char *formula,
                              const char *const *more, size_t n_more, ms_error *err) {
    names list = {0};
    ms_status status = collect(formula, &list, err);
    for (size_t i = 0; i < n_more && status == MS_OK; i++)
        if (more[i]) status = add_name(&list, more[i], strlen(more[i]), err);
    if (status == MS_OK)
        status = ms_table_read_columns(table, path, list.all ? NULL : (const char *const *)list.items, list.n,
                                       err);
    for (size_t i = 0; i < list.n; i++) free(list.items[i]);
    free(list.items);
    return status;
}
