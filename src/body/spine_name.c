/* spine_name.c: which vertebra is which.
 *
 * Every way to number the chain is a hypothesis: which of its vertebrae is L3, and whether there are 4, 5 or
 * 6 lumbar ones. Each is scored by the log-likelihood of what the landmarks show (spine_terms.c) and by how
 * usual its number of lumbar vertebrae is; summed over that number, the scores give the probability that a
 * vertebra is L3, and the same with one landmark alone gives that landmark's own opinion. */
#include "spine.h"

#include <math.h>
#include <string.h>

enum { BELOW = 9, ABOVE = 9, COUNTS = 3 }; /* L3 may be this many vertebrae outside the chain */
enum { MOST = BELOW + MS_SPINE_MAX_DISCS + ABOVE, RANGE = MS_SPINE_LANDMARKS, TERMS };

/* How usual 4, 5 and 6 lumbar vertebrae are. */
static const double usual_count[COUNTS] = {0.035, 0.925, 0.04};
/* Landmarks of one spine are not independent of each other, and the chain under them may be wrong: their
 * joint log-likelihood is taken for a part of itself. Fitted so that confidence is the share of right
 * answers. */
static const double tempering = 0.8;

static ms_spine_naming naming_of(int h, int c) {
    return (ms_spine_naming){h - BELOW, 4 + c};
}

/* Probabilities p[n * COUNTS] of the namings by the landmarks in `use`. */
static void posterior(double (*terms)[MOST * COUNTS], const bool *use, int n, double temper, double *p) {
    double top = -INFINITY, sum = 0;
    for (int q = 0; q < n * COUNTS; q++) {
        p[q] = terms[RANGE][q];
        for (int m = 0; m < MS_SPINE_LANDMARKS; m++)
            if (use[m]) p[q] += terms[m][q];
        p[q] = temper * p[q] + log(usual_count[q % COUNTS]);
        top = fmax(top, p[q]);
    }
    for (int q = 0; q < n * COUNTS; q++) sum += p[q] = exp(p[q] - top);
    for (int q = 0; q < n * COUNTS; q++) p[q] /= sum;
}

static double of_l3(const double *p, int h) {
    return p[h * COUNTS] + p[h * COUNTS + 1] + p[h * COUNTS + 2];
}

static int likeliest(const double *p, int n) {
    int best = 0;
    for (int h = 1; h < n; h++)
        if (of_l3(p, h) > of_l3(p, best)) best = h;
    return best;
}

static void rank(const double *p, int n, ms_spine_names *names) {
    bool taken[MOST] = {false};
    for (int c = 0; c < MS_SPINE_CANDIDATES; c++) {
        int best = -1;
        for (int h = 0; h < n; h++)
            if (!taken[h] && (best < 0 || of_l3(p, h) > of_l3(p, best))) best = h;
        taken[best] = true;
        names->candidate[c] = best - BELOW;
        names->probability[c] = of_l3(p, best);
    }
    int h = names->candidate[0] + BELOW, count = 0;
    for (int c = 1; c < COUNTS; c++)
        if (p[h * COUNTS + c] > p[h * COUNTS + count]) count = c;
    names->l3 = names->candidate[0];
    names->lumbar = 4 + count;
}

static void landmarks_in_view(const ms_spine_view *view, ms_spine_names *names) {
    names->ribs = names->sacrum = false;
    const int s1 = names->l3 - names->lumbar + 2;
    for (int i = 0; i + 1 < (int)view->discs->n; i++) {
        const ms_spine_marks *m = &view->marks[i];
        if (i - names->l3 >= 3 && (m->reach_mm[0] > 50 || m->reach_mm[1] > 50)) names->ribs = true;
        if (i <= s1 && m->visible > 0.3) names->sacrum = true;
    }
    for (int m = 0; m < MS_SPINE_LANDMARKS; m++) names->seen[m] = view->discs->n > 1;
    names->seen[MS_SPINE_RIBS] = names->ribs;
    names->seen[MS_SPINE_SACRUM] = names->sacrum;
    names->seen[MS_SPINE_CRESTS] = !isnan(view->crest_mm);
    if (!isnan(view->crest_mm) && s1 >= -1) names->sacrum = true;
}

