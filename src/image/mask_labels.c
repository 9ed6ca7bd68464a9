/* image/mask_labels.c: which label a segment or region of interest gets. Its name is matched with words; it
 * is free text of the header and reaches no message. */
#include "image/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Small letters and digits between single blanks, with a blank before and behind, so that words can be found;
 * a capital after a small letter begins a word ("PsoasLeft"). */
static void to_words(const char *text, char *words, size_t size) {
    size_t n = 0;
    char last = ' ';
    words[n++] = ' ';
    for (; *text && n + 3 < size; text++) {
        bool alnum = isalnum((unsigned char)*text) != 0;
        if ((!alnum && words[n - 1] != ' ') ||
            (isupper((unsigned char)*text) && islower((unsigned char)last)))
            words[n++] = ' ';
        if (alnum) words[n++] = (char)tolower((unsigned char)*text);
        last = *text;
    }
    if (words[n - 1] != ' ') words[n++] = ' ';
    words[n] = '\0';
}

static bool has_any(const char *words, const char *const *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strstr(words, list[i])) return true;
    return false;
}

/* 0 for a name that says nothing known. The first that fits counts: fat in muscle before muscle. */
static uint8_t label_of_words(const char *words, bool *both_sides) {
    static const char *const right[] = {"right", " r ", " rt "}, *const left[] = {"left", " l ", " lt "};
    static const char *const imat[] = {"imat", "intermuscular", "intramuscular"};
    static const char *const sat[] = {"subcutaneous", " sat ", " subq "};
    static const char *const vat[] = {"visceral", " vat ", "torso fat"};
    static const char *const muscle[] = {"muscle",    " sma ",     " sm ",       " smm ",         " skm ",
                                         "erector",   "quadratus", "paraspinal", "autochthon",    "rectus",
                                         " oblique ", "transvers", "multifidus", "abdominal wall"};
    static const char *const l3[] = {" l3 "};
    if (has_any(words, imat, MS_COUNT(imat))) return MS_LABEL_IMAT;
    if (strstr(words, "psoas")) {
        bool is_right = has_any(words, right, MS_COUNT(right)),
             is_left = has_any(words, left, MS_COUNT(left));
        *both_sides = is_right == is_left;
        return is_left && !is_right ? MS_LABEL_PSOAS_LEFT : MS_LABEL_PSOAS_RIGHT;
    }
    if (has_any(words, sat, MS_COUNT(sat))) return MS_LABEL_SAT;
    if (has_any(words, vat, MS_COUNT(vat))) return MS_LABEL_VAT;
    if (has_any(words, muscle, MS_COUNT(muscle))) return MS_LABEL_MUSCLE;
    if (has_any(words, l3, MS_COUNT(l3))) return MS_LABEL_L3;
    return MS_LABEL_NONE;
}

/* ---- chosen by the user ----------------------------------------------------------------------------- */

/* "NAME", "NUMBER", either with "=LABEL". */
static ms_status take_choice(ms_roi *rois, size_t n, char *item, size_t place, const char *path,
                             ms_error *err) {
    char wanted[200], words[208];
    size_t number = 0, label = place, found = 0;
    char *equals = strrchr(item, '=');
    if (equals) {
        *equals = '\0';
        if (!ms_parse_size(equals + 1, &label) || label < 1 || label > 255)
            return ms_error_set(err, MS_EINPUT, "%s: '%s' is no label; labels are 1 to 255", path,
                                equals + 1);
    }
    to_words(item, wanted, sizeof wanted);
    bool by_number = ms_parse_size(item, &number);
    for (size_t i = 0; i < n; i++) {
        to_words(rois[i].name, words, sizeof words);
        if (strcmp(words, wanted) != 0 && !(by_number && rois[i].number == number)) continue;
        bool both = false;
        uint8_t known = label_of_words(words, &both);
        rois[i].label = equals || !known ? (uint8_t)label : known;
        rois[i].both_sides = !equals && both;
        found++;
    }
    if (found == 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: none of its %zu segments is called or numbered '%s' (numbers are %u to %u)",
                            path, n, item, rois[0].number, rois[n - 1].number);
    return MS_OK;
}

static ms_status by_choice(ms_roi *rois, size_t n, const char *choice, const char *path, ms_error *err) {
    char *text = ms_strdup(choice), *rest = text;
    if (!text) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t place = 1; !status && rest; place++) {
        char *item = rest, *comma = strchr(rest, ',');
        if (comma) *comma = '\0';
        rest = comma ? comma + 1 : NULL;
        status = take_choice(rois, n, item, place, path, err);
    }
    free(text);
    return status;
}

/* ---- by rule ---------------------------------------------------------------------------------------- */

static ms_status by_rule(ms_roi *rois, size_t n, const char *path, ms_error *err) {
    char words[208];
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        to_words(rois[i].name, words, sizeof words);
        rois[i].label = label_of_words(words, &rois[i].both_sides);
        known += rois[i].label != 0;
    }
    if (known > 0) return MS_OK;
    for (size_t i = 0; i < n; i++) {
        if (i >= 255)
            return ms_error_set(err, MS_EINPUT,
                                "%s: has %zu segments, and labels end at 255; choose with %s#NUMBER=LABEL",
                                path, n, ms_path_base(path));
        rois[i].label = (uint8_t)(i + 1);
    }
    return MS_OK;
}

ms_status ms_roi_labels(ms_roi *rois, size_t n, const char *choice, const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EINPUT, "%s: holds no segments", path);
    ms_status status = choice[0] ? by_choice(rois, n, choice, path, err) : by_rule(rois, n, path, err);
    for (size_t i = 0; !status && i < n; i++) {
        if (rois[i].label && rois[i].both_sides)
            ms_log(MS_LOG_INFO, "%s: segment %u: labels 2 and 3 by side", path, rois[i].number);
        else if (rois[i].label)
            ms_log(MS_LOG_INFO, "%s: segment %u: label %u", path, rois[i].number, rois[i].label);
        else
            ms_log(MS_LOG_INFO, "%s: segment %u: left out", path, rois[i].number);
    }
    return status;
}
