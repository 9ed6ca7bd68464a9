/* The features that tell a definition's groups apart best, none of them like another; names of features. */
#include "study/figure_radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIKE 0.9

typedef struct candidate {
    double p, away; /* |AUC - 0.5| */
    size_t at;
} candidate;

static int by_p(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    if (x->away != y->away) return x->away > y->away ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

double ms_drawn_correlation(const ms_drawn_features *f, size_t a, size_t b) {
    double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t i = 0; i < f->n_fit; i++) {
        const double x = f->z[i * f->p + a], y = f->z[i * f->p + b];
        if (isnan(x) || isnan(y)) continue;
        n++;
        sx += x;
        sy += y;
        sxx += x * x;
        syy += y * y;
        sxy += x * y;
    }
    const double vx = sxx - sx * sx / n, vy = syy - sy * sy / n;
    return n > 2 && vx > 0 && vy > 0 ? (sxy - sx * sy / n) / sqrt(vx * vy) : 0;
}

ms_status ms_separation_pick(const ms_drawn_features *f, ms_separation *s, ms_error *err) {
    candidate *list = ms_calloc(f->p, sizeof *list);
    size_t n = 0;
    if (!list) return ms_error_nomem(err);
    for (size_t k = 0; k < f->p; k++) {
        const ms_feature_auc *a = &s->auc[f->column[k] * MS_AUC_PARTS + s->ranked_by];
        if (!isnan(a->p)) list[n++] = (candidate){a->p, fabs(a->auc - 0.5), k};
    }
    qsort(list, n, sizeof *list, by_p);
    s->n_picked = 0;
    for (size_t i = 0; i < n && s->n_picked < MS_PICKED; i++) {
        bool alike = false;
        for (size_t k = 0; k < s->n_picked && !alike; k++)
            alike = fabs(ms_drawn_correlation(f, list[i].at, s->picked[k])) > ALIKE;
        if (!alike) s->picked[s->n_picked++] = list[i].at;
    }
    free(list);
    return MS_OK;
}

void ms_feature_name_parts(const ms_study *study, const char *column, char family[32], char filter[48],
                           const char **region) {
    *region = "";
    for (size_t r = 0; r < study->spec.n_rois; r++) {
        if (!ms_text_starts_with(column, study->spec.rois[r].prefix)) continue;
        *region = study->spec.rois[r].label;
        column += strlen(study->spec.rois[r].prefix);
        break;
    }
    const char *first = strchr(column, '_'), *second = first ? strchr(first + 1, '_') : NULL;
    const bool known = second && second - first < 32 && first - column < 48;
    (void)ms_text_format(filter, 48, "%.*s", known ? (int)(first - column) : 0, column);
    (void)ms_text_format(family, 32, "%.*s", known ? (int)(second - first - 1) : 5,
                         known ? first + 1 : "other");
}