/* A lowest lumbar vertebra with wings on a side, or an S1 without. */
static bool is_transitional(const ms_spine_view *view, const ms_spine_names *names) {
    const int s1 = names->l3 - names->lumbar + 2;
    if (s1 + 1 >= 0 && s1 + 2 < (int)view->discs->n &&
        (view->marks[s1 + 1].ala > 0.36 || view->marks[s1 + 1].ala_more > 0.75))
        return true;
    return s1 >= 0 && s1 + 1 < (int)view->discs->n && view->marks[s1].visible > 0.85 &&
           view->marks[s1].ala < 0.16;
}

/* A rib on one side only of the vertebra that the count starts from: another count is as likely. */
static bool uneven_ribs(const ms_spine_view *view, const ms_spine_names *names) {
    const int t12 = names->l3 + 3;
    if (t12 < 0 || t12 + 1 >= (int)view->discs->n) return false;
    const double *reach = view->marks[t12].reach_mm;
    return fmax(reach[0], reach[1]) > 65 && fmin(reach[0], reach[1]) < 50;
}

static void opinions(double (*terms)[MOST * COUNTS], int n, double *p, ms_spine_names *names) {
    double tops[2][2] = {{0}};
    for (int m = 0; m < MS_SPINE_LANDMARKS; m++) {
        bool only[MS_SPINE_LANDMARKS] = {false};
        only[m] = true;
        posterior(terms, only, n, tempering, p);
        int best = likeliest(p, n);
        names->agree_p[m] = of_l3(p, names->l3 + BELOW);
        if (names->agree_p[m] > 0.9 * of_l3(p, best)) best = names->l3 + BELOW;
        names->alone[m] = best - BELOW;
        names->alone_p[m] = of_l3(p, best);
    }
    /* ribs against all that lies below, each with the heights, as a check of one by the other */
    for (int side = 0; side < 2; side++) {
        bool use[MS_SPINE_LANDMARKS] = {false};
        use[MS_SPINE_HEIGHTS] = true;
        use[side ? MS_SPINE_SACRUM : MS_SPINE_RIBS] = true;
        use[MS_SPINE_CRESTS] = side;
        posterior(terms, use, n, tempering, p);
        tops[side][0] = likeliest(p, n);
        tops[side][1] = of_l3(p, (int)tops[side][0]);
    }
    names->disagree =
        names->ribs && names->sacrum && tops[0][0] != tops[1][0] && tops[0][1] > 0.6 && tops[1][1] > 0.6;
    const int lone[] = {MS_SPINE_RIBS, MS_SPINE_CRESTS, MS_SPINE_CANAL};
    for (int i = 0; i < 3; i++)
        if (names->seen[lone[i]] && names->alone_p[lone[i]] > 0.5 + 0.1 * (i == 2) &&
            names->agree_p[lone[i]] < 0.1)
            names->disagree = true;
}

void ms_spine_name(const ms_spine_view *view, ms_spine_names *names) {
    static const bool all[MS_SPINE_LANDMARKS] = {true, true, true, true, true, true};
    double terms[TERMS][MOST * COUNTS], p[MOST * COUNTS], unusual = 0;
    const int n = BELOW + (int)view->discs->n - 1 + ABOVE;
    for (int m = 0; m < MS_SPINE_LANDMARKS; m++)
        for (int q = 0; q < n * COUNTS; q++)
            terms[m][q] = ms_spine_term(view, (ms_spine_landmark)m, naming_of(q / COUNTS, q % COUNTS));
    for (int q = 0; q < n * COUNTS; q++)
        terms[RANGE][q] = ms_spine_range_term(view, naming_of(q / COUNTS, q % COUNTS));
    memset(names, 0, sizeof *names);
    posterior(terms, all, n, tempering, p);
    rank(p, n, names);
    for (int q = 0; q < n * COUNTS; q++)
        if (q % COUNTS != 1) unusual += p[q];
    landmarks_in_view(view, names);
    opinions(terms, n, p, names);
    names->unusual_count = names->ribs && names->sacrum && (names->lumbar != 5 || unusual > 0.25);
    names->transitional = (names->sacrum && is_transitional(view, names)) || uneven_ribs(view, names);
    names->confidence = names->probability[0];
    if (names->disagree || names->unusual_count || names->transitional)
        names->confidence = fmin(names->confidence, 0.55);
    if (!names->ribs || !names->sacrum) names->confidence *= 0.9;
    if (!names->ribs && !names->sacrum) names->confidence = fmin(names->confidence, 0.45);
}
