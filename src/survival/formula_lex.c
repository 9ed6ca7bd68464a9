/* Tokens of a formula. */
#include "survival/formula.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

ms_status ms_formula_error(const char *formula, size_t at, ms_error *err, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ms_error_set(err, MS_EINPUT, "formula, character %zu: %s; in: %.300s", at + 1, text, formula);
}

static bool name_begins(unsigned char c) {
    return isalpha(c) || c == '.' || c == '_' || c >= 0x80;
}

static bool name_goes_on(unsigned char c) {
    return name_begins(c) || isdigit(c);
}

static ms_status read_quoted(ms_lexer *lexer, char quote, ms_error *err) {
    size_t begin = lexer->position + 1;
    const char *end = strchr(lexer->text + begin, quote);
    if (!end) return ms_formula_error(lexer->text, lexer->position, err, "%c without its end", quote);
    lexer->token.kind = quote == '`' ? MS_TOKEN_NAME : MS_TOKEN_STRING;
    lexer->token.at = begin;
    lexer->token.length = (size_t)(end - lexer->text) - begin;
    lexer->position = begin + lexer->token.length + 1;
    return MS_OK;
}

/* Digits with a point and an exponent. */
static ms_status read_number(ms_lexer *lexer, ms_error *err) {
    const char *text = lexer->text;
    size_t end = lexer->position;
    char copy[64];
    while (isdigit((unsigned char)text[end]) || text[end] == '.') end++;
    if (text[end] == 'e' || text[end] == 'E') {
        size_t digits = end + 1;
        if (text[digits] == '+' || text[digits] == '-') digits++;
        if (isdigit((unsigned char)text[digits])) {
            for (end = digits; isdigit((unsigned char)text[end]);) end++;
        }
    }
    size_t length = end - lexer->position;
    if (!ms_text_format(copy, sizeof copy, "%.*s", (int)(length < 99 ? length : 99),
                        text + lexer->position) ||
        !ms_parse_number(copy, &lexer->token.number))
        return ms_formula_error(text, lexer->position, err, "not a number");
    lexer->token.kind = MS_TOKEN_NUMBER;
    lexer->token.length = length;
    lexer->position = end;
    return MS_OK;
}

static ms_status read_operator(ms_lexer *lexer, ms_error *err) {
    static const char *const operators[] = {"%in%", "==", "!=", "<=", ">=", "&&", "||", "~",
                                            "+",    "-",  "*",  "/",  "^",  ":",  "(",  ")",
                                            ",",    "<",  ">",  "=",  "&",  "|",  "!"};
    for (size_t i = 0; i < MS_COUNT(operators); i++) {
        size_t length = strlen(operators[i]);
        if (strncmp(lexer->text + lexer->position, operators[i], length) != 0) continue;
        lexer->token.kind = MS_TOKEN_OPERATOR;
        lexer->token.length = length;
        (void)ms_text_format(lexer->token.op, sizeof lexer->token.op, "%s", operators[i]);
        lexer->position += length;
        return MS_OK;
    }
    return ms_formula_error(lexer->text, lexer->position, err, "'%c' has no meaning in a formula",
                            lexer->text[lexer->position]);
}

ms_status ms_lexer_next(ms_lexer *lexer, ms_error *err) {
    const char *text = lexer->text;
    while (isspace((unsigned char)text[lexer->position])) lexer->position++;
    unsigned char c = (unsigned char)text[lexer->position];
    lexer->token = (ms_token){.kind = MS_TOKEN_END, .at = lexer->position};
    if (c == '\0') return MS_OK;
    if (c == '`' || c == '"' || c == '\'') return read_quoted(lexer, (char)c, err);
    if (isdigit(c) || (c == '.' && isdigit((unsigned char)text[lexer->position + 1])))
        return read_number(lexer, err);
    if (!name_begins(c)) return read_operator(lexer, err);
    size_t end = lexer->position;
    while (name_goes_on((unsigned char)text[end])) end++;
    lexer->token.kind = MS_TOKEN_NAME;
    lexer->token.length = end - lexer->position;
    lexer->position = end;
    return MS_OK;
}
