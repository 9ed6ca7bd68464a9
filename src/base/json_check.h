/* base/json_check.h: is a text strict JSON? */
#ifndef MS_BASE_JSON_CHECK_H
#define MS_BASE_JSON_CHECK_H

#include "base/base.h"

enum { MS_JSON_DEPTH = 64 };

/* RFC 8259 to the letter, and more: no repeated key in an object, at most MS_JSON_DEPTH levels, numbers that
 * fit a double, no \u0000. MS_EINPUT "name:line:column: ..." */
MS_NODISCARD ms_status ms_json_check(const char *text, size_t length, const char *name, ms_error *err);

#endif
